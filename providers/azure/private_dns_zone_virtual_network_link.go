package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var privateDNSZoneVirtualNetworkLink = define(
	ifHeld(under(privateDNSZones(), []string{"azurerm_private_dns_zone"}, privateDNSZoneType+"/virtualNetworkLinks",
		armprivatedns.NewVirtualNetworkLinksClient,
		func(c *armprivatedns.VirtualNetworkLinksClient, zone *arm.ResourceID) *runtime.Pager[armprivatedns.VirtualNetworkLinksClientListResponse] {
			return c.NewListPager(zone.ResourceGroupName, zone.Name, nil)
		},
		func(p armprivatedns.VirtualNetworkLinksClientListResponse) []*armprivatedns.VirtualNetworkLink {
			return p.Value
		})),
	provider.Spec[*conn, *armprivatedns.VirtualNetworkLink]{
		Name: "azurerm_private_dns_zone_virtual_network_link",
		Attrs: func(v *armprivatedns.VirtualNetworkLink) resource.Attrs {
			p := value(v.Properties)
			zone, _ := cut(value(v.ID), privateDNSZoneType)
			return resource.Attrs{
				"name":                  v.Name,
				"private_dns_zone_id":   zone,
				"private_dns_zone_name": segment(zone, "privateDnsZones"),
				"registration_enabled":  p.RegistrationEnabled,
				"resolution_policy":     p.ResolutionPolicy,
				"resource_group_name":   segment(zone, "resourceGroups"),
				"tags":                  v.Tags,
				"virtual_network_id":    value(p.VirtualNetwork).ID,
			}
		},
		Rules: map[string]resource.Rule{
			"name":                  resource.Fold(),
			"private_dns_zone_name": resource.Fold(),
			"resource_group_name":   resource.Fold(),
		},
		Former:  []string{"private_dns_zone_name", "resource_group_name"},
		ChildOf: ofPrivateDNSZone(),
	},
)
