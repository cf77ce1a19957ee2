// Package providertest is the conformance suite that every resource type of
// every provider runs: from the bytes of the cloud's answer to the verdict.
package providertest

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

var update = flag.Bool("update", false, "write what the readers return to the fixtures")

// Suite is what a provider brings.
type Suite struct {
	// New returns the provider with client in the place of its HTTP client, and
	// with valid credentials that need no call.
	New func(t *testing.T, client Client, stats *provider.Stats) provider.Provider

	// Operation names the operation behind a request as the fixtures do
	// ("ec2.DescribeVpcs"), and the permission that it takes ("ec2:DescribeVpcs").
	Operation func(*http.Request) (operation, action string)

	// Always are answers to operations that every run makes, by operation, where a
	// fixture has none.
	Always map[string]string

	// Denied is the cloud's answer to a caller without permission.
	Denied func(*http.Request) (status int, body string)

	// Region is where the fixtures' resources are.
	Region string
}

// Client is both ways in which an SDK takes its transport.
type Client interface {
	Do(*http.Request) (*http.Response, error)
	RoundTrip(*http.Request) (*http.Response, error)
}

// Run runs the suite for every type of the provider, with the fixtures in
// testdata of the current folder.
func Run(t *testing.T, s Suite) {
	schemas := schema.Embedded()
	for _, typ := range s.New(t, nil, &provider.Stats{}).Types() {
		if typ.Any {
			continue // has no schema and no state
		}
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			c := &conformance{Suite: s, typ: typ, schemas: schemas, fixture: load(t, filepath.Join("testdata", typ.Name+".txtar"))}
			c.schema = schemas.Type(typ.Name)
			if c.schema == nil {
				t.Fatalf("the provider's schema knows no %s", typ.Name)
			}
			t.Run("reads", c.reads)
			t.Run("fits the schema", c.fitsSchema)
			t.Run("no drift after apply", c.clean)
			t.Run("each change is found", c.changes)
			t.Run("each denial is told", c.denials)
		})
	}
}

type conformance struct {
	Suite
	typ     provider.Type
	schemas *schema.Schemas
	schema  *schema.Type
	fixture *fixture
}

// collect reads the type through the real provider. A nil state asks for
// everything.
func (c *conformance) collect(t *testing.T, managed []resource.Managed, deny string) (*inventory.Inventory, *server) {
	t.Helper()
	srv := &server{t: t, fixture: c.fixture, suite: c.Suite, deny: deny, called: map[string]bool{}}
	stats := &provider.Stats{}
	inv := inventory.Collect(t.Context(), inventory.Request{
		Providers:  []provider.Provider{c.New(t, srv, stats)},
		Managed:    managed,
		Unmanaged:  true,
		Everything: managed == nil,
		Depth:      provider.DepthFull,
		Type:       func(name string) bool { return name == c.typ.Name },
		Regions:    []string{c.Region},
		Parallel:   1,
		Stats:      stats,
		Now:        func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	})
	return inv, srv
}

// managed returns the fixture's state, located.
func (c *conformance) managed(t *testing.T) []resource.Managed {
	t.Helper()
	if len(c.fixture.state) == 0 {
		t.Fatalf("%s: state.json holds no resource", c.fixture.file)
	}
	var out []resource.Managed
	for i, a := range c.fixture.state {
		out = append(out, resource.Managed{
			Key:      resource.Key{Type: c.typ.Name},
			Address:  fmt.Sprintf("%s.r[%d]", c.typ.Name, i),
			Source:   "terraform.tfstate",
			Provider: `provider["registry.terraform.io/hashicorp/test"]`,
			Attrs:    clone(a).(map[string]any),
		})
	}
	c.New(t, nil, &provider.Stats{}).Locate(out, nil)
	return out
}

func (c *conformance) compare(managed []resource.Managed, inv *inventory.Inventory) []drift.Finding {
	return drift.Compare(managed, inv, drift.Options{
		Types:     map[string]resource.Type{c.typ.Name: c.typ.Type},
		Schemas:   c.schemas,
		Unmanaged: true,
	}).Findings
}

func (c *conformance) reads(t *testing.T) {
	inv, srv := c.collect(t, nil, "")
	for _, row := range inv.Coverage {
		if !row.Complete {
			t.Errorf("the listing is not complete: %s", row.Reason)
		}
	}
	var got []wanted
	for _, r := range inv.Resources {
		got = append(got, wanted{r.Key.ID, r.Default, r.Object, r.Attrs})
		for _, g := range r.Gaps {
			t.Errorf("%s: not read: %v: %s", r.Key, g.Paths, g.Reason)
		}
	}
	if *update {
		c.fixture.update(t, got)
	}
	if a, b := indent(t, c.fixture.want), indent(t, got); a != b && !*update {
		t.Errorf("want.json says\n%s\nthe reader says\n%s", a, b)
	}
	called := slices.Sorted(maps.Keys(srv.called))
	declared := slices.DeleteFunc(resource.Sorted(c.typ.Actions), func(a string) bool { return slices.Contains(c.typ.Confirms, a) })
	if !slices.Equal(called, declared) {
		t.Errorf("Actions declare %v, the reader called %v", declared, called)
	}
}

// fitsSchema proves that each attribute of the reader exists in the provider's
// schema, with that kind.
func (c *conformance) fitsSchema(t *testing.T) {
	inv, _ := c.collect(t, nil, "")
	for _, r := range inv.Resources {
		for name, v := range r.Attrs {
			c.fits(t, name, v)
		}
	}
	for _, child := range c.typ.Children {
		if _, ok := c.schema.Lookup(child.Path); !ok {
			t.Errorf("the child %s names %s, which the schema does not know", child.Type, child.Path)
		}
	}
	for name := range c.typ.Rules {
		if _, ok := c.schema.Lookup(name); !ok && !c.insideObject(name) && !c.former(name) {
			t.Errorf("a rule names %s, which the schema does not know", name)
		}
	}
}

// insideObject is true for a path below an attribute whose nested names the
// schema's extract does not list.
func (c *conformance) insideObject(path string) bool {
	around, p, ok := c.schema.Closest(path)
	return ok && around != path && !p.Kind.IsBlock()
}

// former is true at and below an attribute that only older providers have.
func (c *conformance) former(path string) bool { return slices.Contains(c.typ.Former, top(path)) }

func (c *conformance) fits(t *testing.T, path string, v any) {
	t.Helper()
	p, ok := c.schema.Lookup(path)
	if !ok {
		if !c.insideObject(path) && !c.former(path) {
			t.Errorf("the schema knows no %s", path)
		}
		return
	}
	ok = true
	switch x := v.(type) {
	case nil:
	case bool:
		ok = string(p.Kind) == "bool"
	case float64:
		ok = string(p.Kind) == "number"
	case string:
		ok = string(p.Kind) == "string"
	case []any:
		ok = p.Kind.IsList() || p.Kind.IsSet()
		for _, e := range x {
			if m, is := e.(map[string]any); is {
				for name, v := range m {
					c.fits(t, path+"."+name, v)
				}
			}
		}
	case map[string]any:
		ok = p.Kind.IsMap()
	}
	if !ok {
		t.Errorf("%s is %T, the schema says %s", path, v, p.Kind)
	}
}

// clean proves that a state just written by the provider has not drifted.
func (c *conformance) clean(t *testing.T) {
	managed := c.managed(t)
	inv, _ := c.collect(t, managed, "")
	for _, f := range c.compare(managed, inv) {
		if f.Kind != drift.Unmanaged {
			t.Errorf("%s: %s %s", f.Kind, f.Address, describe(f))
		}
	}
}

// changes proves that each attribute, changed alone in the state, is found and
// nothing else is.
func (c *conformance) changes(t *testing.T) {
	managed := c.managed(t)
	inv, _ := c.collect(t, managed, "")
	keys := map[string]bool{}
	for i, m := range managed {
		compared := drift.Compared(m, inv, drift.Options{Types: map[string]resource.Type{c.typ.Name: c.typ.Type}, Schemas: c.schemas})
		for _, path := range compared {
			if rule := c.typ.Rules[path]; rule.Own != "" {
				path = rule.Own
			}
			v, ok := m.Attrs[path]
			if !ok {
				continue
			}
			changed := slices.Clone(managed)
			changed[i].Attrs = maps.Clone(m.Attrs)
			changed[i].Attrs[path] = other(v, readOf(inv, m, path))
			if resource.Text(changed[i].Attrs[path]) == resource.Text(v) {
				continue // an empty collection has nothing to change
			}
			if all := allTags(c.typ, path); all != path {
				changed[i].Attrs[all] = other(m.Attrs[all], nil)
			}
			if !slices.Equal(c.typ.IDs(changed[i].Attrs), c.typ.IDs(m.Attrs)) {
				continue // part of the join key: another resource, not a change
			}
			keys[path] = true
			var got []string
			for _, f := range c.compare(changed, inv) {
				if f.Kind == drift.Changed {
					for _, ch := range f.Changes {
						got = append(got, top(ch.Path))
					}
				} else if f.Kind != drift.Unmanaged {
					got = append(got, string(f.Kind))
				}
			}
			slices.Sort(got)
			if got = slices.Compact(got); !slices.Equal(got, []string{path}) {
				t.Errorf("%s: %s changed from %s to %s, found %v", m.Address, path, resource.Text(v), resource.Text(changed[i].Attrs[path]), got)
			}
		}
	}
	if len(keys) == 0 && len(c.typ.Rules) > 0 {
		t.Log("no attribute beside the join key can be changed")
	}
}

func allTags(typ provider.Type, own string) string {
	for path, rule := range typ.Rules {
		if rule.Own == own {
			return path
		}
	}
	return own
}

// denials proves that each missing permission ends as unchecked with its name,
// never as missing and never in silence.
func (c *conformance) denials(t *testing.T) {
	managed := c.managed(t)
	_, srv := c.collect(t, managed, "")
	for _, action := range slices.Sorted(maps.Keys(srv.called)) {
		inv, _ := c.collect(t, managed, action)
		told := false
		for _, f := range c.compare(managed, inv) {
			switch f.Kind {
			case drift.Unchecked:
				told = told || strings.Contains(f.Reason, action)
			case drift.Missing, drift.Changed:
				t.Errorf("without %s: %s %s %s", action, f.Address, f.Kind, describe(f))
			}
		}
		if !told {
			t.Errorf("without %s: no finding names it", action)
		}
	}
}

func describe(f drift.Finding) string {
	parts := []string{f.Reason}
	for _, ch := range f.Changes {
		parts = append(parts, fmt.Sprintf("%s: %s in the state, %s in the cloud", ch.Path, resource.Text(ch.Before), resource.Text(ch.After)))
	}
	return strings.Join(parts, "; ")
}

func top(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

// readOf returns what the cloud has at a path of a managed resource.
func readOf(inv *inventory.Inventory, m resource.Managed, path string) any {
	for _, r := range inv.Resources {
		if r.Key.ID == m.Key.ID {
			return r.Attrs[path]
		}
	}
	return nil
}

// other returns a value of the same shape that means something else. In a block
// it changes what was read, if anything was.
func other(v, read any) any {
	switch x := v.(type) {
	case bool:
		return !x
	case float64:
		return x + 7
	case string:
		if json.Valid([]byte(x)) && strings.HasPrefix(strings.TrimSpace(x), "{") {
			return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"changed:Changed","Resource":"*"}]}`
		}
		return x + "-changed"
	case []any:
		out := clone(x).([]any)
		if len(out) == 0 {
			return out
		}
		out[0] = otherElement(out[0], read)
		return out
	case map[string]any:
		out := clone(x).(map[string]any)
		out["changed"] = "changed"
		return out
	}
	return v
}

// otherElement changes one leaf of a block that is set and was read.
func otherElement(v, read any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return other(v, nil)
	}
	was := map[string]any{}
	list, _ := read.([]any)
	for _, e := range list {
		x, _ := e.(map[string]any)
		maps.Copy(was, x)
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		below, ok := was[name]
		if !resource.Empty(m[name]) && (ok || len(was) == 0) {
			m[name] = other(m[name], below)
			return m
		}
	}
	return m
}

func clone(v any) any {
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = clone(x[i])
		}
		return out
	case map[string]any:
		return cloneMap(x)
	case resource.Attrs:
		return cloneMap(x)
	}
	return v
}

func cloneMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, e := range m {
		out[k] = clone(e)
	}
	return out
}

func indent(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
