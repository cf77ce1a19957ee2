package gcp

import (
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// What an import block takes is in the section "Import" of each type's page in
// website/docs/r of github.com/hashicorp/terraform-provider-google. For most types
// it is the path from the project on, which is the join key: they declare none.

// importNames is for types whose id has the names of a join key without the
// collections between them: PROJECT/LOCATION/CLUSTER/POOL.
func importNames(collections ...string) func(*resource.Resource) string {
	return func(r *resource.Resource) string { return barePath(r.Key.ID, collections...) }
}

// barePath returns what follows each collection in a path, as PROJECT/LOCATION/NAME;
// empty where the path lacks one.
func barePath(path string, collections ...string) string {
	var out []string
	for _, collection := range collections {
		name := part(path, collection)
		if name == "" {
			return ""
		}
		out = append(out, name)
	}
	return strings.Join(out, "/")
}

// importFree is for types whose names may hold a slash, which the importer's
// pattern of the path does not let pass: the join key, if it has that many parts.
func importFree(parts int) func(*resource.Resource) string {
	return func(r *resource.Resource) string {
		if strings.Count(r.Key.ID, "/")+1 != parts {
			return ""
		}
		return r.Key.ID
	}
}

// importNat returns projects/P/regions/REGION/routers/ROUTER/NAT.
func importNat(r *resource.Resource) string {
	i := strings.LastIndex(r.Key.ID, "/nats/")
	if i < 0 {
		return ""
	}
	return r.Key.ID[:i] + "/" + base(r.Key.ID)
}
