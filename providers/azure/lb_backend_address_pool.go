package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var lbBackendAddressPool = define(
	within(loadBalancers(), loadBalancerType+"/backendAddressPools",
		func(v *armnetwork.LoadBalancer) []*armnetwork.BackendAddressPool {
			return value(v.Properties).BackendAddressPools
		}),
	provider.Spec[*conn, *armnetwork.BackendAddressPool]{
		Name: "azurerm_lb_backend_address_pool",
		Attrs: func(v *armnetwork.BackendAddressPool) resource.Attrs {
			p := value(v.Properties)
			tunnels := []any{}
			for _, t := range p.TunnelInterfaces {
				tunnels = append(tunnels, map[string]any{
					"identifier": t.Identifier,
					"port":       t.Port,
					"protocol":   t.Protocol,
					"type":       t.Type,
				})
			}
			return resource.Attrs{
				"name":               v.Name,
				"loadbalancer_id":    loadBalancerOf(v.ID),
				"synchronous_mode":   p.SyncMode,
				"tunnel_interface":   tunnels,
				"virtual_network_id": value(p.VirtualNetwork).ID,
			}
		},
		Rules:   map[string]resource.Rule{"tunnel_interface": resource.Keyed("identifier")},
		ChildOf: ofLoadBalancer(),
	},
)
