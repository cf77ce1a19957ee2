package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var lbOutboundRule = define(
	within(loadBalancers(), loadBalancerType+"/outboundRules",
		func(v *armnetwork.LoadBalancer) []*armnetwork.OutboundRule { return value(v.Properties).OutboundRules }),
	provider.Spec[*conn, *armnetwork.OutboundRule]{
		Name: "azurerm_lb_outbound_rule",
		Attrs: func(v *armnetwork.OutboundRule) resource.Attrs {
			p := value(v.Properties)
			frontends := []any{}
			for _, f := range p.FrontendIPConfigurations {
				frontends = append(frontends, map[string]any{"name": segmentAfterLast(value(f.ID))})
			}
			return resource.Attrs{
				"name":                      v.Name,
				"loadbalancer_id":           loadBalancerOf(v.ID),
				"allocated_outbound_ports":  p.AllocatedOutboundPorts,
				"backend_address_pool_id":   value(p.BackendAddressPool).ID,
				"enable_tcp_reset":          p.EnableTCPReset,
				"frontend_ip_configuration": frontends,
				"idle_timeout_in_minutes":   p.IdleTimeoutInMinutes,
				"protocol":                  p.Protocol,
				"tcp_reset_enabled":         p.EnableTCPReset,
			}
		},
		Rules: map[string]resource.Rule{
			"frontend_ip_configuration":      resource.Keyed("name"),
			"frontend_ip_configuration.name": resource.Fold(),
			"protocol":                       resource.Fold(),
		},
		Former:  []string{"enable_tcp_reset"},
		ChildOf: ofLoadBalancer(),
	},
)
