package code

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// edit replaces src[start:end].
type edit struct {
	start, end int
	text       string
}

// splice is one change of one file: its edits do not overlap and are in order.
type splice struct {
	file  *source
	edits []edit
}

// apply returns the file as it is then. New lines end as the file's first does;
// those of a heredoc are part of its value.
func (s *splice) apply() []byte {
	var b bytes.Buffer
	at := 0
	crlf := bytes.HasSuffix(s.file.src[:lineEnd(s.file.src, 0)], []byte("\r\n"))
	for _, e := range s.edits {
		b.Write(s.file.src[at:e.start])
		if crlf && !strings.HasPrefix(e.text, "<<") {
			e.text = strings.ReplaceAll(e.text, "\n", "\r\n")
		}
		b.WriteString(e.text)
		at = e.end
	}
	b.Write(s.file.src[at:])
	return b.Bytes()
}

// apply puts a splice into the module, unless the file then cannot be parsed or
// says something else in any other place.
func (m *module) apply(s *splice) bool {
	out := s.apply()
	after := parse(s.file.name, out)
	if after.problem != nil || !oneDiffers(outline(s.file), outline(after)) {
		return false
	}
	m.files[s.file.name] = after
	return true
}

// outline lists what a file says, one entry per argument and nested block of each
// top-level block.
func outline(s *source) []string {
	if s.parts != nil {
		return s.parts
	}
	parts := []string{}
	for name, attr := range s.body.Attributes {
		parts = append(parts, name+"\x00"+s.text(attr.SrcRange))
	}
	for i, b := range s.body.Blocks {
		head := strconv.Itoa(i) + "\x00" + b.Type + "\x00" + strings.Join(b.Labels, "\x00")
		parts = append(parts, head)
		for name, attr := range b.Body.Attributes {
			parts = append(parts, head+"\x00"+name+"\x00"+s.text(attr.SrcRange))
		}
		for _, nested := range b.Body.Blocks {
			parts = append(parts, head+"\x00"+nested.Type+"\x00"+s.text(nested.Range()))
		}
	}
	slices.Sort(parts)
	s.parts = parts
	return parts
}

// oneDiffers reports whether at most one entry was added, removed or replaced.
func oneDiffers(before, after []string) bool {
	gone, added := 0, 0
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0] < after[0]:
			gone++
			before = before[1:]
		case len(before) == 0 || after[0] < before[0]:
			added++
			after = after[1:]
		default:
			before, after = before[1:], after[1:]
		}
	}
	return gone <= 1 && added <= 1
}

// formatted lays a file out as terraform fmt does, if it was so before and that
// changes nothing but space.
func formatted(before, after []byte) []byte {
	if !bytes.Equal(hclwrite.Format(before), before) {
		return after
	}
	out := hclwrite.Format(after)
	if !sameTokens(after, out) {
		return after
	}
	return out
}

func sameTokens(a, b []byte) bool {
	x, xd := hclsyntax.LexConfig(a, "", hcl.InitialPos)
	y, yd := hclsyntax.LexConfig(b, "", hcl.InitialPos)
	return !xd.HasErrors() && !yd.HasErrors() && slices.EqualFunc(x, y, func(t, u hclsyntax.Token) bool {
		return t.Type == u.Type && bytes.Equal(t.Bytes, u.Bytes)
	})
}

// commented reports whether a part of a file holds a comment.
func commented(src []byte, r hcl.Range) bool {
	tokens, _ := hclsyntax.LexConfig(src[r.Start.Byte:r.End.Byte], "", hcl.InitialPos)
	return slices.ContainsFunc(tokens, func(t hclsyntax.Token) bool { return t.Type == hclsyntax.TokenComment })
}

// span is src[start:end] of a file.
type span struct{ start, end int }

func spanOf(r hcl.Range) span { return span{r.Start.Byte, r.End.Byte} }

func lineStart(src []byte, at int) int { return bytes.LastIndexByte(src[:at], '\n') + 1 }

// lineEnd is the offset after the newline that ends the line of at.
func lineEnd(src []byte, at int) int {
	if n := bytes.IndexByte(src[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(src)
}

// indentAt is the space at the start of the line of at.
func indentAt(src []byte, at int) string {
	start := lineStart(src, at)
	line := src[start:at]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// startsLine reports whether nothing but space stands before at in its line.
func startsLine(src []byte, at int) bool {
	return len(bytes.TrimSpace(src[lineStart(src, at):at])) == 0
}

func isComment(text []byte) bool {
	return bytes.HasPrefix(text, []byte("#")) || bytes.HasPrefix(text, []byte("//"))
}

// ownLines are the whole lines of an item, with the comment above it and the one
// beside it; false where it shares them with something else.
func ownLines(src []byte, item span, floor int) (span, bool) {
	if !startsLine(src, item.start) {
		return span{}, false
	}
	end := lineEnd(src, item.end)
	rest := bytes.TrimSpace(src[item.end:end])
	rest = bytes.TrimSpace(bytes.TrimPrefix(rest, []byte(",")))
	if len(rest) > 0 && !isComment(rest) {
		return span{}, false
	}
	start := lineStart(src, item.start)
	for start > 0 {
		above := lineStart(src, start-1)
		if above <= floor || !isComment(bytes.TrimSpace(src[above:start])) {
			break
		}
		start = above
	}
	return span{start, end}, true
}

// removeItem takes the i-th item out of a list or map, whose brackets are at open
// and before end.
func removeItem(src []byte, brackets span, items []span, i int) ([]edit, bool) {
	if lines, ok := ownLines(src, items[i], brackets.start); ok && lines.end < brackets.end {
		return []edit{{lines.start, lines.end, ""}}, true
	}
	cut := span{brackets.start + 1, brackets.end - 1}
	var gaps [][]byte
	switch {
	case i < len(items)-1:
		cut = span{items[i].start, items[i+1].start}
		gaps = append(gaps, src[items[i].end:items[i+1].start])
	case i > 0:
		cut = span{items[i-1].end, items[i].end}
		gaps = append(gaps, src[items[i-1].end:items[i].start])
	default:
		gaps = append(gaps, src[cut.start:items[i].start], src[items[i].end:cut.end])
	}
	for _, gap := range gaps {
		if len(bytes.Trim(gap, " \t,")) > 0 {
			return nil, false
		}
	}
	return []edit{{cut.start, cut.end, ""}}, true
}

// appendItem adds an item at the end of a list or map. text writes it, given the
// indentation of its lines.
func appendItem(src []byte, brackets span, items []span, list bool, text func(indent string) (string, bool)) ([]edit, bool) {
	last := brackets.end - 1
	closing := indentAt(src, last)
	if len(items) == 0 {
		return firstItem(src, brackets, list, text)
	}
	item := items[len(items)-1]
	after := src[item.end:last]
	comma := bytes.HasPrefix(bytes.TrimSpace(after), []byte(","))
	heredoc := bytes.HasPrefix(src[item.start:], []byte("<<")) || !list && bytes.Contains(src[item.start:item.end], []byte("<<"))
	if heredoc && (list || comma) {
		return nil, false
	}
	if !bytes.Contains(after, []byte("\n")) {
		t, ok := text(indentAt(src, item.start))
		if !ok || len(bytes.Trim(after, " \t,")) > 0 {
			return nil, false
		}
		if comma {
			at := item.end + bytes.IndexByte(after, ',') + 1
			return []edit{{at, at, " " + t}}, true
		}
		return []edit{{item.end, item.end, ", " + t}}, true
	}
	indent := closing + "  "
	if startsLine(src, item.start) {
		indent = indentAt(src, item.start)
	}
	t, ok := text(indent)
	if !ok {
		return nil, false
	}
	var edits []edit
	switch {
	case comma:
		if rest := src[item.end:lineEnd(src, item.end)]; !bytes.Contains(rest, []byte(",")) {
			return nil, false
		}
		t += ","
	case list:
		edits = append(edits, edit{item.end, item.end, ","})
	}
	at := lineEnd(src, item.end)
	return append(edits, edit{at, at, indent + t + "\n"}), true
}

func firstItem(src []byte, brackets span, list bool, text func(indent string) (string, bool)) ([]edit, bool) {
	last := brackets.end - 1
	inner := src[brackets.start+1 : last]
	if !bytes.Contains(inner, []byte("\n")) {
		if len(bytes.TrimSpace(inner)) > 0 {
			return nil, false
		}
		indent := indentAt(src, brackets.start)
		if list {
			t, ok := text(indent)
			return []edit{{brackets.start + 1, last, t}}, ok
		}
		t, ok := text(indent + "  ")
		return []edit{{brackets.start + 1, last, "\n" + indent + "  " + t + "\n" + indent}}, ok
	}
	if !startsLine(src, last) {
		return nil, false
	}
	indent := indentAt(src, last)
	t, ok := text(indent + "  ")
	if list {
		t += ","
	}
	at := lineStart(src, last)
	return []edit{{at, at, indent + "  " + t + "\n"}}, ok
}

// braces are those of a block's body.
func braces(b *hclsyntax.Block) span {
	return span{b.OpenBraceRange.Start.Byte, b.CloseBraceRange.End.Byte}
}

// addArgument adds an argument to a block, before any nested block: after the last
// argument, or where it has one line after the last of one line.
func addArgument(src []byte, b *hclsyntax.Block, text func(indent string) (string, bool)) ([]edit, bool) {
	in := braces(b)
	limit := in.end
	for _, nested := range b.Body.Blocks {
		limit = min(limit, nested.Range().Start.Byte)
	}
	outer := indentAt(src, b.TypeRange.Start.Byte)
	t, ok := text(outer + "  ")
	if !ok {
		return nil, false
	}
	var last, flat hcl.Range
	for _, attr := range b.Body.Attributes {
		r := attr.SrcRange
		if r.Start.Byte > limit {
			continue
		}
		if r.End.Byte > last.End.Byte {
			last = r
		}
		if r.Start.Line == r.End.Line && r.End.Byte > flat.End.Byte {
			flat = r
		}
	}
	if flat.End.Byte > 0 && !strings.Contains(t, "\n") {
		last = flat
	}
	if inner := src[in.start+1 : in.end-1]; !bytes.Contains(inner, []byte("\n")) {
		lines := "\n"
		if kept := strings.TrimSpace(string(inner)); kept != "" {
			lines += outer + "  " + kept + "\n"
		}
		return []edit{{in.start + 1, in.end - 1, lines + outer + "  " + t + "\n" + outer}}, true
	}
	after, indent := in.start+1, outer+"  "
	if last.End.Byte > 0 {
		after = last.End.Byte
		indent = indentAt(src, last.Start.Byte)
		if t, ok = text(indent); !ok {
			return nil, false
		}
	}
	at := lineEnd(src, after)
	if at >= in.end {
		return nil, false
	}
	return []edit{{at, at, indent + t + "\n"}}, true
}

// removeArgument takes an argument, or a nested block, out of a block.
func removeArgument(src []byte, b *hclsyntax.Block, part span) ([]edit, bool) {
	in := braces(b)
	lines, ok := ownLines(src, part, in.start)
	if !ok || lines.end >= in.end {
		if strings.TrimSpace(string(src[in.start+1:in.end-1])) == strings.TrimSpace(string(src[part.start:part.end])) {
			return []edit{{in.start + 1, in.end - 1, ""}}, true
		}
		return nil, false
	}
	// Of the empty lines around it one is enough, and none at the brackets.
	above, below := emptyLine(src, lines.start-1), emptyLine(src, lines.end)
	next := bytes.TrimSpace(src[lines.end:lineEnd(src, lines.end)])
	if above && (below || bytes.HasPrefix(next, []byte("}"))) {
		lines.start = lineStart(src, lines.start-1)
	} else if below && bytes.HasSuffix(bytes.TrimSpace(src[lineStart(src, lines.start-1):lines.start]), []byte("{")) {
		lines.end = lineEnd(src, lines.end)
	}
	return []edit{{lines.start, lines.end, ""}}, true
}

func emptyLine(src []byte, at int) bool {
	return at > 0 && at < len(src) && len(bytes.TrimSpace(src[lineStart(src, at):lineEnd(src, at)])) == 0
}

// addBlock adds a nested block after the last of its kind.
func addBlock(src []byte, siblings []*hclsyntax.Block, text func(indent string) (string, bool)) ([]edit, bool) {
	last := siblings[len(siblings)-1]
	lines, ok := ownLines(src, span{last.TypeRange.Start.Byte, last.CloseBraceRange.End.Byte}, 0)
	if !ok {
		return nil, false
	}
	indent := indentAt(src, last.TypeRange.Start.Byte)
	t, ok := text(indent)
	t = indent + t + "\n"
	if len(siblings) == 1 || emptyLine(src, lines.start-1) {
		t = "\n" + t
	}
	return []edit{{lines.end, lines.end, t}}, ok
}
