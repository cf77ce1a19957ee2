package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// interfaceInPool is an address of an interface in a backend of a load balancer.
type interfaceInPool struct {
	nic    *armnetwork.Interface
	config *armnetwork.InterfaceIPConfiguration
	pool   *armnetwork.BackendAddressPool
}

func interfacesInPools(nic *armnetwork.Interface) []interfaceInPool {
	var out []interfaceInPool
	for _, config := range value(nic.Properties).IPConfigurations {
		for _, pool := range value(config.Properties).LoadBalancerBackendAddressPools {
			out = append(out, interfaceInPool{nic, config, pool})
		}
	}
	return out
}

var networkInterfaceBackendAddressPoolAssociation = define(
	each(networkInterfaces().all(), interfacesInPools),
	provider.Spec[*conn, interfaceInPool]{
		Name: "azurerm_network_interface_backend_address_pool_association",
		ID: func(v interfaceInPool) string {
			return value(v.nic.ID) + "/ipConfigurations/" + value(v.config.Name) + "|" + value(v.pool.ID)
		},
		Object: noObject[interfaceInPool],
		Attrs: func(v interfaceInPool) resource.Attrs {
			return resource.Attrs{
				"network_interface_id":    v.nic.ID,
				"ip_configuration_name":   v.config.Name,
				"backend_address_pool_id": v.pool.ID,
			}
		},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_network_interface", Ref: "network_interface_id", ParentID: fold}},
	},
)
