package drift

import (
	"slices"

	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// attributes compares one managed resource with what the cloud has of it.
type attributes struct {
	c      *comparison
	m      *resource.Managed
	typ    resource.Type
	schema *schema.Type // nil where no schema knows the type

	changes        []Change
	replaced       string   // the identity that differs
	held, compared int      // configurable top-level attributes
	seen           []string // those compared
}

func (c *comparison) attributes(m *resource.Managed) *attributes {
	a := &attributes{c: c, m: m, typ: c.Types[m.Key.Type], schema: c.Schemas.Type(m.Key.Type)}
	for name, v := range m.Attrs {
		if v != nil && a.configurable(name) {
			a.held++
		}
	}
	return a
}

// holds returns those of the paths that the state has a value for.
func (a *attributes) holds(paths []string) []string {
	var held []string
	for _, p := range paths {
		if a.m.Attrs[p] != nil {
			held = append(held, p)
		}
	}
	return held
}

// notCompared are arguments of every resource that exist in Terraform only.
var notCompared = []string{"id", "timeouts"}

// configurable reports whether a top-level attribute is one that somebody could
// have configured and that a cloud could return.
func (a *attributes) configurable(name string) bool {
	p, ok := a.lookup(name)
	ok = ok || slices.Contains(a.typ.Former, name)
	return ok && !p.ComputedOnly() && !a.typ.Rules[name].Ignored && !slices.Contains(notCompared, name)
}

func (a *attributes) lookup(path string) (schema.Path, bool) {
	if a.schema == nil {
		return schema.Path{}, false
	}
	return a.schema.Lookup(path)
}

// compare goes through what was read of r.
func (a *attributes) compare(r *resource.Resource) {
	for name, after := range a.fitted(r) {
		if !a.comparable(name) {
			continue
		}
		a.count(name)
		rule := a.typ.Rules[name]
		before := a.m.Attrs[name]
		switch {
		case a.c.owners.owned(r.Key, name): // the children's findings tell
		case rule.Own != "":
			a.count(rule.Own)
			a.tags(name, rule, after)
		default:
			n := len(a.changes)
			a.changes = a.diff(a.changes, name, name, before, after)
			if rule.Identity && len(a.changes) > n {
				a.replaced = name
			}
		}
	}
}

// fitted is what was read of r as the state would hold it.
func (a *attributes) fitted(r *resource.Resource) resource.Attrs {
	if a.typ.Fit == nil {
		return r.Attrs
	}
	return a.typ.Fit(a.m.Attrs, r.Attrs)
}

// count counts an attribute as compared, once.
func (a *attributes) count(name string) {
	if a.m.Attrs[name] != nil && a.configurable(name) && !slices.Contains(a.seen, name) {
		a.seen = append(a.seen, name)
		a.compared++
	}
}

// comparable reports whether a path that was read of r has something to be
// compared with.
func (a *attributes) comparable(name string) bool {
	p, ok := a.lookup(name)
	ok = ok || slices.Contains(a.typ.Former, name)
	rule := a.typ.Rules[name]
	if !ok || rule.Ignored || (p.ComputedOnly() && !rule.Identity && rule.Own == "") {
		return false
	}
	before, has := a.m.Attrs[name], a.m.Has(name)
	if rule.Identity && before == nil {
		return false // the state is older than the attribute
	}
	if rule.Own != "" {
		return has || a.m.Has(rule.Own)
	}
	// A provider of another version may not know the attribute, and null on an
	// optional and computed one says that nobody configured it.
	return has && (before != nil || !p.OptionalComputed())
}

// Agree returns a function that reports whether nothing of what was read of a
// resource differs from what a state says. It is safe for concurrent use.
func Agree(o Options) func(m *resource.Managed, r *resource.Resource) bool {
	c := newComparison(nil, &inventory.Inventory{}, o)
	return func(m *resource.Managed, r *resource.Resource) bool {
		a := c.attributes(m)
		a.compare(r)
		return len(a.changes) == 0 && len(r.Gaps) == 0
	}
}

// Compared lists the top-level paths of m that Compare looks at, sorted: what a
// change of would be told.
func Compared(m resource.Managed, inv *inventory.Inventory, o Options) []string {
	c := newComparison([]resource.Managed{m}, inv, o)
	found, _, _ := c.find(&m)
	a := c.attributes(&m)
	paths := map[string]bool{}
	for _, i := range found {
		r := &inv.Resources[i]
		for name := range a.fitted(r) {
			if a.comparable(name) && !c.owners.owned(r.Key, name) {
				paths[name] = true
			}
		}
	}
	return sortedKeys(paths)
}

// tags compares every tag of a resource. all is the path of all of them in the
// state, own that of the configuration's: a difference is shown there if the
// configuration names the key, or if only the cloud has it.
func (a *attributes) tags(all string, rule resource.Rule, after any) {
	own := rule.Own
	mine, _ := a.m.Attrs[own].(map[string]any)
	before, ok := a.m.Attrs[all].(map[string]any)
	if !ok {
		before = mine
	}
	now, _ := after.(map[string]any)
	if rule.Canon != nil {
		before, _ = rule.Canon(before).(map[string]any)
		now, _ = rule.Canon(now).(map[string]any)
	}
	for key, b := range before {
		if v, still := now[key]; still && resource.Text(b) == resource.Text(v) {
			continue
		}
		path := own
		if mine != nil && !hasKey(mine, key) {
			path = all
		}
		at := resource.JoinKey(path, key)
		a.changes = append(a.changes, a.changed(at, at, b, now[key]))
	}
	for key, v := range now {
		if !hasKey(before, key) {
			at := resource.JoinKey(own, key)
			a.changes = append(a.changes, a.changed(at, at, nil, v))
		}
	}
}

func hasKey(m map[string]any, key string) bool {
	_, ok := m[key]
	return ok
}
