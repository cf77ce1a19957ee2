package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeURLMap = define(spec[compute.UrlMap]{
	Name:    "google_compute_url_map",
	Asset:   "compute.googleapis.com/UrlMap",
	Actions: []string{"compute.urlMaps.list"},
	List:    everywhere("urlMaps"),
	Confirm: "compute.urlMaps.get",
	Keep:    func(it item[compute.UrlMap]) bool { return it.v.Region == "" },
	Default: func(it item[compute.UrlMap]) bool { return ofGKE(it.v.Name, it.v.Description) },
	Fields:  urlMapFields(),
	Rules:   map[string]resource.Rule{"map_id": resource.Identity()},
})

// urlMapFields leave out the parts of seconds of the cache policies, which the
// provider does not read.
func urlMapFields() fields {
	f := fields{"map_id": field{from: "id", keep: true}}
	for _, action := range []string{
		"default_route_action", "path_matcher.default_route_action",
		"path_matcher.path_rule.route_action", "path_matcher.route_rules.route_action",
	} {
		for _, ttl := range []string{"default_ttl", "max_ttl", "client_ttl", "serve_while_stale", "negative_caching_policy.ttl"} {
			f[action+".cache_policy."+ttl+".nanos"] = skip()
		}
	}
	return f
}
