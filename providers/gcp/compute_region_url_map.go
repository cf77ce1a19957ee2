package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeRegionURLMap = define(spec[compute.UrlMap]{
	Name:    "google_compute_region_url_map",
	Actions: []string{"compute.urlMaps.list"},
	List:    everywhere("urlMaps"),
	Confirm: "compute.regionUrlMaps.get",
	Keep:    func(it item[compute.UrlMap]) bool { return it.v.Region != "" },
	Default: func(it item[compute.UrlMap]) bool { return ofGKE(it.v.Name, it.v.Description) },
	Fields:  fields{"map_id": field{from: "id", keep: true}},
	Rules:   map[string]resource.Rule{"map_id": resource.Identity()},
})
