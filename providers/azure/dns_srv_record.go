package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var dnsSRVRecord = define(dnsRecords("SRV"), provider.Spec[*conn, *armdns.RecordSet]{
	Name: "azurerm_dns_srv_record",
	Attrs: func(v *armdns.RecordSet) resource.Attrs {
		records := []any{}
		for _, r := range value(v.Properties).SrvRecords {
			records = append(records, map[string]any{"port": r.Port, "priority": r.Priority, "target": r.Target, "weight": r.Weight})
		}
		a := dnsRecord(v)
		a["record"] = records
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"record.target": domainName()}),
	ChildOf: ofDNSZone(),
})
