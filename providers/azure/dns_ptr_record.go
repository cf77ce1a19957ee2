package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var dnsPTRRecord = define(dnsRecords("PTR"), provider.Spec[*conn, *armdns.RecordSet]{
	Name: "azurerm_dns_ptr_record",
	Attrs: func(v *armdns.RecordSet) resource.Attrs {
		var names []*string
		for _, r := range value(v.Properties).PtrRecords {
			names = append(names, r.Ptrdname)
		}
		a := dnsRecord(v)
		a["records"] = names
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"records": domainName()}),
	ChildOf: ofDNSZone(),
})
