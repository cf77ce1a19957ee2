package gcp

import (
	"slices"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeAddress = define(spec[compute.Address]{
	Name:    "google_compute_address",
	Asset:   "compute.googleapis.com/Address",
	Actions: []string{"compute.addresses.list"},
	List:    everywhere("addresses"),
	Confirm: "compute.addresses.get",
	Keep:    func(it item[compute.Address]) bool { return it.v.Region != "" },
	Default: ofService,
	Fields: fields{
		"address_id":   field{from: "id", keep: true},
		"address_type": field{}.orElse("EXTERNAL"),
	},
	Rules: map[string]resource.Rule{
		"address_id": resource.Identity(),
		"ip_version": resource.Default("IPV4"),
	},
})

// ofService reports whether one of Google's services reserved an address for
// itself: Cloud DNS, Cloud NAT, the serverless products, GKE for the endpoint of a
// cluster, and the service connectivity automation.
func ofService(it item[compute.Address]) bool {
	return slices.Contains([]string{"DNS_RESOLVER", "NAT_AUTO", "SERVERLESS"}, it.v.Purpose) ||
		hasPrefix(it.v.Name, "sca-auto-addr-") || ofGKE(it.v.Name, it.v.Description)
}
