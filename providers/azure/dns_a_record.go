package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var dnsARecord = define(dnsRecords("A"), provider.Spec[*conn, *armdns.RecordSet]{
	Name: "azurerm_dns_a_record",
	Attrs: func(v *armdns.RecordSet) resource.Attrs {
		var addresses []*string
		for _, r := range value(v.Properties).ARecords {
			addresses = append(addresses, r.IPv4Address)
		}
		a := dnsRecord(v)
		a["records"] = addresses
		a["target_resource_id"] = value(value(v.Properties).TargetResource).ID
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{}),
	ChildOf: ofDNSZone(),
})
