package gcp

import (
	"net/http"
	"slices"
	"strings"
)

// products are the prefixes of permissions that are not the first part of the
// path of their service.
var products = map[string]string{"sql": "cloudsql", "sqladmin": "cloudsql", "cloudresourcemanager": "resourcemanager"}

// collections are those that permissions know by another name.
var collections = map[string]string{"b": "buckets", "rrsets": "resourceRecordSets"}

// renamedActions are the calls that take another permission than their name
// says.
// Source: https://docs.cloud.google.com/iam/docs/permissions-reference
var renamedActions = map[string]string{
	"bigquery.datasets.list": "bigquery.datasets.get",
	"cloudasset.assets.list": "cloudasset.assets.listResource",
}

// regional and everywhereElse are the collections of Compute whose permissions
// have another name in a region, and outside of one.
var (
	regional = map[string]string{
		"backendServices":    "regionBackendServices",
		"healthChecks":       "regionHealthChecks",
		"targetHttpProxies":  "regionTargetHttpProxies",
		"targetHttpsProxies": "regionTargetHttpsProxies",
		"urlMaps":            "regionUrlMaps",
	}
	everywhereElse = map[string]string{
		"addresses":       "globalAddresses",
		"forwardingRules": "globalForwardingRules",
	}
)

// actionOf returns the permission that a request takes: compute.disks.list.
func actionOf(r *http.Request) string {
	host, _, _ := strings.Cut(r.URL.Host, ".")
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	// Behind one endpoint for all, and for the services that repeat it, the
	// product begins the path; else it is the host.
	product := host
	if len(parts) > 1 && !isVersion(parts[0]) {
		product, parts = parts[0], parts[1:]
	}
	if len(parts) > 0 && isVersion(parts[0]) {
		parts = parts[1:]
	}
	verb := ""
	if n := len(parts); n > 0 {
		if name, v, ok := cutVerb(parts[n-1]); ok && !isDomain(parts[:n-1], name) {
			parts[n-1], verb = name, v
		} else if last := parts[n-1]; last == "getIamPolicy" || last == "iam" && product == "storage" {
			verb, parts = "getIamPolicy", parts[:n-1]
		}
	}
	var there map[string]string
	if product == "compute" {
		there = namesIn(parts)
	}
	parts = withoutPlace(parts)
	if prefix, ok := products[product]; ok {
		product = prefix
	}
	if verb == "" {
		verb = "get"
		if len(parts)%2 == 1 {
			verb = "list"
		}
	}
	collection := ""
	if len(parts) > 0 {
		collection = parts[(len(parts)-1)/2*2]
	}
	for _, names := range []map[string]string{collections, there} {
		if name, ok := names[collection]; ok {
			collection = name
		}
	}
	action := product + "." + collection + "." + verb
	if renamed, ok := renamedActions[action]; ok {
		return renamed
	}
	return action
}

// isDomain reports whether what precedes a colon is the domain that a project
// belongs to: projects/example.com:p.
func isDomain(before []string, name string) bool {
	return len(before) == 1 && before[0] == "projects" && strings.Contains(name, ".") && !strings.Contains(name, ":")
}

// namesIn returns the collections of the place of a path that have a name of their
// own there.
func namesIn(parts []string) map[string]string {
	switch {
	case len(parts) > 4 && parts[2] == "regions":
		return regional
	case len(parts) > 3 && parts[2] == "global":
		return everywhereElse
	}
	return nil
}

func isVersion(s string) bool {
	return len(s) > 1 && s[0] == 'v' && s[1] >= '0' && s[1] <= '9'
}

// withoutPlace drops what says where: projects/P, zones/Z, locations/L, global,
// aggregated. A project alone is what is read.
func withoutPlace(parts []string) []string {
	places := []string{"projects", "zones", "regions", "locations"}
	for len(parts) > 2 && slices.Contains(places, parts[0]) {
		parts = parts[2:]
	}
	if len(parts) > 1 && (parts[0] == "global" || parts[0] == "aggregated") {
		parts = parts[1:]
	}
	return parts
}
