package azure

import (
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// A route is its table's change where the table declares its routes, and nobody's
// where they are resources of their own; told of once in any case.
func TestRouteBesideOthers(t *testing.T) {
	const group = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Network"
	const table = group + "/routeTables/rt"
	routeNamed := func(name string) map[string]any {
		return map[string]any{"id": table + "/routes/" + name, "name": name, "properties": map[string]any{"addressPrefix": "10.0.0.0/8", "nextHopType": "None"}}
	}
	inline := func(names ...string) []any {
		out := []any{}
		for _, n := range names {
			out = append(out, map[string]any{"name": n, "address_prefix": "10.0.0.0/8", "next_hop_type": "None", "next_hop_in_ip_address": ""})
		}
		return out
	}
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Network/routeTables", listed(map[string]any{
		"id": table, "name": "rt", "properties": map[string]any{"routes": []any{routeNamed("a"), routeNamed("shadow")}},
	}))

	parent := held("azurerm_route_table", table)
	parent.Attrs["route"] = inline("a")
	w.look(t, true, nil, parent).tells(t, "changed azurerm_route_table.rt")

	parent.Attrs = resource.Attrs{"id": table, "route": inline("a")}
	w.look(t, true, nil, parent, held("azurerm_route", table+"/routes/a")).tells(t, "unmanaged "+table+"/routes/shadow")
}
