package gcp

import (
	"regexp"

	"google.golang.org/api/compute/v1"
)

var computeRoute = define(spec[compute.Route]{
	Name:    "google_compute_route",
	Asset:   "compute.googleapis.com/Route",
	Actions: []string{"compute.routes.list"},
	List:    global("routes"),
	Default: func(it item[compute.Route]) bool {
		r := it.v
		switch {
		// Of a subnetwork, a peering, a hub or a BGP session.
		case r.RouteType != "" && r.RouteType != "STATIC", r.NextHopNetwork != "", r.NextHopPeering != "", r.NextHopHub != "":
			return true
		// To the internet, with each network.
		case defaultRoutes.MatchString(r.Name):
			return true
		}
		return r.Description == "k8s-node-route" || ofGKE(r.Name, r.Description)
	},
	Fields: fields{"params": skip()},
})

// defaultRoutes are the names that Google gives to the routes of a network.
var defaultRoutes = regexp.MustCompile(`^default-route-(r-)?[0-9a-f]{16}$`)
