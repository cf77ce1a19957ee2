package azure

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

const privateDNSZoneType = "Microsoft.Network/privateDnsZones"

func privateDNSZones() collection[armprivatedns.PrivateZone] {
	return list(privateDNSZoneType, armprivatedns.NewPrivateZonesClient, (*armprivatedns.PrivateZonesClient).NewListPager,
		func(p armprivatedns.PrivateZonesClientListResponse) []*armprivatedns.PrivateZone { return p.Value })
}

var privateDNSZone = define(privateDNSZones().all(), provider.Spec[*conn, *armprivatedns.PrivateZone]{
	Name: "azurerm_private_dns_zone",
	Attrs: func(v *armprivatedns.PrivateZone) resource.Attrs {
		return resource.Attrs{
			"name":                v.Name,
			"resource_group_name": segment(value(v.ID), "resourceGroups"),
			"tags":                v.Tags,
		}
	},
	Details: []provider.Detail[*conn, *armprivatedns.PrivateZone]{{
		Action: privateDNSRecordSetAction,
		Paths:  []string{"soa_record"},
		When:   func(held resource.Attrs) bool { return held.Block("soa_record").String("email") != azuresOwnSOA },
		Read:   privateDNSSOARecord,
	}},
	Rules: map[string]resource.Rule{
		"name":                resource.Fold(),
		"resource_group_name": resource.Fold(),
	},
})

// azuresOwnSOA is the address in the record that Azure writes where nobody does.
const azuresOwnSOA = "azureprivatedns-host.microsoft.com"

// privateDNSSOARecord finds the zone's own record among all of its records, which
// the types of the records read as well.
func privateDNSSOARecord(ctx context.Context, c *conn, zone *armprivatedns.PrivateZone) (resource.Attrs, error) {
	a := privateDNSRecordSets(ctx, c, value(zone.ID))
	if a.err != nil {
		return nil, a.err
	}
	records := []any{}
	for _, r := range a.items {
		if p := value(r.Properties); p.SoaRecord != nil {
			records = append(records, soaRecord(armdns.SoaRecord(*p.SoaRecord), p.TTL, p.Fqdn, p.Metadata))
		}
	}
	return resource.Attrs{"soa_record": records}, nil
}
