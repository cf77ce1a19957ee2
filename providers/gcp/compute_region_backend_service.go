package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeRegionBackendService = define(spec[compute.BackendService]{
	Name:    "google_compute_region_backend_service",
	Asset:   "compute.googleapis.com/RegionBackendService",
	Actions: []string{"compute.backendServices.list"},
	List:    everywhere("backendServices"),
	Confirm: "compute.regionBackendServices.get",
	Keep:    func(it item[compute.BackendService]) bool { return it.v.Region != "" },
	Default: func(it item[compute.BackendService]) bool { return ofGKE(it.v.Name, it.v.Description) },
	Fields:  backendServiceFields(nil),
	Rules: map[string]resource.Rule{
		"connection_tracking_policy.connection_persistence_on_unhealthy_backends": resource.Default("DEFAULT_FOR_PROTOCOL"),
		"connection_tracking_policy.tracking_mode":                                resource.Default("PER_CONNECTION"),
		"generated_id":                resource.Identity(),
		"iap.oauth2_client_id":        resource.Space(), // a blank stands for none
		"ip_address_selection_policy": resource.Default("IPV4_ONLY"),
		"network_pass_through_lb_traffic_policy.zonal_affinity.spillover": resource.Default("ZONAL_AFFINITY_DISABLED"),
		"session_affinity": resource.Default("NONE"),
	},
	Map: backendServiceMap,
})
