package gcp

import "google.golang.org/api/compute/v1"

var computeRegionHealthCheck = define(spec[compute.HealthCheck]{
	Name:    "google_compute_region_health_check",
	Actions: []string{"compute.healthChecks.list"},
	List:    everywhere("healthChecks"),
	Confirm: "compute.regionHealthChecks.get",
	Keep:    func(it item[compute.HealthCheck]) bool { return it.v.Region != "" },
	Default: func(it item[compute.HealthCheck]) bool { return ofGKE(it.v.Name, it.v.Description) },
	Rules:   healthCheckRules,
})
