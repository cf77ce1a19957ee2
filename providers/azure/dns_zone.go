package azure

import (
	"context"
	"maps"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

const dnsZoneType = "Microsoft.Network/dnszones"

func dnsZones() collection[armdns.Zone] {
	return list(dnsZoneType, armdns.NewZonesClient, (*armdns.ZonesClient).NewListPager,
		func(p armdns.ZonesClientListResponse) []*armdns.Zone { return p.Value })
}

var dnsZone = define(dnsZones().all(), provider.Spec[*conn, *armdns.Zone]{
	Name: "azurerm_dns_zone",
	Attrs: func(v *armdns.Zone) resource.Attrs {
		return resource.Attrs{
			"name":                v.Name,
			"resource_group_name": segment(value(v.ID), "resourceGroups"),
			"name_servers":        value(v.Properties).NameServers,
			"tags":                v.Tags,
		}
	},
	Details: []provider.Detail[*conn, *armdns.Zone]{{
		Action: dnsRecordSetAction,
		Paths:  []string{"soa_record"},
		Read:   dnsSOARecord,
	}},
	Rules: map[string]resource.Rule{
		"name":                resource.Fold(),
		"resource_group_name": resource.Fold(),
	},
})

// dnsSOARecord finds the zone's own record among all of its records, which the
// types of the records read as well.
func dnsSOARecord(ctx context.Context, c *conn, zone *armdns.Zone) (resource.Attrs, error) {
	a := dnsRecordSets(ctx, c, value(zone.ID))
	if a.err != nil {
		return nil, a.err
	}
	records := []any{}
	for _, r := range a.items {
		if p := value(r.Properties); p.SoaRecord != nil {
			records = append(records, soaRecord(*p.SoaRecord, p.TTL, p.Fqdn, p.Metadata))
		}
	}
	return resource.Attrs{"soa_record": records}, nil
}

// soaRecord is a zone's own record. It has each of the numbers: one that is missing
// was not read.
func soaRecord(v armdns.SoaRecord, ttl *int64, fqdn *string, metadata map[string]*string) map[string]any {
	record := map[string]any{
		"email":         v.Email,
		"expire_time":   v.ExpireTime,
		"fqdn":          fqdn,
		"host_name":     v.Host,
		"minimum_ttl":   v.MinimumTTL,
		"refresh_time":  v.RefreshTime,
		"retry_time":    v.RetryTime,
		"serial_number": v.SerialNumber,
		"tags":          metadata,
		"ttl":           ttl,
	}
	maps.DeleteFunc(record, func(_ string, v any) bool { n, ok := v.(*int64); return ok && n == nil })
	return record
}
