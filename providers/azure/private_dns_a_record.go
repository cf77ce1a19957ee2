package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var privateDNSARecord = define(privateDNSRecords("A"), provider.Spec[*conn, *armprivatedns.RecordSet]{
	Name:    "azurerm_private_dns_a_record",
	Default: madeByPrivateDNS,
	Attrs: func(v *armprivatedns.RecordSet) resource.Attrs {
		var addresses []*string
		for _, r := range value(v.Properties).ARecords {
			addresses = append(addresses, r.IPv4Address)
		}
		a := privateDNSRecord(v)
		a["records"] = addresses
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{}),
	Former:  privateDNSRecordFormer(),
	ChildOf: ofPrivateDNSZone(),
})
