package gcp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/googleapi"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// lister yields the resources of a project as the API's JSON.
type lister func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error]

// object is one listed resource.
type object struct {
	body   json.RawMessage
	parent string // the join key of its parent, where it was listed per parent
}

// inAll lists a Compute collection in every zone, region and globally at once.
func inAll(collection string) lister {
	return listing{
		path: "compute/v1/projects/{project}/aggregated/" + collection, key: "items", scopes: collection, limit: 500,
		params: url.Values{"returnPartialSuccess": {"true"}},
	}.lister()
}

// global lists a Compute collection that has no zone and no region.
func global(collection string) lister {
	return listing{
		path: "compute/v1/projects/{project}/global/" + collection, key: "items", limit: 500,
		params: url.Values{"returnPartialSuccess": {"true"}},
	}.lister()
}

// collection lists what is at a path, under the key of its pages. limit is the
// largest page that the API allows.
func collection(path, key string, limit int) lister {
	return listing{path: path, key: key, limit: limit}.lister()
}

func (l listing) lister() lister {
	return func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[object, error] { return l.all(ctx, c) }
}

// together lists once per run for several types, which takes the memory of the
// whole listing.
func together(name string, list lister) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return provider.Shared(&c.memo, "list "+name, list(ctx, c, q))
	}
}

// sizeOf is the name of the parameter for the page's size: the older APIs have
// another one.
func sizeOf(path string) string {
	product, _, _ := strings.Cut(path, "/")
	if repeats(product) {
		return "maxResults"
	}
	return "pageSize"
}

// perParent lists what is below each parent that matters: those that a state holds
// or that a held child names, or every one where everything is asked for. parents
// yields the join keys of all, at returns the listing of one parent's children. A
// parent whose children cannot be listed hides not those of the others: its error
// comes last.
func perParent(child string, of resource.ChildOf, parents func(ctx context.Context, c *conn, q provider.Query) ([]string, error), at func(parent string) listing) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return func(yield func(object, error) bool) {
			ids, err := parentsOf(ctx, c, q, child, of, parents)
			if err != nil {
				yield(object{}, err)
				return
			}
			var failed error
			for _, id := range ids {
				for o, err := range at(id).all(ctx, c) {
					if err != nil {
						if !gone(err) && failed == nil { // else it went with its parent
							failed = err
						}
						break
					}
					o.parent = id
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

// parentsOf returns the join keys of the parents that matter, sorted.
func parentsOf(ctx context.Context, c *conn, q provider.Query, child string, of resource.ChildOf, all func(ctx context.Context, c *conn, q provider.Query) ([]string, error)) ([]string, error) {
	matter := q.Parents(resource.Type{Name: child, ChildOf: []resource.ChildOf{of}}, of.Parent)
	if q.Everything {
		ids, err := all(ctx, c, q)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			matter[id] = true
		}
	}
	return slices.Sorted(maps.Keys(matter)), nil
}

// keysOf returns the join keys of everything that a lister yields, for the parents
// of what is listed per parent.
func keysOf[T any](list lister, key func(item[T]) string) func(ctx context.Context, c *conn, q provider.Query) ([]string, error) {
	return func(ctx context.Context, c *conn, q provider.Query) ([]string, error) {
		var ids []string
		q.Everything, q.Wanted = true, nil
		for o, err := range list(ctx, c, q) {
			if err != nil {
				return nil, err
			}
			it := item[T]{conn: c, v: new(T)}
			if err := decode(o.body, it.v); err != nil {
				return nil, err
			}
			ids = append(ids, key(it))
		}
		return ids, nil
	}
}

// gone reports whether an error says that there is no such thing.
func gone(err error) bool {
	var api *googleapi.Error
	return err != nil && errors.As(err, &api) && isNotFound(api)
}

// isNotFound reports whether Google says that there is no such thing. Something on
// the way there, a proxy or a wrong endpoint, answers 404 in a form of its own, and
// knows nothing of what exists.
func isNotFound(e *googleapi.Error) bool {
	return e.Code == http.StatusNotFound && (e.Message != "" || len(e.Errors) > 0 || len(e.Details) > 0)
}

// listing is one paged list.
type listing struct {
	path   string
	key    string // of the items in a page
	scopes string // of an aggregated list: the key of the items in a scope
	limit  int    // the largest page
	params url.Values
}

// all yields the items of every page. What says of itself that it is not whole
// ends with an error.
func (l listing) all(ctx context.Context, c *conn) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		params := url.Values{}
		for name, v := range l.params {
			params[name] = v
		}
		if l.limit > 0 {
			params.Set(sizeOf(l.path), strconv.Itoa(l.limit))
		}
		var silent []string
		for {
			page := map[string]json.RawMessage{}
			if _, err := c.get(ctx, l.path, params, &page); err != nil {
				yield(object{}, err)
				return
			}
			items, unreachable, err := l.items(page)
			if err != nil {
				yield(object{}, err)
				return
			}
			silent = append(silent, unreachable...)
			for _, body := range items {
				if !yield(object{body: body}, nil) {
					return
				}
			}
			next := ""
			if raw, ok := page["nextPageToken"]; ok {
				if err := json.Unmarshal(raw, &next); err != nil {
					yield(object{}, fmt.Errorf("%s: %w", l.path, err))
					return
				}
			}
			if next == "" {
				break
			}
			if next == params.Get("pageToken") {
				yield(object{}, &callError{action: l.action(ctx, c), project: c.project, err: errEndless{}})
				return
			}
			params.Set("pageToken", next)
		}
		if len(silent) > 0 {
			slices.Sort(silent)
			yield(object{}, &unreachableError{action: l.action(ctx, c), places: slices.Compact(silent)})
		}
	}
}

// action is the permission that the listing takes; empty where its path is none.
func (l listing) action(ctx context.Context, c *conn) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url(l.path, nil), nil)
	if err != nil {
		return ""
	}
	return actionOf(req)
}

// errEndless is a list whose page names itself as the next one.
type errEndless struct{}

func (errEndless) Error() string { return "the list does not end: a page names itself as the next one" }

// items returns the items of a page, and the places that did not answer.
func (l listing) items(page map[string]json.RawMessage) (items []json.RawMessage, silent []string, err error) {
	for _, key := range []string{"unreachable", "unreachables", "missingZones"} {
		var places []string
		if raw, ok := page[key]; ok {
			if err := json.Unmarshal(raw, &places); err != nil {
				return nil, nil, fmt.Errorf("%s: %s: %w", l.path, key, err)
			}
		}
		for _, p := range places {
			silent = append(silent, base(p))
		}
	}
	silent = append(silent, warned(page)...)
	raw, ok := page[l.key]
	if !ok {
		return nil, silent, nil
	}
	if l.scopes == "" {
		err = json.Unmarshal(raw, &items)
		return items, silent, err
	}
	scopes := map[string]map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &scopes); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", l.path, err)
	}
	names := make([]string, 0, len(scopes))
	for name := range scopes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		var some []json.RawMessage
		if raw, ok := scopes[name][l.scopes]; ok {
			if err := json.Unmarshal(raw, &some); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", l.path, err)
			}
		}
		items = append(items, some...)
		if lacks(scopes[name]["warning"]) {
			silent = append(silent, name)
		}
	}
	return items, silent, nil
}

// warning is what an answer says of itself: Compute's have one, those of Cloud SQL
// one for each region.
type warning struct {
	Code   string `json:"code"`
	Region string `json:"region"`
}

// lacks reports whether a warning of Compute says that something was left out.
// Source: https://docs.cloud.google.com/compute/docs/reference/rest/v1/WarningCode
func lacks(raw json.RawMessage) bool {
	var w warning
	if len(raw) == 0 || json.Unmarshal(raw, &w) != nil {
		return false
	}
	return slices.Contains([]string{"UNREACHABLE", "PARTIAL_SUCCESS", "LIST_OVERHEAD_QUOTA_EXCEED"}, w.Code)
}

// warned returns the places of which a whole page says that it left them out.
func warned(page map[string]json.RawMessage) []string {
	var places []string
	if lacks(page["warning"]) {
		places = append(places, "a part of the project")
	}
	var regions []warning
	if raw, ok := page["warnings"]; ok && json.Unmarshal(raw, &regions) == nil {
		for _, w := range regions {
			if w.Code == "REGION_UNREACHABLE" {
				places = append(places, cmp.Or(w.Region, "a region"))
			}
		}
	}
	return places
}
