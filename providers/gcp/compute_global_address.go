package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeGlobalAddress = define(spec[compute.Address]{
	Name:    "google_compute_global_address",
	Asset:   "compute.googleapis.com/GlobalAddress",
	Actions: []string{"compute.addresses.list"},
	List:    everywhere("addresses"),
	Confirm: "compute.globalAddresses.get",
	Keep:    func(it item[compute.Address]) bool { return it.v.Region == "" },
	Default: ofService,
	Rules: map[string]resource.Rule{
		"address_type": resource.Default("EXTERNAL"),
		"ip_version":   resource.Default("IPV4"),
	},
})
