package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var privateDNSTXTRecord = define(privateDNSRecords("TXT"), provider.Spec[*conn, *armprivatedns.RecordSet]{
	Name:    "azurerm_private_dns_txt_record",
	Default: madeByPrivateDNS,
	Attrs: func(v *armprivatedns.RecordSet) resource.Attrs {
		records := []any{}
		for _, r := range value(v.Properties).TxtRecords {
			records = append(records, map[string]any{"value": joined(r.Value)})
		}
		a := privateDNSRecord(v)
		a["record"] = records
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{}),
	Former:  privateDNSRecordFormer(),
	ChildOf: ofPrivateDNSZone(),
})
