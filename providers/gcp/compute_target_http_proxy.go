package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeTargetHTTPProxy = define(spec[compute.TargetHttpProxy]{
	Name:    "google_compute_target_http_proxy",
	Asset:   "compute.googleapis.com/TargetHttpProxy",
	Actions: []string{"compute.targetHttpProxies.list"},
	List:    everywhere("targetHttpProxies"),
	Confirm: "compute.targetHttpProxies.get",
	Keep:    func(it item[compute.TargetHttpProxy]) bool { return it.v.Region == "" },
	Default: func(it item[compute.TargetHttpProxy]) bool { return ofGKE(it.v.Name, it.v.Description) },
	Fields:  fields{"proxy_id": field{from: "id", keep: true}},
	Rules:   map[string]resource.Rule{"proxy_id": resource.Identity()},
})
