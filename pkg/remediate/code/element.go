package code

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// prober is an element of a collection in the code. probe returns what it says at
// a path below it: known is false where an expression says it, set where the
// element says nothing.
type prober interface {
	probe(path []step) (v any, known, set bool)
}

// anyOf is what a list says of one of its elements, whose place is not known.
type anyOf []any

type blockProbe struct{ *hclsyntax.Block }

func (b blockProbe) probe(path []step) (v any, known, set bool) {
	if len(path) == 0 {
		v, known := blockValue(b.Block)
		return v, known, true
	}
	if attr := b.Body.Attributes[path[0].key]; attr != nil {
		return exprProbe{attr.Expr}.probe(path[1:])
	}
	var nested []*hclsyntax.Block
	for _, n := range b.Body.Blocks {
		if n.Type == "dynamic" {
			return nil, false, true
		}
		if n.Type == path[0].key {
			nested = append(nested, n)
		}
	}
	switch {
	case len(nested) == 0:
		return nil, true, false
	case len(nested) == 1 && len(path) > 2 && path[1].isIndex:
		return blockProbe{nested[0]}.probe(path[2:])
	}
	return nil, false, true
}

type exprProbe struct{ hclsyntax.Expression }

func (e exprProbe) probe(path []step) (v any, known, set bool) {
	x := unwrap(e.Expression)
	if len(path) == 0 {
		v, known := value(x)
		return v, known, true
	}
	if path[0].isIndex && len(path) == 1 {
		v, known := value(x)
		list, ok := v.([]any)
		return anyOf(list), known && ok, true
	}
	object, ok := x.(*hclsyntax.ObjectConsExpr)
	if !ok || path[0].isIndex {
		return nil, false, true
	}
	for _, item := range object.Items {
		key, ok := itemKey(item)
		if !ok {
			return nil, false, true
		}
		if key == path[0].key {
			return exprProbe{item.ValueExpr}.probe(path[1:])
		}
	}
	return nil, true, false
}

// blockValue is what a block says, as a state has it; false where an expression
// says some of it.
func blockValue(b *hclsyntax.Block) (map[string]any, bool) {
	m := map[string]any{}
	for name, attr := range b.Body.Attributes {
		v, ok := value(attr.Expr)
		if !ok {
			return nil, false
		}
		m[name] = v
	}
	for _, n := range b.Body.Blocks {
		v, ok := blockValue(n)
		if !ok || n.Type == "dynamic" {
			return nil, false
		}
		list, _ := m[n.Type].([]any)
		m[n.Type] = append(list, v)
	}
	return m, true
}

// element returns which element of the code is the one of the state at a step's
// path. All that is to change within it tells what it was.
func (w *walker) element(at place, st step, probes []prober) (int, *refusal) {
	if known, ok := w.elements[st.at]; ok {
		if known.refused == nil && known.ordinal >= len(probes) {
			return 0, refuse(at, "the code has no such element any more")
		}
		return known.ordinal, known.refused
	}
	i, r := w.search(at, st, probes)
	w.elements[st.at] = element{i, r}
	return i, r
}

func (w *walker) search(at place, st step, probes []prober) (int, *refusal) {
	if w.highest(st) >= len(probes) {
		return 0, refuse(at, "the code has fewer elements than the state: somebody has changed it since")
	}
	like, said, whole := w.candidates(st, probes, false)
	if len(like) == 0 {
		like, said, whole = w.candidates(st, probes, true)
	}
	switch {
	case slices.Contains(w.ordered, unindexed(st.at)):
		if slices.Contains(like, st.index) {
			return st.index, nil
		}
		return 0, refuse(at, "the code's element %d is not the state's", st.index)
	case len(like) == 1:
		return like[0], nil
	case len(like) == 0:
		return 0, refuse(at, "no element in the code is the one of the state")
	case len(said) == 1 && said[0] == st.index && whole && !resource.Empty(w.change.Before):
		return said[0], nil
	}
	return 0, refuse(at, "%d elements in the code could be the one of the state", len(like))
}

// highest is the highest index that an element of the state has among the changes
// of st's collection.
func (w *walker) highest(st step) int {
	most := st.index
	collection := strings.TrimSuffix(st.at, fmt.Sprintf("[%d]", st.index))
	for _, c := range w.changes {
		path, err := parsePath(c.Path)
		if err != nil {
			continue
		}
		for i, s := range path {
			added := i == len(path)-1 && c.Before == nil && !c.Sensitive
			if s.isIndex && !added && strings.TrimSuffix(s.at, fmt.Sprintf("[%d]", s.index)) == collection {
				most = max(most, s.index)
			}
		}
	}
	return most
}

// candidates are the elements that could be the one at st, and those of them that
// say so. whole: the element as a whole is to change. With written, what the code
// says may be what the cloud has.
func (w *walker) candidates(st step, probes []prober, written bool) (like, said []int, whole bool) {
	for i, p := range probes {
		matches, proves := true, false
		for _, c := range w.changes {
			path, err := parsePath(c.Path)
			n := slices.IndexFunc(path, func(s step) bool { return s.at == st.at })
			if err != nil || n < 0 || c.Sensitive {
				continue
			}
			sub := path[n+1:]
			whole = whole || len(sub) == 0
			v, known, set := p.probe(sub)
			if list, ok := v.(anyOf); ok {
				known = known && c.Before != nil
				if n := slices.IndexFunc(list, func(e any) bool { return same(e, c.Before) || written && exact(e, c.After) }); n >= 0 {
					v = list[n]
				}
			}
			switch {
			case !known:
			case !set:
				// What the code leaves out, the provider may have set.
			case len(sub) == 0 && covers(v, c.Before, sameText), len(sub) > 0 && same(v, c.Before), written && exact(v, c.After):
				proves = true
			default:
				matches = false
			}
		}
		if matches {
			like = append(like, i)
		}
		if matches && proves {
			said = append(said, i)
		}
	}
	return like, said, whole
}
