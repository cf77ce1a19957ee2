package code

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// address is that of a resource instance, as far as the root module sees it, or
// of a module call: that has no type.
type address struct {
	module string // the call in the root module; empty for the root module's own
	data   bool
	typ    string
	name   string
	keyed  bool
	key    string // of for_each, or the number of count as text
	count  bool   // key is a number
}

// base is the address of the block, that is without an instance's key.
func (a address) base() string { return a.typ + "." + a.name }

func (a address) String() string {
	switch {
	case !a.keyed:
		return a.base()
	case a.count:
		return a.base() + "[" + a.key + "]"
	}
	return fmt.Sprintf("%s[%q]", a.base(), a.key)
}

// fits reports whether a block makes instances with such a key.
func (a address) fits(b block) bool {
	count, forEach := b.Body.Attributes["count"] != nil, b.Body.Attributes["for_each"] != nil
	return a.keyed == (count || forEach) && a.count == count
}

func parseAddress(s string) (address, error) {
	bad := fmt.Errorf("%q is no address of a resource: write TYPE.NAME as terraform state list prints it", s)
	t, diags := hclsyntax.ParseTraversalAbs([]byte(s), "", hcl.InitialPos)
	if diags.HasErrors() {
		return address{}, bad
	}
	steps := traversalSteps(t)
	if len(steps) != len(t) {
		return address{}, bad
	}
	var a address
	for len(steps) > 1 && steps[0].key == "module" && !steps[1].isIndex {
		if a.module == "" {
			a.module = steps[1].key
		}
		steps = steps[2:]
		if len(steps) == 0 {
			return a, nil
		}
		if _, index := t[len(t)-len(steps)].(hcl.TraverseIndex); index {
			steps = steps[1:]
		}
	}
	if len(steps) == 0 {
		return a, nil
	}
	if len(steps) > 2 && steps[0].key == "data" {
		a.data, steps = true, steps[1:]
	}
	if len(steps) < 2 || len(steps) > 3 || steps[0].isIndex || steps[1].isIndex {
		return address{}, bad
	}
	a.typ, a.name = steps[0].key, steps[1].key
	if !hclsyntax.ValidIdentifier(a.typ) || !hclsyntax.ValidIdentifier(a.name) {
		return address{}, bad
	}
	if len(steps) == 3 {
		index, ok := t[len(t)-1].(hcl.TraverseIndex)
		if !ok {
			return address{}, bad
		}
		a.keyed, a.key, a.count = true, keyText(index.Key), index.Key.Type() == cty.Number
	}
	return a, nil
}

// keyText is an index as text: count's number without a fraction.
func keyText(v cty.Value) string {
	if v.Type() == cty.Number {
		return v.AsBigFloat().Text('f', -1)
	}
	return v.AsString()
}

// step is one name or index of a path.
type step struct {
	key     string
	index   int
	isIndex bool

	// at is the path of a change up to and with this step; empty for a step that
	// the code makes, whose index is that of the code.
	at string
}

func (s step) same(o step) bool {
	return s.isIndex == o.isIndex && s.key == o.key && s.index == o.index
}

// traversalSteps are the steps of a reference up to where they are constant.
func traversalSteps(t hcl.Traversal) []step {
	steps := make([]step, 0, len(t))
	for _, tr := range t {
		switch tr := tr.(type) {
		case hcl.TraverseRoot:
			steps = append(steps, step{key: tr.Name})
		case hcl.TraverseAttr:
			steps = append(steps, step{key: tr.Name})
		case hcl.TraverseIndex:
			switch tr.Key.Type() {
			case cty.String:
				steps = append(steps, step{key: tr.Key.AsString()})
			case cty.Number:
				i, acc := tr.Key.AsBigFloat().Int64()
				if acc != big.Exact || i < 0 || i > 1<<30 {
					return steps
				}
				steps = append(steps, step{index: int(i), isIndex: true})
			default:
				return steps
			}
		default:
			return steps
		}
	}
	return steps
}

// overlaps reports whether one of two references is a part of the other.
func overlaps(a, b []step) bool {
	n := min(len(a), len(b))
	return slices.EqualFunc(a[:n], b[:n], step.same)
}

// dotted prints a reference.
func dotted(steps []step) string {
	var b strings.Builder
	for i, s := range steps {
		switch {
		case s.isIndex:
			fmt.Fprintf(&b, "[%d]", s.index)
		case i == 0:
			b.WriteString(s.key)
		case hclsyntax.ValidIdentifier(s.key):
			b.WriteString("." + s.key)
		default:
			fmt.Fprintf(&b, "[%q]", s.key)
		}
	}
	return b.String()
}
