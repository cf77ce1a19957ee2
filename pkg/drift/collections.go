package drift

import (
	"fmt"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

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
		if resource.Text(before) == resource.Text(after) || a.sameString(a.typ.Rules[path], before, after) {
			return changes
		}
	case a.blank(before) && a.blank(after):
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
		if !isComposite(before[i]) && a.typ.Strings.Same == nil {
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
		return a.text(path, e)
	}
	var b strings.Builder
	for _, name := range rule.Keys {
		b.WriteString(a.text(path+"."+name, canonical(a.typ.Rules[path+"."+name], m[name])))
		b.WriteByte(0)
	}
	return b.String()
}

// text is resource.Text of a value in the form that the type's cloud gives every
// way to write it.
func (a *attributes) text(path string, v any) string {
	s, ok := v.(string)
	rule := a.typ.Rules[path]
	if !ok || a.typ.Strings.Canon == nil || rule.Canon != nil || rule.Same != nil {
		return resource.Text(v)
	}
	return resource.Text(a.typ.Strings.Canon(s))
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
		if rule.Keys == nil && 2*n > a.countSet(x) {
			continue
		}
		if best < 0 || n < least {
			best, least = j, n
		}
	}
	return best
}

func (a *attributes) countSet(m map[string]any) int {
	n := 0
	for _, v := range m {
		if !a.blank(v) {
			n++
		}
	}
	return n
}
