package azure

import (
	"context"
	"net/netip"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// dnsRecordSetAction is what reading all records of a zone takes.
const dnsRecordSetAction = "Microsoft.Network/dnsZones/recordsets/read"

// dnsRecords are the records of one kind ("A") in the public zones. A zone is read
// once, whatever the number of kinds.
func dnsRecords(kind string) source[*armdns.RecordSet] {
	armType := dnsZoneType + "/" + kind
	u := perParent[armdns.Zone, armdns.RecordSet]{
		parents: dnsZones(), parentTypes: []string{"azurerm_dns_zone"}, armType: armType,
		read: dnsRecordSets,
	}
	return where(source[*armdns.RecordSet]{actions: append(dnsZones().all().actions, dnsRecordSetAction), items: u.items},
		func(v *armdns.RecordSet) bool { _, ok := cut(value(v.ID), armType); return ok })
}

// dnsRecordSets reads all records of a zone, with its own.
func dnsRecordSets(ctx context.Context, c *conn, zone string) answer[armdns.RecordSet] {
	return remembered(c, "records of "+fold(zone), func() answer[armdns.RecordSet] {
		cl, err := client(c, armdns.NewRecordSetsClient)
		if err != nil {
			return answer[armdns.RecordSet]{err: err}
		}
		return pages(ctx, cl.NewListByDNSZonePager(segment(zone, "resourceGroups"), segment(zone, "dnsZones"), nil),
			func(p armdns.RecordSetsClientListByDNSZoneResponse) []*armdns.RecordSet { return p.Value })
	})
}

// dnsRecord is what the records of every kind have.
func dnsRecord(v *armdns.RecordSet) resource.Attrs {
	p := value(v.Properties)
	return resource.Attrs{
		"name":                v.Name,
		"resource_group_name": segment(value(v.ID), "resourceGroups"),
		"zone_name":           segment(value(v.ID), "dnsZones"),
		"fqdn":                p.Fqdn,
		"tags":                p.Metadata,
		"ttl":                 p.TTL,
	}
}

// dnsRecordRules are the rules of what dnsRecord has.
func dnsRecordRules(own map[string]resource.Rule) map[string]resource.Rule {
	own["name"] = resource.Fold()
	own["resource_group_name"] = resource.Fold()
	own["zone_name"] = resource.Fold()
	return own
}

// ofDNSZone: a zone shows none of its records.
func ofDNSZone() []resource.ChildOf {
	return []resource.ChildOf{{Parent: "azurerm_dns_zone", Ref: "id", ParentID: parentID}}
}

// domainName is the rule of a name that a record points to: case and the last dot
// mean nothing.
func domainName() resource.Rule {
	return resource.CanonString(func(s string) string { return strings.ToLower(strings.TrimSuffix(s, ".")) })
}

// ipAddress is the rule of an address, which can be written in several ways.
func ipAddress() resource.Rule {
	return resource.CanonString(func(s string) string {
		if a, err := netip.ParseAddr(s); err == nil {
			return a.String()
		}
		return s
	})
}

// joined is a text of a record, which the API splits where it is long.
func joined(parts []*string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(value(p))
	}
	return b.String()
}
