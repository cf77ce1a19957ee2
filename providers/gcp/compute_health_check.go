package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeHealthCheck = define(spec[compute.HealthCheck]{
	Name:    "google_compute_health_check",
	Asset:   "compute.googleapis.com/HealthCheck",
	Actions: []string{"compute.healthChecks.list"},
	List:    everywhere("healthChecks"),
	Confirm: "compute.healthChecks.get",
	Keep:    func(it item[compute.HealthCheck]) bool { return it.v.Region == "" },
	Default: func(it item[compute.HealthCheck]) bool { return ofGKE(it.v.Name, it.v.Description) },
	Rules:   healthCheckRules,
})

// healthCheckRules say what the protocols' blocks mean where they say nothing.
var healthCheckRules = map[string]resource.Rule{
	"http_health_check.port":          zeroIs(80),
	"http_health_check.proxy_header":  resource.Default("NONE"),
	"http_health_check.request_path":  resource.Default("/"),
	"https_health_check.port":         zeroIs(443),
	"https_health_check.proxy_header": resource.Default("NONE"),
	"https_health_check.request_path": resource.Default("/"),
	"http2_health_check.port":         zeroIs(443),
	"http2_health_check.proxy_header": resource.Default("NONE"),
	"http2_health_check.request_path": resource.Default("/"),
	"tcp_health_check.port":           zeroIs(80),
	"tcp_health_check.proxy_header":   resource.Default("NONE"),
	"ssl_health_check.port":           zeroIs(443),
	"ssl_health_check.proxy_header":   resource.Default("NONE"),
}
