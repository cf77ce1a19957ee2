package gcp

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// perLocation lists a collection of an API that takes no wildcard for the location:
// where the states hold something of the type and, where the others matter too,
// where the asset inventory knows of one or, without it, in every location of the
// API. base is the path of the API's locations, at the listing of one. A location that does not answer
// hides nothing of the others: its error comes last.
func perLocation(typ, assetType, base string, at func(location string) listing) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return func(yield func(object, error) bool) {
			places, failed := c.placesOf(ctx, q, typ, assetType, base)
			for _, place := range places {
				for o, err := range at(place).all(ctx, c) {
					if err != nil {
						if failed == nil && !gone(err) {
							failed = err
						}
						break
					}
					if !yield(o, nil) {
						return
					}
				}
			}
			if failed != nil {
				yield(object{}, failed)
			}
		}
	}
}

// in returns the listings of a collection that is right below each location.
func in(base, key string, limit int) func(location string) listing {
	return func(location string) listing {
		return listing{path: base + "/" + location + "/" + key, key: key, limit: limit}
	}
}

// placesOf returns the locations to list, sorted; with an error, those that are
// known without it.
func (c *conn) placesOf(ctx context.Context, q provider.Query, typ, assetType, base string) ([]string, error) {
	places := map[string]bool{}
	for _, m := range q.Held(typ) {
		places[locationIn(m.Key.ID)] = true
	}
	var err error
	switch {
	case q.Wanted != nil:
	case !q.Everything && c.has(ctx, assetType) != unknown:
		var inv *assets
		if inv, err = c.assets(ctx); err != nil {
			break
		}
		for _, a := range inv.all {
			if a.AssetType == assetType {
				places[locationIn(a.Name)] = true
			}
		}
	default:
		var all []string
		all, err = c.locations(ctx, base)
		for _, l := range all {
			places[l] = true
		}
	}
	delete(places, "")
	if err == nil && q.Wanted == nil && len(places) == 0 && c.has(ctx, assetType) == unknown {
		err = errNoLocation{base}
	}
	return slices.Sorted(maps.Keys(places)), err
}

// errNoLocation: what is in no place cannot be listed, and an API is somewhere.
type errNoLocation struct{ base string }

func (e errNoLocation) Error() string {
	product, _, _ := strings.Cut(e.base, "/")
	return product + " names no location to look in"
}

// locations returns the names of the locations at a path.
func (c *conn) locations(ctx context.Context, at string) ([]string, error) {
	names := keysOf(collection(at, "locations", 300), func(it item[struct {
		LocationID string `json:"locationId"`
	}]) string {
		return it.v.LocationID
	})
	return names(ctx, c, provider.Query{})
}

// locationIn is the location in a path: projects/P/locations/L/queues/Q.
func locationIn(path string) string {
	parts := strings.Split(path, "/")
	if i := slices.Index(parts, "locations"); i >= 0 && i+1 < len(parts) {
		return parts[i+1]
	}
	return ""
}

// locationOf is locationIn for a field whose value is a path.
func locationOf(v any) any {
	s, _ := v.(string)
	return locationIn(s)
}
