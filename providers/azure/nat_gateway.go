package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func natGateways() collection[armnetwork.NatGateway] {
	return list("Microsoft.Network/natGateways", armnetwork.NewNatGatewaysClient, (*armnetwork.NatGatewaysClient).NewListAllPager,
		func(p armnetwork.NatGatewaysClientListAllResponse) []*armnetwork.NatGateway { return p.Value })
}

var natGateway = define(natGateways().all(), provider.Spec[*conn, *armnetwork.NatGateway]{
	Name: "azurerm_nat_gateway",
	Attrs: func(v *armnetwork.NatGateway) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":                    v.Name,
			"resource_group_name":     segment(value(v.ID), "resourceGroups"),
			"location":                location(v.Location),
			"idle_timeout_in_minutes": p.IdleTimeoutInMinutes,
			"resource_guid":           p.ResourceGUID,
			"sku_name":                value(v.SKU).Name,
			"tags":                    v.Tags,
			"zones":                   v.Zones,
		}
	},
	Rules: map[string]resource.Rule{"resource_group_name": resource.Fold()},
})
