package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var privateDNSCNAMERecord = define(privateDNSRecords("CNAME"), provider.Spec[*conn, *armprivatedns.RecordSet]{
	Name:    "azurerm_private_dns_cname_record",
	Default: madeByPrivateDNS,
	Attrs: func(v *armprivatedns.RecordSet) resource.Attrs {
		a := privateDNSRecord(v)
		a["record"] = value(value(v.Properties).CnameRecord).Cname
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"record": domainName()}),
	Former:  privateDNSRecordFormer(),
	ChildOf: ofPrivateDNSZone(),
})
