package code

import (
	"strconv"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// reference follows a plain reference to the literal that it stands for, if
// nothing else depends on that.
func (w *walker) reference(s *source, e *hclsyntax.ScopeTraversalExpr, path []step) (*splice, *refusal) {
	at := s.at(e.SrcRange)
	steps := traversalSteps(e.Traversal)
	plain := len(steps) == len(e.Traversal) && len(steps) > 1 && !steps[1].isIndex
	if w.hops++; w.hops > maxHops {
		return nil, refuse(at, "%s is a reference to references", dotted(steps))
	}
	switch {
	case !plain:
	case steps[0].key == "each":
		return w.each(s, e, steps, path)
	case steps[0].key == "var" || steps[0].key == "local":
		if others := w.m.uses(steps, s.name, e.SrcRange.Start.Byte); len(others) > 0 {
			return nil, refuse(at, "%s is also used in %s", dotted(steps), places(others))
		}
		find := w.m.variable
		if steps[0].key == "local" {
			find = w.m.local
		}
		file, def, r := find(steps[1].key)
		if r != nil {
			return nil, r
		}
		return w.expr(file, def, append(codeSteps(steps[2:]), path...))
	}
	return nil, refuse(at, "the code has %s here, no literal", kind(e))
}

// codeSteps are steps that the code makes: their indices are those of the code.
func codeSteps(steps []step) []step {
	out := make([]step, len(steps))
	for i, s := range steps {
		s.at = ""
		out[i] = s
	}
	return out
}

// each follows each.value to what the instance has in for_each.
func (w *walker) each(s *source, e *hclsyntax.ScopeTraversalExpr, steps, path []step) (*splice, *refusal) {
	at := s.at(e.SrcRange)
	if !w.instance {
		r := refuse(at, "it is another for each instance")
		r.each = true
		return nil, r
	}
	b, r := w.m.only("resource", w.of.typ, w.of.name)
	if r != nil {
		return nil, r
	}
	forEach := b.Body.Attributes["for_each"]
	if steps[1].key != "value" || forEach == nil || w.of.count {
		return nil, refuse(at, "the code has the reference %s here, no literal", dotted(steps))
	}
	var others []place
	for _, ref := range referencesIn(b.file, b.Body) {
		if ref.start != e.SrcRange.Start.Byte && overlaps(ref.steps, steps) {
			others = append(others, ref.at)
		}
	}
	if len(others) > 0 {
		return nil, refuse(at, "%s is also used in %s", dotted(steps), places(others))
	}
	w.viaEach = true
	way := append([]step{{key: w.of.key}}, codeSteps(steps[2:])...)
	return w.expr(b.file, forEach.Expr, append(way, path...))
}

// instances are the keys of the instances that a block makes, as far as literals
// tell; false where they do not.
func (m *module) instances(b block) (keys []string, ok bool) {
	if attr := b.Body.Attributes["count"]; attr != nil {
		count, ok := m.mostCount(attr.Expr)
		for i := range count {
			keys = append(keys, strconv.Itoa(i))
		}
		return keys, ok
	}
	attr := b.Body.Attributes["for_each"]
	if attr == nil {
		return nil, false
	}
	e := m.resolve(attr.Expr)
	if call, isCall := e.(*hclsyntax.FunctionCallExpr); isCall && call.Name == "toset" && len(call.Args) == 1 && !call.ExpandFinal {
		e = m.resolve(call.Args[0])
		list, _ := value(e)
		elements, isList := list.([]any)
		for _, v := range elements {
			text, isText := v.(string)
			if !isText {
				return nil, false
			}
			keys = append(keys, text)
		}
		return keys, isList
	}
	object, isObject := e.(*hclsyntax.ObjectConsExpr)
	if !isObject {
		return nil, false
	}
	for _, item := range object.Items {
		key, ok := itemKey(item)
		if !ok {
			return nil, false
		}
		keys = append(keys, key)
	}
	return keys, true
}

// mostCount is the largest value that count can have: that of a literal, or of
// either side of a conditional, as in `var.create ? 1 : 0`.
func (m *module) mostCount(e hclsyntax.Expression) (int, bool) {
	const most = 10_000
	e = m.resolve(e)
	if c, ok := e.(*hclsyntax.ConditionalExpr); ok {
		x, xok := m.literalCount(c.TrueResult, most)
		y, yok := m.literalCount(c.FalseResult, most)
		return max(x, y), xok && yok
	}
	return m.literalCount(e, most)
}

func (m *module) literalCount(e hclsyntax.Expression, most int64) (int, bool) {
	v, ok := value(m.resolve(e))
	text, scalar := scalarText(v)
	if !ok || !scalar {
		return 0, false
	}
	n, ok := number(text)
	if !ok || !n.IsInt() {
		return 0, false
	}
	count, _ := n.Int64()
	if count < 0 || count > most {
		return 0, false
	}
	return int(count), true
}

// resolve follows a reference to a whole variable or local value.
func (m *module) resolve(e hclsyntax.Expression) hclsyntax.Expression {
	for range maxHops {
		e = unwrap(e)
		ref, ok := e.(*hclsyntax.ScopeTraversalExpr)
		if !ok {
			return e
		}
		steps := traversalSteps(ref.Traversal)
		if len(steps) != 2 || len(ref.Traversal) != 2 {
			return e
		}
		find := m.variable
		switch steps[0].key {
		case "var":
		case "local":
			find = m.local
		default:
			return e
		}
		_, next, r := find(steps[1].key)
		if r != nil {
			return e
		}
		e = next
	}
	return e
}
