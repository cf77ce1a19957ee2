package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var lbRule = define(
	within(loadBalancers(), loadBalancerType+"/loadBalancingRules",
		func(v *armnetwork.LoadBalancer) []*armnetwork.LoadBalancingRule {
			return value(v.Properties).LoadBalancingRules
		}),
	provider.Spec[*conn, *armnetwork.LoadBalancingRule]{
		Name: "azurerm_lb_rule",
		Attrs: func(v *armnetwork.LoadBalancingRule) resource.Attrs {
			p := value(v.Properties)
			frontend := value(value(p.FrontendIPConfiguration).ID)
			return resource.Attrs{
				"name":                           v.Name,
				"loadbalancer_id":                loadBalancerOf(v.ID),
				"backend_address_pool_ids":       backendAddressPoolIDs(p),
				"backend_port":                   p.BackendPort,
				"disable_outbound_snat":          p.DisableOutboundSnat,
				"enable_floating_ip":             p.EnableFloatingIP,
				"enable_tcp_reset":               p.EnableTCPReset,
				"floating_ip_enabled":            p.EnableFloatingIP,
				"frontend_ip_configuration_id":   frontend,
				"frontend_ip_configuration_name": segmentAfterLast(frontend),
				"frontend_port":                  p.FrontendPort,
				"idle_timeout_in_minutes":        p.IdleTimeoutInMinutes,
				"load_distribution":              p.LoadDistribution,
				"probe_id":                       value(p.Probe).ID,
				"protocol":                       p.Protocol,
				"tcp_reset_enabled":              p.EnableTCPReset,
			}
		},
		Rules: map[string]resource.Rule{
			"backend_address_pool_ids":       resource.Unordered(),
			"frontend_ip_configuration_name": resource.Fold(),
			"protocol":                       resource.Fold(),
		},
		Former:  []string{"enable_floating_ip", "enable_tcp_reset"},
		ChildOf: ofLoadBalancer(),
	},
)

// backendAddressPoolIDs are where a rule sends to: the API has a field for one and
// another for the two of a gateway.
func backendAddressPoolIDs(p armnetwork.LoadBalancingRulePropertiesFormat) []*string {
	out := []*string{}
	for _, pool := range p.BackendAddressPools {
		out = append(out, pool.ID)
	}
	if len(out) == 0 && p.BackendAddressPool != nil {
		out = append(out, p.BackendAddressPool.ID)
	}
	return out
}
