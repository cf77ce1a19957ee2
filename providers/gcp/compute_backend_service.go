package gcp

import (
	"maps"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeBackendService = define(spec[compute.BackendService]{
	Name:    "google_compute_backend_service",
	Asset:   "compute.googleapis.com/BackendService",
	Actions: []string{"compute.backendServices.list"},
	List:    everywhere("backendServices"),
	Confirm: "compute.backendServices.get",
	Keep:    func(it item[compute.BackendService]) bool { return it.v.Region == "" },
	Default: func(it item[compute.BackendService]) bool { return ofGKE(it.v.Name, it.v.Description) },
	// The provider keeps what was configured.
	Fields: backendServiceFields(fields{"iap.oauth2_client_id": skip()}),
	Rules: map[string]resource.Rule{
		"compression_mode":            resource.Default("DISABLED"),
		"generated_id":                resource.Identity(),
		"ip_address_selection_policy": resource.Default("IPV4_ONLY"),
		"session_affinity":            resource.Default("NONE"),
	},
	Map: backendServiceMap,
})

// backendServiceFields are those of both types, and more.
func backendServiceFields(more fields) fields {
	f := fields{
		"generated_id":                    field{from: "id", keep: true},
		"connection_draining_timeout_sec": from("connectionDraining.drainingTimeoutSec"),
		"log_config.request_headers":      from("loggingHttpRequestHeaders"),
		"log_config.response_headers":     from("loggingHttpResponseHeaders"),
		// Secrets, which no answer holds.
		"iap.oauth2_client_secret":                           skip(),
		"security_settings.aws_v4_authentication.access_key": skip(),
		"params": skip(),
	}
	maps.Copy(f, more)
	return f
}

// backendServiceMap leaves out what the provider does not take over.
func backendServiceMap(it item[compute.BackendService], a resource.Attrs) {
	if it.v.ConnectionDraining == nil {
		delete(a, "connection_draining_timeout_sec")
	}
	switch it.v.LocalityLbPolicy {
	case "", "MAGLEV", "RING_HASH":
	default: // the API keeps the block of a policy that was left
		a["consistent_hash"] = nil
	}
}
