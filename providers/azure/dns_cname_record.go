package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var dnsCNAMERecord = define(dnsRecords("CNAME"), provider.Spec[*conn, *armdns.RecordSet]{
	Name: "azurerm_dns_cname_record",
	Attrs: func(v *armdns.RecordSet) resource.Attrs {
		a := dnsRecord(v)
		a["record"] = value(value(v.Properties).CnameRecord).Cname
		a["target_resource_id"] = value(value(v.Properties).TargetResource).ID
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"record": domainName()}),
	ChildOf: ofDNSZone(),
})
