package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeRouter = define(spec[compute.Router]{
	Name:    "google_compute_router",
	Asset:   "compute.googleapis.com/Router",
	Actions: []string{"compute.routers.list"},
	List:    everywhere("routers"),
	Fields: fields{
		"bgp.keepalive_interval":  orNumber(20),
		"md5_authentication_keys": skip(), // secrets
		"params":                  skip(),
	},
	Rules: map[string]resource.Rule{"bgp.advertise_mode": resource.Default("DEFAULT")},
})

// everywhere lists a Compute collection in every place, once for the types that
// share it.
func everywhere(collection string) lister { return together(collection, inAll(collection)) }

// orNumber is for a number that the provider fills where the API says nothing.
func orNumber(n float64) field {
	return field{}.then(func(v any) any {
		if v == nil || v == 0.0 {
			return n
		}
		return v
	})
}
