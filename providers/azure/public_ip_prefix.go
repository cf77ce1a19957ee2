package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func publicIPPrefixes() collection[armnetwork.PublicIPPrefix] {
	return list("Microsoft.Network/publicIPPrefixes", armnetwork.NewPublicIPPrefixesClient, (*armnetwork.PublicIPPrefixesClient).NewListAllPager,
		func(p armnetwork.PublicIPPrefixesClientListAllResponse) []*armnetwork.PublicIPPrefix { return p.Value })
}

var publicIPPrefix = define(publicIPPrefixes().all(), provider.Spec[*conn, *armnetwork.PublicIPPrefix]{
	Name: "azurerm_public_ip_prefix",
	Attrs: func(v *armnetwork.PublicIPPrefix) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":                v.Name,
			"resource_group_name": segment(value(v.ID), "resourceGroups"),
			"location":            location(v.Location),
			"custom_ip_prefix_id": value(p.CustomIPPrefix).ID,
			"ip_prefix":           p.IPPrefix,
			"ip_version":          p.PublicIPAddressVersion,
			"prefix_length":       p.PrefixLength,
			"sku":                 value(v.SKU).Name,
			"sku_tier":            value(v.SKU).Tier,
			"tags":                v.Tags,
			"zones":               v.Zones,
		}
	},
	Rules: map[string]resource.Rule{"resource_group_name": resource.Fold()},
})
