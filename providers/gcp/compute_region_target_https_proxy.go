package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeRegionTargetHTTPSProxy = define(spec[compute.TargetHttpsProxy]{
	Name:    "google_compute_region_target_https_proxy",
	Actions: []string{"compute.targetHttpsProxies.list"},
	List:    everywhere("targetHttpsProxies"),
	Confirm: "compute.regionTargetHttpsProxies.get",
	Keep:    func(it item[compute.TargetHttpsProxy]) bool { return it.v.Region != "" },
	Default: func(it item[compute.TargetHttpsProxy]) bool { return ofGKE(it.v.Name, it.v.Description) },
	Fields: fields{
		"proxy_id":                         field{from: "id", keep: true},
		"certificate_manager_certificates": from("sslCertificates"),
	},
	Rules: map[string]resource.Rule{"proxy_id": resource.Identity()},
	Map:   certificatesOf,
})
