package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The addresses of a NAT are a part of it that has a type of its own.
var computeRouterNatAddress = define(spec[compute.RouterNat]{
	Name:     "google_compute_router_nat_address",
	Asset:    "compute.googleapis.com/Router",
	Actions:  []string{"compute.routers.list"},
	List:     natsOf(everywhere("routers")),
	ID:       func(it item[compute.RouterNat]) string { return it.parent + "/nats/" + it.v.Name },
	StateIDs: natIDs,
	Import:   importNat,
	Facet:    true,
	ChildOf: []resource.ChildOf{
		{Parent: "google_compute_router_nat", Ref: "id", Path: "nat_ips", ParentID: natOf},
		{Parent: "google_compute_router_nat", Ref: "id", Path: "drain_nat_ips", ParentID: natOf},
	},
	Fields: fields{"router_nat": from("name")},
	Map:    placeNat,
})
