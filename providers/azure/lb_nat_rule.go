package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var lbNatRule = define(
	within(loadBalancers(), loadBalancerType+"/inboundNatRules",
		func(v *armnetwork.LoadBalancer) []*armnetwork.InboundNatRule {
			return value(v.Properties).InboundNatRules
		}),
	provider.Spec[*conn, *armnetwork.InboundNatRule]{
		Name: "azurerm_lb_nat_rule",
		// A pool of ports has a rule for each instance of a scale set.
		Default: func(v *armnetwork.InboundNatRule) bool {
			backend := value(value(value(v.Properties).BackendIPConfiguration).ID)
			return strings.Contains(fold(backend), "/virtualmachinescalesets/")
		},
		Attrs: func(v *armnetwork.InboundNatRule) resource.Attrs {
			p := value(v.Properties)
			frontend := value(value(p.FrontendIPConfiguration).ID)
			return resource.Attrs{
				"name":                           v.Name,
				"resource_group_name":            segment(value(v.ID), "resourceGroups"),
				"loadbalancer_id":                loadBalancerOf(v.ID),
				"backend_address_pool_id":        value(p.BackendAddressPool).ID,
				"backend_ip_configuration_id":    value(p.BackendIPConfiguration).ID,
				"backend_port":                   p.BackendPort,
				"enable_floating_ip":             p.EnableFloatingIP,
				"enable_tcp_reset":               p.EnableTCPReset,
				"floating_ip_enabled":            p.EnableFloatingIP,
				"frontend_ip_configuration_id":   frontend,
				"frontend_ip_configuration_name": segmentAfterLast(frontend),
				"frontend_port":                  p.FrontendPort,
				"frontend_port_end":              p.FrontendPortRangeEnd,
				"frontend_port_start":            p.FrontendPortRangeStart,
				"idle_timeout_in_minutes":        p.IdleTimeoutInMinutes,
				"protocol":                       p.Protocol,
				"tcp_reset_enabled":              p.EnableTCPReset,
			}
		},
		Rules: map[string]resource.Rule{
			"resource_group_name":            resource.Fold(),
			"frontend_ip_configuration_name": resource.Fold(),
			"protocol":                       resource.Fold(),
		},
		Former:  []string{"enable_floating_ip", "enable_tcp_reset"},
		ChildOf: ofLoadBalancer(),
	},
)
