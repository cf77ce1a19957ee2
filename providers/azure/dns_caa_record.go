package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var dnsCAARecord = define(dnsRecords("CAA"), provider.Spec[*conn, *armdns.RecordSet]{
	Name: "azurerm_dns_caa_record",
	Attrs: func(v *armdns.RecordSet) resource.Attrs {
		records := []any{}
		for _, r := range value(v.Properties).CaaRecords {
			records = append(records, map[string]any{"flags": r.Flags, "tag": r.Tag, "value": r.Value})
		}
		a := dnsRecord(v)
		a["record"] = records
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{}),
	ChildOf: ofDNSZone(),
})
