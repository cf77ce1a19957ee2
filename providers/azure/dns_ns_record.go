package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var dnsNSRecord = define(dnsRecords("NS"), provider.Spec[*conn, *armdns.RecordSet]{
	Name: "azurerm_dns_ns_record",
	// Those of the zone itself come and go with it.
	Default: func(v *armdns.RecordSet) bool { return value(v.Name) == "@" },
	Attrs: func(v *armdns.RecordSet) resource.Attrs {
		var names []*string
		for _, r := range value(v.Properties).NsRecords {
			names = append(names, r.Nsdname)
		}
		a := dnsRecord(v)
		a["records"] = names
		return a
	},
	Rules:   dnsRecordRules(map[string]resource.Rule{"records": nameServers()}),
	ChildOf: ofDNSZone(),
})

// nameServers is the rule of a list of names, of which none comes first.
func nameServers() resource.Rule {
	r := domainName()
	r.Unordered = true
	return r
}
