package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var privateDNSMXRecord = define(privateDNSRecords("MX"), provider.Spec[*conn, *armprivatedns.RecordSet]{
	Name:    "azurerm_private_dns_mx_record",
	Default: madeByPrivateDNS,
	Attrs: func(v *armprivatedns.RecordSet) resource.Attrs {
		records := []any{}
		for _, r := range value(v.Properties).MxRecords {
			records = append(records, map[string]any{"exchange": r.Exchange, "preference": r.Preference})
		}
		a := privateDNSRecord(v)
		a["record"] = records
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"record.exchange": domainName()}),
	Former:  privateDNSRecordFormer(),
	ChildOf: ofPrivateDNSZone(),
})
