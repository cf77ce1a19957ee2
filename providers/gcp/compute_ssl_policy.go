package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeSSLPolicy = define(spec[compute.SslPolicy]{
	Name:    "google_compute_ssl_policy",
	Asset:   "compute.googleapis.com/SslPolicy",
	Actions: []string{"compute.sslPolicies.list"},
	List:    global("sslPolicies"),
	Rules: map[string]resource.Rule{
		"min_tls_version": resource.Default("TLS_1_0"),
		"profile":         resource.Default("COMPATIBLE"),
	},
})
