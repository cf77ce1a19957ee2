package code

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// walker finds the places in the code of what one resource block wants changed.
type walker struct {
	m        *module
	of       address // of the block, and in one instance's walker its key
	instance bool    // of one instance of several
	changes  []drift.Change
	ordered  []string

	// elements are the places in the code of the elements that the state has, by
	// the element's path: found before anything is edited.
	elements map[string]element

	change  *drift.Change // the one that is looked for
	viaEach bool          // the way led through each.value
	hops    int           // references that were followed
}

// element is where an element of the state is in the code.
type element struct {
	ordinal int
	refused *refusal
}

const maxHops = 10

// meta are the arguments that Terraform itself takes of a resource.
var meta = []string{"count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner"}

// walk returns the splice that writes a change; nil where the code says it already.
func (w *walker) walk(c *drift.Change) (*splice, *refusal) {
	w.change, w.viaEach, w.hops = c, false, 0
	steps, err := parsePath(c.Path)
	if err != nil {
		return nil, refuse(place{}, "%s", err)
	}
	b, r := w.m.only("resource", w.of.typ, w.of.name)
	if r != nil {
		return nil, r
	}
	if slices.Contains(meta, steps[0].key) {
		return nil, refuse(b.place(), "%s is Terraform's own argument", steps[0].key)
	}
	if r := ignored(b, steps); r != nil {
		return nil, r
	}
	return w.body(b.file, b.Block, steps)
}

// ignored refuses what the block tells Terraform to leave alone.
func ignored(b block, path []step) *refusal {
	for _, lifecycle := range b.Body.Blocks {
		if lifecycle.Type != "lifecycle" {
			continue
		}
		attr := lifecycle.Body.Attributes["ignore_changes"]
		if attr == nil {
			continue
		}
		r := refuse(b.file.at(attr.SrcRange), "lifecycle.ignore_changes covers it: Terraform does not act on the difference")
		if hcl.ExprAsKeyword(attr.Expr) == "all" {
			return r
		}
		tuple, ok := attr.Expr.(*hclsyntax.TupleConsExpr)
		if !ok {
			return r
		}
		for _, e := range tuple.Exprs {
			var t hcl.Traversal
			if text, ok := value(e); ok {
				if text, ok := text.(string); ok && text != "*" {
					for _, parsed := range wholeTraversal(text) {
						t = parsed
					}
				}
			} else if parsed, diags := hcl.AbsTraversalForExpr(e); !diags.HasErrors() {
				t = parsed
			}
			if t == nil || overlaps(beforeIndex(traversalSteps(t)), beforeIndex(path)) {
				return r
			}
		}
	}
	return nil
}

// beforeIndex cuts a path before its first index: a set has none in the code.
func beforeIndex(path []step) []step {
	if i := slices.IndexFunc(path, func(s step) bool { return s.isIndex }); i >= 0 {
		return path[:i]
	}
	return path
}

// body goes into a block.
func (w *walker) body(s *source, b *hclsyntax.Block, path []step) (*splice, *refusal) {
	name, rest := path[0].key, path[1:]
	var nested []*hclsyntax.Block
	for _, n := range b.Body.Blocks {
		switch {
		case n.Type == "dynamic" && len(n.Labels) == 1 && n.Labels[0] == name:
			return nil, refuse(s.at(n.DefRange()), "a dynamic block makes it")
		case n.Type == name:
			nested = append(nested, n)
		}
	}
	attr := b.Body.Attributes[name]
	switch {
	case attr != nil && len(rest) == 0 && w.change.After == nil:
		return w.removeArgument(s, b, attr)
	case attr != nil:
		return w.expr(s, attr.Expr, rest)
	case len(nested) > 0 && len(rest) > 0 && rest[0].isIndex:
		return w.nested(s, b, nested, rest)
	case len(nested) == 1 && len(rest) > 0:
		return w.body(s, nested[0], rest)
	case len(nested) > 0:
		return nil, refuse(s.at(nested[0].DefRange()), "it stands for several blocks")
	}
	return w.addArgument(s, b, name, rest)
}

// nested goes to one of several blocks of a kind.
func (w *walker) nested(s *source, parent *hclsyntax.Block, nested []*hclsyntax.Block, path []step) (*splice, *refusal) {
	at := s.at(nested[0].DefRange())
	if len(path) == 1 && w.change.Before == nil {
		return w.addBlock(s, nested, path[0])
	}
	probes := make([]prober, len(nested))
	for i, n := range nested {
		probes[i] = blockProbe{n}
	}
	i, r := w.element(at, path[0], probes)
	if r != nil {
		return nil, r
	}
	b := nested[i]
	if len(path) > 1 {
		return w.body(s, b, path[1:])
	}
	at = s.at(b.DefRange())
	if w.change.After != nil {
		return nil, refuse(at, "it stands for a whole block")
	}
	if v, ok := blockValue(b); !ok || !covers(v, w.change.Before, sameText) {
		return nil, refuse(at, "the block that is gone from the cloud holds expressions, or is not what the state has")
	}
	edits, ok := removeArgument(s.src, parent, span{b.TypeRange.Start.Byte, b.CloseBraceRange.End.Byte})
	if !ok {
		return nil, refuse(at, "the block shares its lines with something else")
	}
	return &splice{s, edits}, nil
}

func sameText(x, y string) bool { return same(x, y) }

// expr goes into an expression.
func (w *walker) expr(s *source, e hclsyntax.Expression, path []step) (*splice, *refusal) {
	e = unwrap(e)
	at := s.at(e.Range())
	if ref, ok := e.(*hclsyntax.ScopeTraversalExpr); ok {
		return w.reference(s, ref, path)
	}
	if len(path) == 0 {
		return w.set(s, e)
	}
	switch x := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		if !path[0].isIndex {
			return w.item(s, x, path[0], path[1:])
		}
	case *hclsyntax.TupleConsExpr:
		if path[0].isIndex {
			return w.tuple(s, x, path[0], path[1:])
		}
	}
	if constant(e) {
		return nil, refuse(at, "the code has a value of another shape here")
	}
	return nil, refuse(at, "the code has %s here, no literal", kind(e))
}

// set replaces a literal.
func (w *walker) set(s *source, e hclsyntax.Expression) (*splice, *refusal) {
	at := s.at(e.Range())
	old, ok := value(e)
	if !ok {
		return nil, refuse(at, "the code has %s here, no literal", kind(e))
	}
	if r := w.says(at, old); r != nil || w.agrees(old) {
		return nil, r
	}
	if w.change.After == nil {
		return nil, refuse(at, "the cloud has no value, and this place must have one")
	}
	if _, scalar := scalarText(old); !scalar && commented(s.src, e.Range()) {
		return nil, refuse(at, "the whole value is another, and it holds comments")
	}
	text, ok := restyled(s.text(e.Range()), old, w.change.Before, w.change.After, indentAt(s.src, e.Range().Start.Byte))
	if !ok {
		return nil, refuse(at, "no literal says it for certain")
	}
	r := e.Range()
	return &splice{s, []edit{{r.Start.Byte, r.End.Byte, text}}}, nil
}

// agrees reports whether the code says what the cloud has.
func (w *walker) agrees(code any) bool {
	if exact(code, w.change.After) {
		return true
	}
	x, xok := code.(string)
	y, yok := w.change.After.(string)
	return xok && yok && !same(code, w.change.Before) && sameJSON(x, y)
}

// says refuses a place of which the code says something that neither the state
// nor the cloud has: somebody is changing it.
func (w *walker) says(at place, code any) *refusal {
	if w.agrees(code) || same(code, w.change.Before) {
		return nil
	}
	return refuse(at, "the code says neither what the state nor what the cloud has: somebody has changed it since")
}

// item goes to a key of a map.
func (w *walker) item(s *source, e *hclsyntax.ObjectConsExpr, st step, rest []step) (*splice, *refusal) {
	at := s.at(e.SrcRange)
	found := -1
	for i, item := range e.Items {
		key, ok := itemKey(item)
		switch {
		case !ok:
			return nil, refuse(s.at(item.KeyExpr.Range()), "the map has a key that is an expression")
		case key == st.key && found >= 0:
			return nil, refuse(s.at(item.KeyExpr.Range()), "the map has the key twice")
		case key == st.key:
			found = i
		}
	}
	if st.at != "" && len(rest) == 0 && (secretKey(st.key, w.change.After) || secretKey(st.key, w.change.Before)) {
		r := refuse(at, "the key says that its value is a secret")
		r.secret = true
		return nil, r
	}
	spans := itemSpans(e)
	switch {
	case found >= 0 && len(rest) == 0 && w.change.After == nil:
		item := e.Items[found]
		at := s.at(item.KeyExpr.Range())
		old, ok := value(item.ValueExpr)
		if !ok {
			return nil, refuse(at, "the code has %s here, no literal", kind(item.ValueExpr))
		}
		if r := w.says(at, old); r != nil {
			return nil, r
		}
		edits, ok := removeItem(s.src, spanOf(e.SrcRange), spans, found)
		if !ok {
			return nil, refuse(at, "the key shares its lines with something else")
		}
		return &splice{s, edits}, nil
	case found >= 0:
		return w.expr(s, e.Items[found].ValueExpr, rest)
	case w.change.After == nil && resource.Empty(w.change.Before):
		return nil, nil
	case len(rest) > 0 || !resource.Empty(w.change.Before):
		return nil, refuse(at, "the map does not have the key: its value comes from elsewhere")
	}
	edits, ok := appendItem(s.src, spanOf(e.SrcRange), spans, false, func(indent string) (string, bool) {
		return writeItem(s, e, st.key, w.change.After, indent)
	})
	if !ok {
		return nil, refuse(at, "the map is written in a way that leaves no sure place for a key")
	}
	return &splice{s, edits}, nil
}

func itemSpans(e *hclsyntax.ObjectConsExpr) []span {
	var spans []span
	for _, item := range e.Items {
		spans = append(spans, span{item.KeyExpr.Range().Start.Byte, item.ValueExpr.Range().End.Byte})
	}
	return spans
}

// writeItem writes a key and its value the way the map's other items are written.
func writeItem(s *source, e *hclsyntax.ObjectConsExpr, key string, v any, indent string) (string, bool) {
	quoted, sep := len(e.Items) > 0, " = "
	for _, item := range e.Items {
		quoted = quoted && strings.HasPrefix(s.text(item.KeyExpr.Range()), `"`)
		between := string(s.src[item.KeyExpr.Range().End.Byte:item.ValueExpr.Range().Start.Byte])
		if strings.TrimSpace(between) == ":" {
			sep = between
		}
	}
	name, ok := writeKey(key, quoted)
	if !ok {
		return "", false
	}
	text, ok := literal(v, indent)
	return name + sep + text, ok
}

// tuple goes to an element of a list.
func (w *walker) tuple(s *source, e *hclsyntax.TupleConsExpr, st step, rest []step) (*splice, *refusal) {
	at := s.at(e.SrcRange)
	if st.at == "" {
		if st.index >= len(e.Exprs) {
			return nil, refuse(at, "the list has no element %d", st.index)
		}
		return w.expr(s, e.Exprs[st.index], rest)
	}
	if len(rest) == 0 && w.change.Before == nil {
		return w.addElement(s, e, st)
	}
	probes := make([]prober, len(e.Exprs))
	spans := make([]span, len(e.Exprs))
	for i, x := range e.Exprs {
		probes[i], spans[i] = exprProbe{x}, spanOf(x.Range())
	}
	i, r := w.element(at, st, probes)
	if r != nil {
		return nil, r
	}
	x := e.Exprs[i]
	if len(rest) > 0 || w.change.After != nil {
		return w.expr(s, x, rest)
	}
	at = s.at(x.Range())
	if v, ok := value(x); !ok || !covers(v, w.change.Before, sameText) {
		return nil, refuse(at, "the element that is gone from the cloud holds expressions, or is not what the state has")
	}
	edits, ok := removeItem(s.src, spanOf(e.SrcRange), spans, i)
	if !ok {
		return nil, refuse(at, "the element shares its lines with something else")
	}
	return &splice{s, edits}, nil
}

func (w *walker) removeArgument(s *source, b *hclsyntax.Block, attr *hclsyntax.Attribute) (*splice, *refusal) {
	at := s.at(attr.SrcRange)
	old, ok := value(attr.Expr)
	if !ok {
		return nil, refuse(at, "the code has %s here, no literal", kind(attr.Expr))
	}
	if old == nil {
		return nil, nil
	}
	if !same(old, w.change.Before) {
		return nil, refuse(at, "the code says neither what the state nor what the cloud has: somebody has changed it since")
	}
	edits, ok := removeArgument(s.src, b, spanOf(attr.SrcRange))
	if !ok {
		return nil, refuse(at, "the argument shares its lines with something else")
	}
	return &splice{s, edits}, nil
}
