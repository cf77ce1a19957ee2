package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var privateDNSPTRRecord = define(privateDNSRecords("PTR"), provider.Spec[*conn, *armprivatedns.RecordSet]{
	Name:    "azurerm_private_dns_ptr_record",
	Default: madeByPrivateDNS,
	Attrs: func(v *armprivatedns.RecordSet) resource.Attrs {
		var names []*string
		for _, r := range value(v.Properties).PtrRecords {
			names = append(names, r.Ptrdname)
		}
		a := privateDNSRecord(v)
		a["records"] = names
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"records": domainName()}),
	Former:  privateDNSRecordFormer(),
	ChildOf: ofPrivateDNSZone(),
})
