package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func publicIPs() collection[armnetwork.PublicIPAddress] {
	return list("Microsoft.Network/publicIPAddresses", armnetwork.NewPublicIPAddressesClient, (*armnetwork.PublicIPAddressesClient).NewListAllPager,
		func(p armnetwork.PublicIPAddressesClientListAllResponse) []*armnetwork.PublicIPAddress {
			return p.Value
		})
}

var publicIP = define(publicIPs().all(), provider.Spec[*conn, *armnetwork.PublicIPAddress]{
	Name: "azurerm_public_ip",
	Attrs: func(v *armnetwork.PublicIPAddress) resource.Attrs {
		p := value(v.Properties)
		sku, dns, ddos := value(v.SKU), value(p.DNSSettings), value(p.DdosSettings)
		return resource.Attrs{
			"name":                    v.Name,
			"resource_group_name":     segment(value(v.ID), "resourceGroups"),
			"location":                location(v.Location),
			"allocation_method":       p.PublicIPAllocationMethod,
			"ddos_protection_mode":    ddos.ProtectionMode,
			"ddos_protection_plan_id": value(ddos.DdosProtectionPlan).ID,
			"domain_name_label":       dns.DomainNameLabel,
			"domain_name_label_scope": dns.DomainNameLabelScope,
			"edge_zone":               location(value(v.ExtendedLocation).Name),
			"fqdn":                    dns.Fqdn,
			"idle_timeout_in_minutes": p.IdleTimeoutInMinutes,
			"ip_address":              p.IPAddress,
			"ip_tags":                 ipTags(p.IPTags),
			"ip_version":              p.PublicIPAddressVersion,
			"public_ip_prefix_id":     value(p.PublicIPPrefix).ID,
			"reverse_fqdn":            dns.ReverseFqdn,
			"sku":                     sku.Name,
			"sku_tier":                sku.Tier,
			"tags":                    v.Tags,
			"zones":                   v.Zones,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":  resource.Fold(),
		"ddos_protection_mode": resource.Default("VirtualNetworkInherited"),
	},
})

func ipTags(all []*armnetwork.IPTag) map[string]any {
	tags := map[string]any{}
	for _, t := range all {
		tags[value(t.IPTagType)] = t.Tag
	}
	return tags
}
