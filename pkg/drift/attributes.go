package drift

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
	for name, after := range r.Attrs {
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
			a.tags(name, rule.Own, after)
		default:
			n := len(a.changes)
			a.changes = a.diff(a.changes, name, name, before, after)
			if rule.Identity && len(a.changes) > n {
				a.replaced = name
			}
		}
	}
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
	rule := a.typ.Rules[name]
	if !ok || rule.Ignored || (p.ComputedOnly() && !rule.Identity) {
		return false
	}
	before, has := a.m.Attrs[name], a.m.Has(name)
	if rule.Own != "" {
		return has || a.m.Has(rule.Own)
	}
	// A provider of another version may not know the attribute, and null on an
	// optional and computed one says that nobody configured it.
	return has && (before != nil || !p.OptionalComputed())
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
		for name := range r.Attrs {
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
func (a *attributes) tags(all, own string, after any) {
	mine, _ := a.m.Attrs[own].(map[string]any)
	before, ok := a.m.Attrs[all].(map[string]any)
	if !ok {
		before = mine
	}
	now, _ := after.(map[string]any)
	for key, b := range before {
		if v, still := now[key]; still && resource.Text(b) == resource.Text(v) {
			continue
		}
		path := own
		if mine != nil && !hasKey(mine, key) {
			path = all
		}
		a.changes = append(a.changes, a.changed(resource.JoinKey(path, key), path, b, now[key]))
	}
	for key, v := range now {
		if !hasKey(before, key) {
			a.changes = append(a.changes, a.changed(resource.JoinKey(own, key), own, nil, v))
		}
	}
}

func hasKey(m map[string]any, key string) bool {
	_, ok := m[key]
	return ok
}

// diff appends what differs between two values of one path. at is the path with
// indices, path the one without, under which rules and schema know it.
func (a *attributes) diff(changes []Change, at, path string, before, after any) []Change {
	rule := a.typ.Rules[path]
	if rule.Ignored || identical(before, after) {
		return changes
	}
	before, after = canonical(rule, before), canonical(rule, after)
	if blank(before) && blank(after) {
		return changes
	}
	if rule.Same != nil && rule.Same(before, after) {
		return changes
	}
	p, _ := a.lookup(path)
	switch b := before.(type) {
	case map[string]any:
		if x, ok := after.(map[string]any); ok {
			if p.Kind.IsMap() {
				return a.diffMap(changes, at, path, b, x)
			}
			return a.diffObject(changes, at, path, b, x)
		}
	case []any:
		if x, ok := after.([]any); ok || after == nil {
			return a.diffCollection(changes, at, path, p, rule, b, x)
		}
	case nil:
		if x, ok := after.([]any); ok {
			return a.diffCollection(changes, at, path, p, rule, nil, x)
		}
	default:
		// States of older providers hold as a string what is a number today.
		if !isComposite(after) && after != nil && resource.Text(before) == resource.Text(after) {
			return changes
		}
	}
	return append(changes, a.changed(at, path, before, after))
}

// identical reports whether two values are the same to the letter, which most
// are: everything else takes longer.
func identical(a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, identical)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, identical)
	}
	return !isComposite(b) && a == b
}

// canonical applies a rule to a value and, in a collection of scalars, to each
// element.
func canonical(rule resource.Rule, v any) any {
	if resource.Empty(v) {
		if rule.Default == nil {
			return v
		}
		v = rule.Default
	}
	if rule.Canon == nil {
		return v
	}
	v = rule.Canon(v)
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := make([]any, len(list))
	for i, e := range list {
		if isComposite(e) {
			out[i] = e
		} else {
			out[i] = rule.Canon(e)
		}
	}
	return out
}

func isComposite(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// blank is resource.Empty, and an empty block is none: a block of which nothing
// is set says nothing.
func blank(v any) bool {
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			if m, ok := e.(map[string]any); e != nil && (!ok || !blank(m)) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, e := range x {
			if !blank(e) {
				return false
			}
		}
		return true
	}
	return resource.Empty(v)
}

// diffMap compares free-form keys: each key is on one side or both.
func (a *attributes) diffMap(changes []Change, at, path string, before, after map[string]any) []Change {
	for _, key := range sortedKeys(before) {
		changes = a.diff(changes, resource.JoinKey(at, key), resource.JoinKey(path, key), before[key], after[key])
	}
	for _, key := range sortedKeys(after) {
		if !hasKey(before, key) {
			changes = a.diff(changes, resource.JoinKey(at, key), resource.JoinKey(path, key), nil, after[key])
		}
	}
	return changes
}

// diffObject compares the attributes that were read.
func (a *attributes) diffObject(changes []Change, at, path string, before, after map[string]any) []Change {
	for _, name := range sortedKeys(after) {
		below := path + "." + name
		b, has := before[name]
		if p, ok := a.lookup(below); ok && (p.ComputedOnly() || (b == nil && p.OptionalComputed())) {
			continue
		}
		if has {
			changes = a.diff(changes, at+"."+name, below, b, after[name])
		}
	}
	return changes
}

// diffCollection compares lists and sets.
func (a *attributes) diffCollection(changes []Change, at, path string, p schema.Path, rule resource.Rule, before, after []any) []Change {
	if !p.Kind.IsSet() && !rule.Unordered && rule.Keys == nil {
		for i := range max(len(before), len(after)) {
			changes = a.diffElement(changes, at, path, i, element(before, i), element(after, i))
		}
		return changes
	}
	beforeLeft, afterLeft := a.match(path, rule, before, after)
	for len(beforeLeft) > 0 {
		i := beforeLeft[0]
		beforeLeft = beforeLeft[1:]
		j := a.nearest(path, rule, before[i], after, afterLeft)
		if j < 0 {
			changes = a.diffElement(changes, at, path, i, before[i], nil)
			continue
		}
		changes = a.diffElement(changes, at, path, i, before[i], after[j])
		afterLeft = slices.DeleteFunc(afterLeft, func(k int) bool { return k == j })
	}
	for n, j := range afterLeft {
		changes = a.diffElement(changes, at, path, len(before)+n, nil, after[j])
	}
	return changes
}

func element(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func (a *attributes) diffElement(changes []Change, at, path string, i int, before, after any) []Change {
	at = fmt.Sprintf("%s[%d]", at, i)
	b, bok := before.(map[string]any)
	x, xok := after.(map[string]any)
	switch {
	case bok && xok:
		return a.diffObject(changes, at, path, b, x)
	case !isComposite(before) && !isComposite(after):
		if resource.Text(before) == resource.Text(after) {
			return changes
		}
	case blank(before) && blank(after):
		return changes
	}
	return append(changes, a.changed(at, path, before, after))
}

// match pairs the elements that mean the same and returns the positions of the
// others.
func (a *attributes) match(path string, rule resource.Rule, before, after []any) (beforeLeft, afterLeft []int) {
	byText := map[string][]int{}
	for j, e := range after {
		key := a.elementKey(path, rule, e)
		byText[key] = append(byText[key], j)
	}
	taken := make([]bool, len(after))
	for i, e := range before {
		key := a.elementKey(path, rule, e)
		at := byText[key]
		k := slices.IndexFunc(at, func(j int) bool { return !taken[j] && a.sameElement(path, e, after[j]) })
		if k < 0 {
			beforeLeft = append(beforeLeft, i)
			continue
		}
		taken[at[k]] = true
		byText[key] = slices.Delete(at, k, k+1)
	}
	free := func(j int) bool { return !taken[j] }
	beforeLeft = slices.DeleteFunc(beforeLeft, func(i int) bool {
		if !isComposite(before[i]) {
			return false
		}
		for j := range after {
			if free(j) && a.sameElement(path, before[i], after[j]) {
				taken[j] = true
				return true
			}
		}
		return false
	})
	for j := range after {
		if free(j) {
			afterLeft = append(afterLeft, j)
		}
	}
	return beforeLeft, afterLeft
}

func (a *attributes) sameElement(path string, before, after any) bool {
	return len(a.diffElement(nil, "", path, 0, before, after)) == 0
}

// elementKey is a text that equal elements usually share: the identifying
// attributes where a rule names them, else the whole.
func (a *attributes) elementKey(path string, rule resource.Rule, e any) string {
	m, ok := e.(map[string]any)
	if !ok || rule.Keys == nil {
		return resource.Text(e)
	}
	var b strings.Builder
	for _, name := range rule.Keys {
		b.WriteString(resource.Text(canonical(a.typ.Rules[path+"."+name], m[name])))
		b.WriteByte(0)
	}
	return b.String()
}

// maxNearest bounds the search for the element that became another: beyond it,
// a report of what came and what went says more.
const maxNearest = 32

// nearest returns which of the elements left is most probably the same element,
// changed; -1 where none is. It decides how a change is shown, never whether
// there is one.
func (a *attributes) nearest(path string, rule resource.Rule, before any, after []any, left []int) int {
	if len(left) == 0 || len(left) > maxNearest {
		return -1
	}
	b, ok := before.(map[string]any)
	if !ok {
		if len(left) == 1 && !isComposite(after[left[0]]) {
			return left[0]
		}
		return -1
	}
	best, least := -1, 0
	for _, j := range left {
		x, ok := after[j].(map[string]any)
		if !ok || (rule.Keys != nil && a.elementKey(path, rule, before) != a.elementKey(path, rule, x)) {
			continue
		}
		n := len(a.diffObject(nil, "", path, b, x))
		if rule.Keys == nil && 2*n > countSet(x) {
			continue
		}
		if best < 0 || n < least {
			best, least = j, n
		}
	}
	return best
}

func countSet(m map[string]any) int {
	n := 0
	for _, v := range m {
		if !blank(v) {
			n++
		}
	}
	return n
}
