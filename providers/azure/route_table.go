package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// routeTables embed their routes.
func routeTables() collection[armnetwork.RouteTable] {
	return list("Microsoft.Network/routeTables", armnetwork.NewRouteTablesClient, (*armnetwork.RouteTablesClient).NewListAllPager,
		func(p armnetwork.RouteTablesClientListAllResponse) []*armnetwork.RouteTable { return p.Value })
}

var routeTable = define(routeTables().all(), provider.Spec[*conn, *armnetwork.RouteTable]{
	Name: "azurerm_route_table",
	Attrs: func(v *armnetwork.RouteTable) resource.Attrs {
		p := value(v.Properties)
		routes := []any{}
		for _, r := range p.Routes {
			routes = append(routes, routeAttrs(r))
		}
		disabled := value(p.DisableBgpRoutePropagation)
		return resource.Attrs{
			"name":                          v.Name,
			"resource_group_name":           segment(value(v.ID), "resourceGroups"),
			"location":                      location(v.Location),
			"bgp_route_propagation_enabled": !disabled,
			"disable_bgp_route_propagation": disabled,
			"route":                         routes,
			"tags":                          v.Tags,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name": resource.Fold(),
		"route":               keyedWithoutOwn(routeType),
	},
	Children: []resource.Child{azapiChildAt("route", routeType)},
	Former:   []string{"disable_bgp_route_propagation"},
})
