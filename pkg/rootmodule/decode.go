package rootmodule

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// gap is an argument whose value is not known.
type gap struct{ argument, place, why string }

// decode evaluates a block's arguments into JSON's shape: what is null is
// absent, a nested block is a []any of map[string]any. isBlock says which
// arguments are blocks in JSON's syntax, where they look like objects.
//
// A gap's argument is a path without indexes: assume_role.role_arn.
func (s *scope) decode(a args, isBlock func(name string) bool) (map[string]any, []gap) {
	d := &decoder{}
	attrs := d.args(s, a, "")
	for name, v := range attrs {
		if a.attrs[name] == nil || native(a.attrs[name].Expr) || !isBlock(name) {
			continue
		}
		attrs[name] = asBlocks(v)
	}
	slices.SortStableFunc(d.gaps, func(a, b gap) int { return cmp.Compare(a.argument, b.argument) })
	d.gaps = slices.CompactFunc(d.gaps, func(a, b gap) bool { return a.argument == b.argument })
	return attrs, d.gaps
}

func native(e hcl.Expression) bool {
	_, ok := e.(hclsyntax.Expression)
	return ok
}

// asBlocks returns an object as the list of one that a nested block is.
func asBlocks(v any) any {
	if m, ok := v.(map[string]any); ok {
		return []any{m}
	}
	return v
}

type decoder struct {
	gaps []gap
	made int // blocks, by dynamic blocks
}

// maxMade is how many blocks the dynamic blocks of one block make at most.
const maxMade = 1000

func (d *decoder) args(s *scope, a args, prefix string) map[string]any {
	attrs := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(a.attrs)) {
		attr := a.attrs[name]
		v, why := s.eval(attr.Expr)
		if value, ok := d.value(v, gap{prefix + name, at(attr.Range), why}); ok && value != nil {
			attrs[name] = value
		}
	}
	for _, b := range a.blocks {
		typ := blockType(b)
		for _, inner := range d.expand(s, b, prefix) {
			args, _ := newArgs(inner.body)
			nested, _ := attrs[typ].([]any)
			attrs[typ] = append(nested, d.args(inner.scope, args, prefix+typ+"."))
		}
	}
	return attrs
}

// instance is a nested block as it is, or one that a dynamic block makes.
type instance struct {
	scope *scope
	body  *hclsyntax.Body
}

// expand returns the blocks that a block stands for
// (https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks).
func (d *decoder) expand(s *scope, b *hclsyntax.Block, prefix string) []instance {
	if b.Type != "dynamic" || len(b.Labels) != 1 {
		return []instance{{s, b.Body}}
	}
	unknown := func(why string) []instance {
		d.gaps = append(d.gaps, gap{prefix + b.Labels[0], at(b.DefRange()), why})
		return nil
	}
	iterator := b.Labels[0]
	if attr := b.Body.Attributes["iterator"]; attr != nil {
		iterator = hcl.ExprAsKeyword(attr.Expr)
	}
	each := b.Body.Attributes["for_each"]
	content := slices.IndexFunc(b.Body.Blocks, func(c *hclsyntax.Block) bool { return c.Type == "content" })
	if each == nil || content < 0 {
		return unknown("its dynamic block has no for_each or no content")
	}
	v, why := s.eval(each.Expr)
	switch {
	case !v.IsKnown():
		return unknown(why)
	case v.IsNull():
		return nil
	case !v.CanIterateElements():
		return unknown("its for_each is no collection")
	}
	var blocks []instance
	for it := v.ElementIterator(); it.Next(); {
		if d.made++; d.made > maxMade {
			return unknown("it makes too many blocks")
		}
		key, value := it.Element()
		inner := s.with(iterator, cty.ObjectVal(map[string]cty.Value{"key": key, "value": value}))
		blocks = append(blocks, instance{inner, b.Body.Blocks[content].Body})
	}
	return blocks
}

// value returns a value in JSON's shape, and whether it is known. Of an object
// it returns the attributes that are; of a list all or nothing, for elements
// have their places.
func (d *decoder) value(v cty.Value, g gap) (any, bool) {
	unknown := func() (any, bool) {
		if g.why == "" {
			g.why = "it cannot be evaluated"
		}
		d.gaps = append(d.gaps, g)
		return nil, false
	}
	if !v.IsKnown() {
		return unknown()
	}
	if v.IsNull() {
		return nil, true
	}
	switch t := v.Type(); {
	case t == cty.String:
		return v.AsString(), true
	case t == cty.Bool:
		return v.True(), true
	case t == cty.Number:
		f, _ := v.AsBigFloat().Float64()
		return f, true
	case t.IsObjectType(), t.IsMapType():
		m := make(map[string]any, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			inner := g
			inner.argument += "." + key.AsString()
			if value, ok := d.value(element, inner); ok && value != nil {
				m[key.AsString()] = value
			}
		}
		return m, true
	case t.IsListType(), t.IsSetType(), t.IsTupleType():
		if !v.IsWhollyKnown() {
			return unknown()
		}
		list := make([]any, 0, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			_, element := it.Element()
			value, ok := d.value(element, g)
			if !ok {
				return nil, false
			}
			list = append(list, value)
		}
		return list, true
	}
	g.why = fmt.Sprintf("a %s is no argument", v.Type().FriendlyName())
	return unknown()
}
