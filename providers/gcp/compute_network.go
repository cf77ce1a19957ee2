package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeNetwork = define(spec[compute.Network]{
	Name:    "google_compute_network",
	Asset:   "compute.googleapis.com/Network",
	Actions: []string{"compute.networks.list"},
	List:    global("networks"),
	// The one that comes with a project.
	Default: func(it item[compute.Network]) bool { return it.v.Name == "default" },
	Fields: fields{
		"network_id":                   field{from: "id", keep: true},
		"routing_mode":                 from("routingConfig.routingMode"),
		"bgp_best_path_selection_mode": from("routingConfig.bgpBestPathSelectionMode"),
		"bgp_always_compare_med":       from("routingConfig.bgpAlwaysCompareMed"),
		"bgp_inter_region_cost":        from("routingConfig.bgpInterRegionCost"),
		"params":                       skip(),
	},
	Rules: map[string]resource.Rule{
		"mtu":        zeroIs(1460),
		"network_id": resource.Identity(),
		"network_firewall_policy_enforcement_order": resource.Default("AFTER_CLASSIC_FIREWALL"),
	},
})

// zeroIs is for a number that the API writes out or leaves out where nobody chose
// one.
func zeroIs(n float64) resource.Rule {
	return resource.Canon(func(v any) any {
		if v == 0.0 {
			return n
		}
		return v
	}).WithDefault(n)
}
