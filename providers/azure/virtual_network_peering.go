package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var virtualNetworkPeering = define(
	within(virtualNetworks(), "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
		func(v *armnetwork.VirtualNetwork) []*armnetwork.VirtualNetworkPeering {
			return value(v.Properties).VirtualNetworkPeerings
		}),
	provider.Spec[*conn, *armnetwork.VirtualNetworkPeering]{
		Name: "azurerm_virtual_network_peering",
		Attrs: func(v *armnetwork.VirtualNetworkPeering) resource.Attrs {
			p := value(v.Properties)
			a := resource.Attrs{
				"name":                         v.Name,
				"resource_group_name":          segment(value(v.ID), "resourceGroups"),
				"virtual_network_name":         segment(value(v.ID), "virtualNetworks"),
				"allow_forwarded_traffic":      p.AllowForwardedTraffic,
				"allow_gateway_transit":        p.AllowGatewayTransit,
				"allow_virtual_network_access": p.AllowVirtualNetworkAccess,
				"local_subnet_names":           p.LocalSubnetNames,
				"only_ipv6_peering_enabled":    p.EnableOnlyIPv6Peering,
				"remote_subnet_names":          p.RemoteSubnetNames,
				"remote_virtual_network_id":    value(p.RemoteVirtualNetwork).ID,
				"use_remote_gateways":          p.UseRemoteGateways,
			}
			// Left out it means true, which the provider writes as false.
			if p.PeerCompleteVnets != nil {
				a["peer_complete_virtual_networks_enabled"] = p.PeerCompleteVnets
			}
			return a
		},
		Rules: map[string]resource.Rule{
			"resource_group_name":  resource.Fold(),
			"virtual_network_name": resource.Fold(),
			"local_subnet_names":   resource.Unordered(),
			"remote_subnet_names":  resource.Unordered(),
			"triggers":             resource.Ignore(),
		},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_virtual_network", Ref: "id", ParentID: parentID}},
	},
)
