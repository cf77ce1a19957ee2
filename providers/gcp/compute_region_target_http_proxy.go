package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeRegionTargetHTTPProxy = define(spec[compute.TargetHttpProxy]{
	Name:    "google_compute_region_target_http_proxy",
	Actions: []string{"compute.targetHttpProxies.list"},
	List:    everywhere("targetHttpProxies"),
	Confirm: "compute.regionTargetHttpProxies.get",
	Keep:    func(it item[compute.TargetHttpProxy]) bool { return it.v.Region != "" },
	Default: func(it item[compute.TargetHttpProxy]) bool { return ofGKE(it.v.Name, it.v.Description) },
	Fields:  fields{"proxy_id": field{from: "id", keep: true}},
	Rules:   map[string]resource.Rule{"proxy_id": resource.Identity()},
})
