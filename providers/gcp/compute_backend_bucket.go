package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeBackendBucket = define(spec[compute.BackendBucket]{
	Name:    "google_compute_backend_bucket",
	Asset:   "compute.googleapis.com/BackendBucket",
	Actions: []string{"compute.backendBuckets.list"},
	List:    global("backendBuckets"),
	Fields:  fields{"params": skip()},
	Rules:   map[string]resource.Rule{"compression_mode": resource.Default("DISABLED")},
})
