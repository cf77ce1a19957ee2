package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

const loadBalancerType = "Microsoft.Network/loadBalancers"

// loadBalancers embed their rules, probes and backends.
func loadBalancers() collection[armnetwork.LoadBalancer] {
	return list(loadBalancerType, armnetwork.NewLoadBalancersClient, (*armnetwork.LoadBalancersClient).NewListAllPager,
		func(p armnetwork.LoadBalancersClientListAllResponse) []*armnetwork.LoadBalancer { return p.Value })
}

var lb = define(loadBalancers().all(), provider.Spec[*conn, *armnetwork.LoadBalancer]{
	Name: "azurerm_lb",
	Attrs: func(v *armnetwork.LoadBalancer) resource.Attrs {
		frontends := []any{}
		for _, f := range value(v.Properties).FrontendIPConfigurations {
			frontends = append(frontends, frontendIPConfiguration(f))
		}
		return resource.Attrs{
			"name":                      v.Name,
			"resource_group_name":       segment(value(v.ID), "resourceGroups"),
			"location":                  location(v.Location),
			"edge_zone":                 location(value(v.ExtendedLocation).Name),
			"frontend_ip_configuration": frontends,
			"sku":                       value(v.SKU).Name,
			"sku_tier":                  value(v.SKU).Tier,
			"tags":                      v.Tags,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":                                     resource.Fold(),
		"frontend_ip_configuration":                               resource.Keyed("name"),
		"frontend_ip_configuration.private_ip_address_allocation": resource.Fold(),
	},
})

func frontendIPConfiguration(v *armnetwork.FrontendIPConfiguration) map[string]any {
	p := value(v.Properties)
	frontend := map[string]any{
		"name": v.Name,
		"gateway_load_balancer_frontend_ip_configuration_id": value(p.GatewayLoadBalancer).ID,
		"private_ip_address_allocation":                      p.PrivateIPAllocationMethod,
		"private_ip_address_version":                         p.PrivateIPAddressVersion,
		"public_ip_address_id":                               value(p.PublicIPAddress).ID,
		"public_ip_prefix_id":                                value(p.PublicIPPrefix).ID,
		"subnet_id":                                          value(p.Subnet).ID,
		"zones":                                              v.Zones,
	}
	if isStatic(p.PrivateIPAllocationMethod) {
		frontend["private_ip_address"] = p.PrivateIPAddress
	}
	return frontend
}

// loadBalancerOf is the id of what a rule, a probe or a backend is of.
func loadBalancerOf(id *string) string {
	of, _ := cut(value(id), loadBalancerType)
	return of
}

// ofLoadBalancer: a load balancer shows none of what it consists of.
func ofLoadBalancer() []resource.ChildOf {
	return []resource.ChildOf{{Parent: "azurerm_lb", Ref: "loadbalancer_id", ParentID: fold}}
}
