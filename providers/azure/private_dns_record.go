package azure

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// privateDNSRecordSetAction is what reading all records of a zone takes.
const privateDNSRecordSetAction = "Microsoft.Network/privateDnsZones/ALL/read"

// privateDNSRecordTypes are the types of records: who manages one of a zone's wants
// to be told of the others. Else they are the machines' and the endpoints'.
var privateDNSRecordTypes = []string{
	"azurerm_private_dns_a_record", "azurerm_private_dns_aaaa_record", "azurerm_private_dns_cname_record", "azurerm_private_dns_mx_record",
	"azurerm_private_dns_ptr_record", "azurerm_private_dns_srv_record", "azurerm_private_dns_txt_record",
}

// privateDNSRecords are the records of one kind ("A") in the private zones. A zone
// is read once, whatever the number of kinds.
func privateDNSRecords(kind string) source[*armprivatedns.RecordSet] {
	armType := privateDNSZoneType + "/" + kind
	u := perParent[armprivatedns.PrivateZone, armprivatedns.RecordSet]{
		parents: privateDNSZones(), parentTypes: []string{"azurerm_private_dns_zone"}, armType: armType,
		read: privateDNSRecordSets,
	}
	return ifHeld(where(source[*armprivatedns.RecordSet]{actions: append(privateDNSZones().all().actions, privateDNSRecordSetAction), items: u.items},
		func(v *armprivatedns.RecordSet) bool { _, ok := cut(value(v.ID), armType); return ok }), privateDNSRecordTypes...)
}

// privateDNSRecordSets reads all records of a zone, with its own.
func privateDNSRecordSets(ctx context.Context, c *conn, zone string) answer[armprivatedns.RecordSet] {
	return remembered(c, "records of "+fold(zone), func() answer[armprivatedns.RecordSet] {
		cl, err := client(c, armprivatedns.NewRecordSetsClient)
		if err != nil {
			return answer[armprivatedns.RecordSet]{err: err}
		}
		return pages(ctx, cl.NewListPager(segment(zone, "resourceGroups"), segment(zone, "privateDnsZones"), nil),
			func(p armprivatedns.RecordSetsClientListResponse) []*armprivatedns.RecordSet { return p.Value })
	})
}

// madeByPrivateDNS is true for the records of the machines in a linked network, of
// private endpoints, and of database servers inside of a network: Azure writes them.
func madeByPrivateDNS(v *armprivatedns.RecordSet) bool {
	p := value(v.Properties)
	return value(p.IsAutoRegistered) || strings.HasPrefix(value(p.Metadata["creator"]), "created by private endpoint") ||
		len(p.ARecords) > 0 && isServerZone(fold(segment(value(v.ID), "privateDnsZones")))
}

// isServerZone is true for the zones that flexible servers register themselves in,
// in any of the clouds. Those of private endpoints are others.
func isServerZone(name string) bool {
	return !strings.HasPrefix(name, "privatelink.") &&
		(strings.Contains(name, ".postgres.database.") || strings.Contains(name, ".mysql.database."))
}

// privateDNSRecord is what the records of every kind have.
func privateDNSRecord(v *armprivatedns.RecordSet) resource.Attrs {
	p := value(v.Properties)
	zone, _ := cut(value(v.ID), privateDNSZoneType)
	return resource.Attrs{
		"name":                v.Name,
		"private_dns_zone_id": zone,
		"resource_group_name": segment(zone, "resourceGroups"),
		"zone_name":           segment(zone, "privateDnsZones"),
		"fqdn":                p.Fqdn,
		"tags":                p.Metadata,
		"ttl":                 p.TTL,
	}
}

// privateDNSRecordFormer is how the zone was named before it had an id.
func privateDNSRecordFormer() []string { return []string{"resource_group_name", "zone_name"} }

// ofPrivateDNSZone: a zone shows none of its records.
func ofPrivateDNSZone() []resource.ChildOf {
	return []resource.ChildOf{{Parent: "azurerm_private_dns_zone", Ref: "id", ParentID: parentID}}
}
