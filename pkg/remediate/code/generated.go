package code

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

const generatedName = "generated"

// Generated cleans what `terraform plan -generate-config-out` wrote: it drops the
// comments that Terraform makes and the arguments that are null, leaves out
// secrets – what Terraform wrote as null or empty with the comment "sensitive",
// and literals that look like one – with a hint for each, and formats the rest.
// Hints have the line of src.
func Generated(src []byte) (cleaned []byte, hints []Hint, err error) {
	s := parse(generatedName+".tf", src)
	if s.problem != nil {
		return nil, nil, fmt.Errorf("generated configuration cannot be parsed: line %d", s.problem.line)
	}
	g := &generated{s: s}
	g.headers()
	for _, b := range s.body.Blocks {
		if b.Type == "resource" && len(b.Labels) == 2 {
			g.address = b.Labels[0] + "." + b.Labels[1]
		} else {
			g.address = ""
		}
		g.body(b, "")
	}
	out := (&splice{s, g.disjoint()}).apply()
	out = hclwrite.Format(bytes.TrimLeft(out, "\r\n"))
	if p := parse(generatedName+".tf", out); p.problem != nil {
		return nil, nil, fmt.Errorf("generated configuration cannot be parsed after cleaning: line %d", p.problem.line)
	}
	slices.SortStableFunc(g.hints, func(a, b Hint) int { return cmp.Compare(a.Line, b.Line) })
	return out, g.hints, nil
}

type generated struct {
	s       *source
	address string
	edits   []edit
	hints   []Hint
}

// headers drops the comments that Terraform writes.
func (g *generated) headers() {
	at := 0
	for at < len(g.s.src) {
		end := lineEnd(g.s.src, at)
		line := string(bytes.TrimSpace(g.s.src[at:end]))
		if strings.HasPrefix(line, "# __generated__ by Terraform") || strings.HasPrefix(line, "# Please review these resources and move them into your main configuration files") {
			if g.outside(at) {
				g.edits = append(g.edits, edit{at, end, ""})
			}
		}
		at = end
	}
}

// outside reports whether an offset is in no block: a heredoc may hold any line.
func (g *generated) outside(at int) bool {
	return !slices.ContainsFunc(g.s.body.Blocks, func(b *hclsyntax.Block) bool {
		return at >= b.TypeRange.Start.Byte && at < b.CloseBraceRange.End.Byte
	})
}

func (g *generated) leaveOut(path string, line int, why string) {
	g.hints = append(g.hints, Hint{Address: g.address, Path: path, Line: line, Text: fmt.Sprintf("set %s by hand if it is needed, as by a sensitive variable: %s", path, why)})
}

func (g *generated) drop(in, part span) {
	if lines, ok := ownLines(g.s.src, part, in.start); ok && lines.end < in.end {
		lines.start = lineStart(g.s.src, part.start)
		g.edits = append(g.edits, edit{lines.start, lines.end, ""})
		return
	}
	g.edits = append(g.edits, edit{part.start, part.end, ""})
}

func (g *generated) body(b *hclsyntax.Block, above string) {
	in := braces(b)
	name := ""
	if attr := b.Body.Attributes["name"]; attr != nil {
		v, _ := value(attr.Expr)
		name, _ = v.(string)
	}
	for _, attr := range b.Body.Attributes {
		path, at := above+attr.Name, attr.SrcRange.Start.Line
		v, known := value(attr.Expr)
		switch {
		case g.markedSensitive(attr.SrcRange.End.Byte):
			g.leaveOut(path, at, "the provider says that it is sensitive")
			g.drop(in, spanOf(attr.SrcRange))
		case known && v == nil, attr.Name == "tags_all": // which says what tags and the provider's default_tags say
			g.drop(in, spanOf(attr.SrcRange))
		case above != "" && attr.Name == "value" && secretKey(name, v):
			g.leaveOut(path, at, "its name says that it is a secret")
			g.drop(in, spanOf(attr.SrcRange))
		default:
			g.secrets(attr.Expr, path, func() { g.drop(in, spanOf(attr.SrcRange)) })
		}
	}
	for _, n := range b.Body.Blocks {
		path := above + n.Type
		if g.markedSensitive(n.CloseBraceRange.End.Byte) {
			g.leaveOut(path, n.TypeRange.Start.Line, "the provider says that it is sensitive")
			g.drop(in, span{n.TypeRange.Start.Byte, n.CloseBraceRange.End.Byte})
			continue
		}
		if n.Type == "timeouts" && nulls(n) {
			g.drop(in, span{n.TypeRange.Start.Byte, n.CloseBraceRange.End.Byte})
			continue
		}
		g.body(n, path+".")
	}
}

// nulls reports whether a block sets nothing.
func nulls(b *hclsyntax.Block) bool {
	v, ok := blockValue(b)
	for _, e := range v {
		ok = ok && e == nil
	}
	return ok
}

// markedSensitive reports whether Terraform's comment follows in the line.
func (g *generated) markedSensitive(at int) bool {
	rest := strings.TrimSpace(string(g.s.src[at:lineEnd(g.s.src, at)]))
	return strings.TrimSpace(strings.TrimPrefix(rest, ",")) == "# sensitive"
}

// secrets leaves out what looks like a secret: a key of a map where that is all,
// else the whole argument, which drop drops.
func (g *generated) secrets(e hclsyntax.Expression, path string, drop func()) {
	e = unwrap(e)
	switch x := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		g.object(x, path)
	case *hclsyntax.TupleConsExpr:
		for _, element := range x.Exprs {
			_, object := element.(*hclsyntax.ObjectConsExpr)
			if g.markedSensitive(element.Range().End.Byte) || !object && secretWithin(element) {
				g.leaveOut(path, element.Range().Start.Line, "an element of it is a secret")
				drop()
				return
			}
		}
		for i, element := range x.Exprs {
			if object, ok := element.(*hclsyntax.ObjectConsExpr); ok {
				g.object(object, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	default:
		if secretWithin(e) {
			g.leaveOut(path, e.Range().Start.Line, "it holds what looks like a secret")
			drop()
		}
	}
}

func (g *generated) object(e *hclsyntax.ObjectConsExpr, path string) {
	var name string
	for _, item := range e.Items {
		if key, _ := itemKey(item); key == "name" {
			v, _ := value(item.ValueExpr)
			name, _ = v.(string)
		}
	}
	for i, item := range e.Items {
		key, _ := itemKey(item)
		v, _ := value(item.ValueExpr)
		below, line := resource.JoinKey(path, key), item.KeyExpr.Range().Start.Line
		switch {
		case g.markedSensitive(item.ValueExpr.Range().End.Byte):
			g.leaveOut(below, line, "the provider says that it is sensitive")
			g.dropItem(e, i)
		case secretKey(key, v), key == "value" && secretKey(name, v):
			g.leaveOut(below, line, "its name says that it is a secret")
			g.dropItem(e, i)
		default:
			g.secrets(item.ValueExpr, below, func() { g.dropItem(e, i) })
		}
	}
}

// dropItem takes an item out of a map; where it shares its lines it becomes null.
func (g *generated) dropItem(e *hclsyntax.ObjectConsExpr, i int) {
	if lines, ok := ownLines(g.s.src, itemSpans(e)[i], e.SrcRange.Start.Byte); ok && lines.end < e.SrcRange.End.Byte {
		g.edits = append(g.edits, edit{lines.start, lines.end, ""})
		return
	}
	r := e.Items[i].ValueExpr.Range()
	g.edits = append(g.edits, edit{r.Start.Byte, r.End.Byte, "null"})
}

// secretWithin reports whether a secret is anywhere in an expression.
func secretWithin(e hclsyntax.Expression) bool {
	found := false
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.ObjectConsExpr:
			m := map[string]any{}
			for _, item := range n.Items {
				if key, ok := itemKey(item); ok {
					m[key], _ = value(item.ValueExpr)
				}
			}
			found = found || secret(m)
		case hclsyntax.Expression:
			v, ok := value(n)
			found = found || ok && secret(v)
		}
		return nil
	})
	return found
}

// disjoint are the edits in order, without those within others.
func (g *generated) disjoint() []edit {
	slices.SortFunc(g.edits, func(a, b edit) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	var out []edit
	end := 0
	for _, e := range g.edits {
		if e.start < end {
			continue
		}
		out = append(out, e)
		end = e.end
	}
	return out
}
