package azure

import (
	"maps"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var route = define(
	within(routeTables(), "Microsoft.Network/routeTables/routes",
		func(v *armnetwork.RouteTable) []*armnetwork.Route { return value(v.Properties).Routes }),
	provider.Spec[*conn, *armnetwork.Route]{
		Name: "azurerm_route",
		Attrs: func(v *armnetwork.Route) resource.Attrs {
			a := resource.Attrs{
				"resource_group_name": segment(value(v.ID), "resourceGroups"),
				"route_table_name":    segment(value(v.ID), "routeTables"),
			}
			maps.Copy(a, routeAttrs(v))
			return a
		},
		Rules: map[string]resource.Rule{
			"resource_group_name": resource.Fold(),
			"route_table_name":    resource.Fold(),
		},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_route_table", Ref: "id", Path: "route", ParentID: parentID}},
	},
)

// routeAttrs is a route as both its own type and its table show it.
func routeAttrs(v *armnetwork.Route) map[string]any {
	p := value(v.Properties)
	return map[string]any{
		"name":                   v.Name,
		"address_prefix":         p.AddressPrefix,
		"next_hop_in_ip_address": p.NextHopIPAddress,
		"next_hop_type":          p.NextHopType,
	}
}
