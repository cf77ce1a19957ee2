package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var privateDNSAAAARecord = define(privateDNSRecords("AAAA"), provider.Spec[*conn, *armprivatedns.RecordSet]{
	Name:    "azurerm_private_dns_aaaa_record",
	Default: madeByPrivateDNS,
	Attrs: func(v *armprivatedns.RecordSet) resource.Attrs {
		var addresses []*string
		for _, r := range value(v.Properties).AaaaRecords {
			addresses = append(addresses, r.IPv6Address)
		}
		a := privateDNSRecord(v)
		a["records"] = addresses
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"records": ipAddress()}),
	Former:  privateDNSRecordFormer(),
	ChildOf: ofPrivateDNSZone(),
})
