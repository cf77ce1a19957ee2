package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var privateDNSSRVRecord = define(privateDNSRecords("SRV"), provider.Spec[*conn, *armprivatedns.RecordSet]{
	Name:    "azurerm_private_dns_srv_record",
	Default: madeByPrivateDNS,
	Attrs: func(v *armprivatedns.RecordSet) resource.Attrs {
		records := []any{}
		for _, r := range value(v.Properties).SrvRecords {
			records = append(records, map[string]any{"port": r.Port, "priority": r.Priority, "target": r.Target, "weight": r.Weight})
		}
		a := privateDNSRecord(v)
		a["record"] = records
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"record.target": domainName()}),
	Former:  privateDNSRecordFormer(),
	ChildOf: ofPrivateDNSZone(),
})
