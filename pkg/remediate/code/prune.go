package code

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Fault is what Terraform says of generated code that it does not take.
type Fault struct {
	Address    string // the resource's
	Start, End int    // where in the code, in bytes
	Summary    string
	Detail     string
}

// Prune takes out of generated code what Terraform does not take: the provider reads
// more from the cloud than it wants to be told, as zeros where nothing is set, and both
// of two arguments that exclude each other. Hints name what was left out that was set
// to something. Stuck are the addresses of which nothing could be taken out.
func Prune(src []byte, faults []Fault) (out []byte, hints []Hint, stuck []string, err error) {
	s := parse(generatedName+".tf", src)
	if s.problem != nil {
		return nil, nil, nil, fmt.Errorf("generated configuration cannot be parsed: line %d", s.problem.line)
	}
	p := &pruning{generated: &generated{s: s}, gone: map[*hclsyntax.Attribute]bool{}}
	for _, b := range s.resources() {
		p.address = strings.Join(b.Labels, ".")
		done, asked := false, false
		for _, f := range faults {
			if f.Address == p.address {
				asked = true
				done = p.fault(b, b, f) || done
			}
		}
		if asked && !done {
			stuck = append(stuck, p.address)
		}
	}
	out = hclwrite.Format((&splice{s, p.disjoint()}).apply())
	if again := parse(generatedName+".tf", out); again.problem != nil {
		return nil, nil, nil, fmt.Errorf("generated configuration cannot be parsed after pruning: line %d", again.problem.line)
	}
	return out, p.hints, stuck, nil
}

type pruning struct {
	*generated
	gone map[*hclsyntax.Attribute]bool
}

// fault takes out what a fault is about, in b, which is in the block above.
func (p *pruning) fault(above, b *hclsyntax.Block, f Fault) bool {
	for _, n := range b.Body.Blocks {
		if in(f.Start, braces(n)) || in(f.Start, span{n.TypeRange.Start.Byte, n.OpenBraceRange.End.Byte}) {
			return p.fault(b, n, f)
		}
	}
	for _, attr := range sortedAttributes(b.Body) {
		if !in(f.Start, spanOf(attr.SrcRange)) {
			continue
		}
		if excludes.MatchString(f.Summary + f.Detail) {
			return p.exclude(b, attr, f)
		}
		if p.nullify(attr) {
			return true
		}
		p.leave(b, attr, f)
		return true
	}
	if above == b {
		return false
	}
	// Something is missing in a nested block that nobody set.
	p.drop(braces(above), span{b.TypeRange.Start.Byte, b.CloseBraceRange.End.Byte})
	if !p.says(b) {
		return true
	}
	p.hints = append(p.hints, Hint{Address: p.address, Path: b.Type, Line: b.TypeRange.Start.Line, Text: "left out of the code, as it is not complete: " + f.Summary})
	return true
}

// says reports whether a block sets anything.
func (p *pruning) says(b *hclsyntax.Block) bool {
	for _, attr := range b.Body.Attributes {
		if !isZero(attr.Expr) {
			return true
		}
	}
	return slices.ContainsFunc(b.Body.Blocks, p.says)
}

var (
	excludes = regexp.MustCompile(`[Cc]onflict|only one of|cannot be (specified|set|used) (with|when|together)`)
	word     = regexp.MustCompile(`[a-z][a-z0-9_]*`)
)

// exclude takes out one of the arguments that exclude each other: one that is set to
// nothing rather than another, then the longer name: name_prefix rather than name.
func (p *pruning) exclude(b *hclsyntax.Block, attr *hclsyntax.Attribute, f Fault) bool {
	victims := []*hclsyntax.Attribute{attr}
	for _, name := range word.FindAllString(f.Detail, -1) {
		if other := b.Body.Attributes[name]; other != nil && !slices.Contains(victims, other) {
			victims = append(victims, other)
		}
	}
	if slices.ContainsFunc(victims, func(a *hclsyntax.Attribute) bool { return p.gone[a] }) {
		return true
	}
	victim := slices.MinFunc(victims, func(a, b *hclsyntax.Attribute) int {
		if isZero(a.Expr) != isZero(b.Expr) {
			if isZero(a.Expr) {
				return -1
			}
			return 1
		}
		if len(a.Name) != len(b.Name) {
			return len(b.Name) - len(a.Name)
		}
		return strings.Compare(a.Name, b.Name)
	})
	p.leave(b, victim, f)
	return true
}

// leave takes out an argument.
func (p *pruning) leave(b *hclsyntax.Block, attr *hclsyntax.Attribute, f Fault) {
	if p.gone[attr] {
		return
	}
	p.gone[attr] = true
	p.drop(braces(b), spanOf(attr.SrcRange))
	if !isZero(attr.Expr) && !excludes.MatchString(f.Summary+f.Detail) {
		p.hints = append(p.hints, Hint{Address: p.address, Path: attr.Name, Line: attr.SrcRange.Start.Line, Text: "left out of the code, as the provider does not take what the cloud has: " + f.Summary})
	}
}

// nullify makes the empty texts in an argument null, where it has any: the elements of
// a list of objects must have all keys.
func (p *pruning) nullify(attr *hclsyntax.Attribute) bool {
	if p.gone[attr] {
		return true
	}
	var edits []edit
	list, ok := unwrap(attr.Expr).(*hclsyntax.TupleConsExpr)
	if !ok {
		return false
	}
	for _, element := range list.Exprs {
		object, ok := element.(*hclsyntax.ObjectConsExpr)
		if !ok {
			return false
		}
		for _, item := range object.Items {
			if v, ok := value(item.ValueExpr); ok && v == "" {
				r := item.ValueExpr.Range()
				edits = append(edits, edit{r.Start.Byte, r.End.Byte, "null"})
			}
		}
	}
	if len(edits) > 0 {
		p.gone[attr] = true
		p.edits = append(p.edits, edits...)
	}
	return len(edits) > 0
}

// isZero reports whether an expression says nothing: null, false, 0, or empty.
func isZero(e hclsyntax.Expression) bool {
	v, ok := value(e)
	if !ok {
		return false
	}
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return fmt.Sprint(v) == "0"
}

func in(at int, s span) bool { return at >= s.start && at < s.end }

func sortedAttributes(b *hclsyntax.Body) []*hclsyntax.Attribute {
	var out []*hclsyntax.Attribute
	for _, a := range b.Attributes {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	return out
}

// Without takes the resource blocks and the import blocks of addresses out of
// generated code.
func Without(src []byte, addresses []string) ([]byte, error) {
	s := parse(generatedName+".tf", src)
	if s.problem != nil {
		return nil, fmt.Errorf("generated configuration cannot be parsed: line %d", s.problem.line)
	}
	g := &generated{s: s}
	for _, b := range s.body.Blocks {
		address := strings.Join(b.Labels, ".")
		if to := b.Body.Attributes["to"]; b.Type == "import" && to != nil {
			r := to.Expr.Range()
			address = string(src[r.Start.Byte:r.End.Byte])
		}
		if slices.Contains(addresses, address) {
			end := lineEnd(src, b.CloseBraceRange.End.Byte)
			if end < len(src) && src[end] == '\n' {
				end++
			}
			g.edits = append(g.edits, edit{b.TypeRange.Start.Byte, end, ""})
		}
	}
	return (&splice{s, g.disjoint()}).apply(), nil
}

// Resources are the addresses of the resource blocks in generated code.
func Resources(src []byte) []string {
	var out []string
	for _, b := range parse(generatedName+".tf", src).resources() {
		out = append(out, strings.Join(b.Labels, "."))
	}
	return out
}

// ResourceAt is the address of the resource block that an offset is in; empty where it
// is in none.
func ResourceAt(src []byte, at int) string {
	for _, b := range parse(generatedName+".tf", src).resources() {
		if in(at, span{b.TypeRange.Start.Byte, b.CloseBraceRange.End.Byte}) {
			return strings.Join(b.Labels, ".")
		}
	}
	return ""
}

func (s *source) resources() []*hclsyntax.Block {
	if s.problem != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone([]*hclsyntax.Block(s.body.Blocks)), func(b *hclsyntax.Block) bool {
		return b.Type != "resource" || len(b.Labels) != 2
	})
}
