package azure

import (
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var dnsMXRecord = define(dnsRecords("MX"), provider.Spec[*conn, *armdns.RecordSet]{
	Name: "azurerm_dns_mx_record",
	Attrs: func(v *armdns.RecordSet) resource.Attrs {
		records := []any{}
		for _, r := range value(v.Properties).MxRecords {
			records = append(records, map[string]any{"exchange": r.Exchange, "preference": strconv.Itoa(int(value(r.Preference)))})
		}
		a := dnsRecord(v)
		a["record"] = records
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"record.exchange": domainName()}),
	ChildOf: ofDNSZone(),
})
