package drift

import (
	"maps"
	"slices"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// diff appends what differs between two values of one path. at is the path with
// indices, path the one without, under which rules and schema know it.
func (a *attributes) diff(changes []Change, at, path string, before, after any) []Change {
	rule := a.typ.Rules[path]
	if rule.Ignored || identical(before, after) {
		return changes
	}
	rawBefore, rawAfter := before, after
	before, after = canonical(rule, before), canonical(rule, after)
	if a.blank(before) && a.blank(after) {
		return changes
	}
	if a.sameString(rule, before, after) {
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
	return append(changes, a.changed(at, path, shown(rawBefore, before), shown(rawAfter, after)))
}

// shown is a value as a report has it: as it was read, as a canonical form is not
// what anybody wrote, and where nothing was read what that means.
func shown(raw, canonical any) any {
	if isComposite(canonical) || resource.Empty(raw) {
		return canonical
	}
	return raw
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
func (a *attributes) blank(v any) bool {
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			if m, ok := e.(map[string]any); e != nil && (!ok || !a.blank(m)) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, e := range x {
			if !a.blank(e) {
				return false
			}
		}
		return true
	case bool:
		return a.typ.ZeroIsNull && !x
	case float64:
		return a.typ.ZeroIsNull && x == 0
	}
	return resource.Empty(v)
}

// sameString reports whether two strings without a rule of their own mean the
// same in the way that the type's cloud writes its references.
func (a *attributes) sameString(rule resource.Rule, before, after any) bool {
	if rule.Canon != nil || rule.Same != nil {
		return false
	}
	b, bok := before.(string)
	x, xok := after.(string)
	if !bok || !xok {
		return false
	}
	of := a.typ.Strings
	if of.Canon != nil && of.Canon(b) == of.Canon(x) {
		return true
	}
	return of.Same != nil && of.Same(b, x)
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
