package gcp

import (
	"context"
	"iter"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// kind is a readable type with the Cloud Asset Inventory's name of it.
type kind struct {
	provider.Type
	asset string
}

// spec declares one resource type. T is the API's struct for one resource. Only
// Name, Actions and List are required.
type spec[T any] struct {
	// Name is Terraform's: google_compute_disk.
	Name string

	// Asset is the Cloud Asset Inventory's: compute.googleapis.com/Disk. Empty for
	// what it does not know.
	Asset string

	// Actions are the permissions that List takes: compute.disks.list.
	Actions []string

	// List yields the JSON of every resource of the project: see list.go.
	List lister

	// Confirm is the permission of asking for one resource by its join key: what a
	// state holds and the list lacks is asked for by itself. It is for Compute's lists
	// of several kinds of place, which leave out those whose own permission to list
	// the caller lacks: that one is needed as well.
	Confirm string

	// Before sees what is asked before anything is mapped.
	Before func(*conn, provider.Query)

	// Keep leaves out what another type of the same listing is for.
	Keep func(item[T]) bool

	// ID is the join key; nil takes the self link, or the full name, from the
	// project on.
	ID func(item[T]) string

	// StateIDs gets the join keys from a state's attributes; nil takes self_link or
	// id, from the project on.
	StateIDs func(resource.Attrs) []string

	// Default: see resource.Resource.
	Default func(item[T]) bool

	// Fields are what is not regular.
	Fields fields

	// Labels are the Terraform paths whose every key is in the path with `effective_`
	// before it. Nil takes labels and annotations, as far as T has them.
	Labels map[string]string

	// Map adds to the mapped attributes, and corrects them, where the provider's own
	// mapping is by hand.
	Map func(item[T], resource.Attrs)

	// Get is the path of a resource of which the listing is a short form: it is read
	// for what a state holds, and fills Whole.
	Get    func(item[T]) string
	GetBy  string // its permission
	Whole  []string
	Params url.Values // of the Get

	// Details are what else is read for what a state holds: see provider.Spec.
	Details []provider.Detail[*conn, item[T]]

	// Fit, Rules, ChildOf, Children, Owners and Facet: see resource.Type.
	Fit      func(state, cloud resource.Attrs) resource.Attrs
	Rules    map[string]resource.Rule
	ChildOf  []resource.ChildOf
	Children []resource.Child
	Owners   []resource.Owner
	Facet    bool

	// Import is the id that import blocks take: see resource.Type.
	Import func(*resource.Resource) string
}

// item is one listed resource.
type item[T any] struct {
	conn   *conn
	parent string // the join key of the parent that was listed
	whole  bool   // not a short form
	v      *T
}

// define makes the type of a declaration.
func define[T any](s spec[T]) kind {
	if s.Labels == nil {
		s.Labels = map[string]string{}
		for _, own := range []string{"labels", "annotations"} {
			if _, ok := byTag(reflect.TypeFor[T](), own); ok && !s.Fields[own].skip {
				s.Labels[own] = "effective_" + own
			}
		}
	}
	rules := map[string]resource.Rule{}
	for own, all := range s.Labels {
		rules[all] = allLabels(own)
	}
	maps.Copy(rules, s.Rules)
	if s.ID == nil {
		s.ID = path[T]
	}
	if s.StateIDs == nil {
		s.StateIDs = stateIDs
	}
	p := provider.Spec[*conn, item[T]]{
		Name:       s.Name,
		Global:     true,
		Actions:    s.Actions,
		List:       s.list,
		ID:         s.ID,
		StateIDs:   s.StateIDs,
		Default:    s.Default,
		Attrs:      s.attrs,
		Fit:        fitProject(s.Fit),
		Rules:      rules,
		Strings:    references(),
		ZeroIsNull: true,
		ChildOf:    s.ChildOf,
		Children:   s.Children,
		Owners:     s.Owners,
		Facet:      s.Facet,
		Import:     s.Import,
		Details:    s.Details,
	}
	p.Object = s.ID
	if s.Get != nil {
		p.Details = append(p.Details, provider.Detail[*conn, item[T]]{Action: s.GetBy, Paths: s.Whole, Read: s.whole})
	}
	t := provider.Define(p)
	if s.Confirm != "" {
		t.Confirms = []string{s.Confirm}
		if list := strings.TrimSuffix(s.Confirm, ".get") + ".list"; !slices.Contains(t.Actions, list) {
			t.Confirms = append(t.Confirms, list)
		}
		t.Actions = append(t.Actions, t.Confirms...)
	}
	return kind{t, s.Asset}
}

// fitProject: a configuration may name the project by its number. That a resource
// is in that project is said by its join key.
func fitProject(fit func(state, cloud resource.Attrs) resource.Attrs) func(state, cloud resource.Attrs) resource.Attrs {
	return func(state, cloud resource.Attrs) resource.Attrs {
		if fit != nil {
			cloud = fit(state, cloud)
		}
		if number := state.String("project"); isNumber(number) && cloud["project"] != nil {
			cloud = maps.Clone(cloud)
			cloud["project"] = number
		}
		return cloud
	}
}

// list decodes what the lister yields. Where the asset inventory knows that the
// project has none and no state says otherwise, nothing is asked.
func (s spec[T]) list(ctx context.Context, c *conn, q provider.Query) iter.Seq2[item[T], error] {
	return func(yield func(item[T], error) bool) {
		if s.Before != nil {
			s.Before(c, q)
		}
		if q.Wanted == nil && !q.Everything && len(q.Held(s.Name)) == 0 && c.has(ctx, s.Asset) == none {
			return
		}
		if items, ok := s.settled(ctx, c, q); ok {
			for _, it := range items {
				if !yield(it, nil) {
					return
				}
			}
			return
		}
		seen := map[string]bool{}
		for o, err := range s.List(ctx, c, q) {
			it := item[T]{conn: c, parent: o.parent, v: new(T)}
			if err == nil {
				err = decode(o.body, it.v)
			}
			if err == nil && s.Keep != nil && !s.Keep(it) {
				continue
			}
			if err == nil && s.Confirm != "" {
				seen[s.ID(it)] = true
			}
			if !yield(it, err) || err != nil {
				return
			}
		}
		if s.Confirm != "" {
			s.confirm(ctx, c, q, seen, yield)
		}
	}
}

// confirm yields what a state holds and a list lacks, if it is there all the same.
func (s spec[T]) confirm(ctx context.Context, c *conn, q provider.Query, seen map[string]bool, yield func(item[T], error) bool) {
	for _, m := range q.Held(s.Name) {
		if seen[m.Key.ID] || !strings.HasPrefix(m.Key.ID, "projects/"+c.project+"/") {
			continue
		}
		seen[m.Key.ID] = true
		it := item[T]{conn: c, v: new(T)}
		_, err := c.get(ctx, "compute/v1/"+m.Key.ID, nil, it.v)
		if gone(err) || err == nil && s.Keep != nil && !s.Keep(it) {
			continue
		}
		if !yield(it, err) || err != nil {
			return
		}
	}
}

func (s spec[T]) attrs(it item[T]) resource.Attrs {
	m, _ := provider.Once(&it.conn.memo, "mapper "+s.Name, func() (*mapper, error) {
		return newMapper(it.conn.schemas.Type(s.Name), reflect.TypeFor[T](), s.Fields), nil
	})
	a := m.attrs(reflect.ValueOf(it.v))
	for own, all := range s.Labels {
		a[all] = a[own]
		delete(a, own)
	}
	if _, ok := it.conn.schemas.Type(s.Name).Lookup("project"); ok && !s.Fields["project"].skip {
		a["project"] = it.conn.project
	}
	if s.Map != nil {
		s.Map(it, a)
	}
	if !it.whole {
		maps.DeleteFunc(a, func(name string, _ any) bool { return slices.Contains(s.Whole, name) })
	}
	return a
}

// settled returns what the asset inventory has of a type, if that is exactly what
// the states say: everything is held and nothing differs. In any other case the
// service decides, as the inventory may be behind.
func (s spec[T]) settled(ctx context.Context, c *conn, q provider.Query) ([]item[T], bool) {
	if !c.settle || q.Agree == nil || s.Asset == "" {
		return nil, false
	}
	bodies, ok := c.take(ctx, s.Asset)
	if !ok {
		return nil, false
	}
	held := map[string][]*resource.Managed{}
	open := map[string]bool{}
	for _, m := range q.Held(s.Name) {
		held[m.Key.ID] = append(held[m.Key.ID], m)
		open[m.Key.ID] = true
	}
	var items []item[T]
	for _, body := range bodies {
		it := item[T]{conn: c, whole: true, v: new(T)}
		if decode(body, it.v) != nil {
			return nil, false
		}
		if s.Keep != nil && !s.Keep(it) {
			continue
		}
		id := s.ID(it)
		if len(held[id]) == 0 && (s.Default == nil || !s.Default(it)) {
			return nil, false
		}
		r := resource.Resource{Key: resource.Key{Type: s.Name, ID: id}, Attrs: resource.Normalize(s.attrs(it))}
		for _, m := range held[id] {
			if !s.detailed(ctx, c, it, m, r.Attrs) || !q.Agree(m, &r) {
				return nil, false
			}
		}
		delete(open, id)
		items = append(items, it)
	}
	return items, len(open) == 0
}

// detailed adds what the details say that a state holds paths of.
func (s spec[T]) detailed(ctx context.Context, c *conn, it item[T], m *resource.Managed, a resource.Attrs) bool {
	for _, d := range s.Details {
		if wanted := (provider.BoundDetail{Paths: d.Paths, When: d.When}).Wanted(m.Attrs); !wanted {
			continue
		}
		more, err := d.Read(ctx, c, it)
		if err != nil {
			return false
		}
		maps.Copy(a, resource.Normalize(more))
	}
	return true
}

// whole reads the long form of what was listed in a short one.
func (s spec[T]) whole(ctx context.Context, c *conn, it item[T]) (resource.Attrs, error) {
	long := item[T]{conn: c, parent: it.parent, whole: true, v: new(T)}
	if it.whole {
		long = it
	} else if _, err := c.get(ctx, s.Get(it), s.Params, long.v); err != nil {
		return nil, err
	}
	a := s.attrs(long)
	maps.DeleteFunc(a, func(name string, _ any) bool { return !slices.Contains(s.Whole, name) })
	return a, nil
}

// path is the join key of what has a self link or a full name.
func path[T any](it item[T]) string {
	v := reflect.ValueOf(it.v).Elem()
	for _, name := range []string{"selflink", "name"} {
		if f, ok := byTag(v.Type(), name); ok {
			if s := link(v.FieldByIndex(f.Index).String()); strings.HasPrefix(s, "projects/") {
				return ofProject(s, it.conn.project)
			}
		}
	}
	return ""
}

// stateIDs are the join keys of what a state holds with a self link or an id that
// is a path.
func stateIDs(a resource.Attrs) []string {
	for _, name := range []string{"self_link", "id"} {
		if s := link(a.String(name)); strings.HasPrefix(s, "projects/") {
			return []string{s}
		}
	}
	return nil
}

// allLabels compares every label of a resource, but those that Google's services
// and Terraform set.
func allLabels(own string) resource.Rule {
	r := resource.AllTags(own)
	r.Canon = func(v any) any {
		labels, ok := v.(map[string]any)
		if !ok {
			return v
		}
		out := make(map[string]any, len(labels))
		for key, value := range labels {
			if !strings.HasPrefix(key, "goog-") {
				out[key] = value
			}
		}
		return out
	}
	return r
}
