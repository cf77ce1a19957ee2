package code

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// freeForm are the arguments that are maps of the user's own keys in every
// provider that has them: those alone are made where the code has none.
var freeForm = []string{"tags", "labels", "user_labels", "resource_labels", "annotations"}

// addArgument adds an argument that the block does not have. A schema would know
// whether it is an argument or a block; what can be either is refused.
func (w *walker) addArgument(s *source, b *hclsyntax.Block, name string, rest []step) (*splice, *refusal) {
	at := s.at(b.DefRange())
	after := w.change.After
	_, scalar := scalarText(after)
	free := slices.Contains(freeForm, name)
	switch {
	case !resource.Empty(w.change.Before):
		return nil, refuse(at, "the block does not set it: the state's value comes from elsewhere, as a default of the provider")
	case after == nil:
		return nil, nil
	case !hclsyntax.ValidIdentifier(name):
		return nil, refuse(at, "it is no name of an argument")
	case len(rest) == 0 && (scalar || free || scalars(after)):
	case len(rest) == 1 && rest[0].isIndex && scalar:
		after = []any{after}
	case len(rest) == 1 && !rest[0].isIndex && scalar && free:
		if secretKey(rest[0].key, after) {
			r := refuse(at, "the key says that its value is a secret")
			r.secret = true
			return nil, r
		}
		after = map[string]any{rest[0].key: after}
	default:
		return nil, refuse(at, "the block does not have it, and only the provider's schema says how it is written")
	}
	edits, ok := addArgument(s.src, b, func(indent string) (string, bool) {
		text, ok := literal(after, indent)
		return name + " = " + text, ok
	})
	if !ok {
		return nil, refuse(at, "no literal says it for certain, or the block leaves no sure place for it")
	}
	return &splice{s, edits}, nil
}

// scalars reports whether a value is a list of scalars, which is never a block.
func scalars(v any) bool {
	list, ok := v.([]any)
	for _, e := range list {
		if _, scalar := scalarText(e); !scalar {
			return false
		}
	}
	return ok && len(list) > 0
}

// addElement adds an element that only the cloud has.
func (w *walker) addElement(s *source, e *hclsyntax.TupleConsExpr, st step) (*splice, *refusal) {
	at := s.at(e.SrcRange)
	if st.index < len(e.Exprs) {
		for _, x := range e.Exprs {
			if v, ok := value(x); ok && exact(v, w.change.After) {
				return nil, nil
			}
		}
		return nil, refuse(at, "the code has more elements than the state: somebody has changed it since")
	}
	v := w.change.After
	if m, ok := v.(map[string]any); ok {
		keys := map[string]bool{}
		for _, x := range e.Exprs {
			sibling, ok := unwrap(x).(*hclsyntax.ObjectConsExpr)
			if !ok {
				return nil, refuse(at, "the list has elements that are expressions")
			}
			for _, item := range sibling.Items {
				key, ok := itemKey(item)
				if !ok {
					return nil, refuse(at, "the list has elements with keys that are expressions")
				}
				keys[key] = true
			}
		}
		clean := map[string]any{}
		for k, x := range m {
			switch {
			case keys[k]:
				clean[k] = x
			case !zero(x):
				return nil, refuse(at, "no element in the code sets %s, which only the provider's schema knows", k)
			}
		}
		v = clean
	} else if _, scalar := scalarText(v); !scalar {
		return nil, refuse(at, "the element is a list")
	}
	spans := make([]span, len(e.Exprs))
	for i, x := range e.Exprs {
		spans[i] = spanOf(x.Range())
	}
	edits, ok := appendItem(s.src, spanOf(e.SrcRange), spans, true, func(indent string) (string, bool) {
		if old := len(e.Exprs); old > 0 {
			x := e.Exprs[old-1]
			if v0, ok := value(x); ok {
				return restyled(s.text(x.Range()), v0, nil, v, indent)
			}
		}
		return literal(v, indent)
	})
	if !ok {
		return nil, refuse(at, "the list is written in a way that leaves no sure place for an element")
	}
	return &splice{s, edits}, nil
}

// zero reports whether a value is what a block has that does not set it.
func zero(v any) bool { return resource.Empty(v) || v == false || v == 0.0 }

// addBlock adds a block that only the cloud has, with the arguments that its
// siblings have: of others nobody here knows whether they can be set.
func (w *walker) addBlock(s *source, siblings []*hclsyntax.Block, st step) (*splice, *refusal) {
	at := s.at(siblings[0].DefRange())
	if st.index < len(siblings) {
		return nil, refuse(at, "the code has more blocks than the state: somebody has changed it since")
	}
	m, ok := w.change.After.(map[string]any)
	if !ok {
		return nil, refuse(at, "the element is no block")
	}
	var unknown string
	edits, ok := addBlock(s.src, siblings, func(indent string) (string, bool) {
		text, bad := writeBlock(siblings, m, indent)
		unknown = bad
		return text, bad == ""
	})
	if unknown != "" {
		return nil, refuse(at, "no %s block in the code shows how %s is written", siblings[0].Type, unknown)
	}
	if !ok {
		return nil, refuse(at, "the block shares its lines with something else")
	}
	return &splice{s, edits}, nil
}

// writeBlock writes a block like its siblings. It returns the name of what it
// cannot write.
func writeBlock(siblings []*hclsyntax.Block, m map[string]any, indent string) (text, bad string) {
	names, width := []string{}, 0
	nested := map[string][]*hclsyntax.Block{}
	for _, sibling := range siblings {
		if len(sibling.Labels) > 0 {
			return "", "the label"
		}
		var attrs []*hclsyntax.Attribute
		for _, attr := range sibling.Body.Attributes {
			attrs = append(attrs, attr)
		}
		slices.SortFunc(attrs, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
		for _, attr := range attrs {
			if !slices.Contains(names, attr.Name) {
				names = append(names, attr.Name)
			}
		}
		for _, n := range sibling.Body.Blocks {
			nested[n.Type] = append(nested[n.Type], n)
		}
	}
	var inner []string
	for name, v := range m {
		switch {
		case slices.Contains(names, name):
			if !resource.Empty(v) {
				width = max(width, len(name))
			}
		case nested[name] != nil:
			inner = append(inner, name)
		case !zero(v):
			return "", strconv.Quote(name)
		}
	}
	slices.Sort(inner)
	var b strings.Builder
	b.WriteString(siblings[0].Type + " {\n")
	for _, name := range names {
		if v, ok := m[name]; ok && !resource.Empty(v) {
			text, ok := literal(v, indent+"  ")
			if !ok {
				return "", strconv.Quote(name)
			}
			b.WriteString(indent + "  " + name + strings.Repeat(" ", width-len(name)) + " = " + text + "\n")
		}
	}
	for _, name := range inner {
		if resource.Empty(m[name]) {
			continue
		}
		list, ok := m[name].([]any)
		if !ok {
			return "", strconv.Quote(name)
		}
		for _, e := range list {
			e, ok := e.(map[string]any)
			if !ok {
				return "", strconv.Quote(name)
			}
			text, bad := writeBlock(nested[name], e, indent+"  ")
			if bad != "" {
				return "", bad
			}
			b.WriteString("\n" + indent + "  " + text + "\n")
		}
	}
	b.WriteString(indent + "}")
	return b.String(), ""
}
