package code

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// quote writes a string so that it means itself: ${ and %{ are escaped. It fails
// where Terraform's language cannot say it.
func quote(s string) (string, bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	text := string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
	return text, means(text, s)
}

// means reports whether an expression is a constant with the given value.
func means(text string, v any) bool {
	e, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return false
	}
	got, ok := value(e)
	return ok && exact(got, v)
}

// literal writes a value. The lines after the first start with indent. It fails
// for what a literal cannot say for certain: a number whose digits were lost.
func literal(v any, indent string) (string, bool) {
	text, ok := write(v, indent)
	return text, ok && means(text, v)
}

func write(v any, indent string) (string, bool) {
	switch x := v.(type) {
	case nil:
		return "null", true
	case bool:
		return strconv.FormatBool(x), true
	case string:
		return quote(x)
	case float64:
		text, _ := scalarText(x)
		return text, !math.IsNaN(x) && !math.IsInf(x, 0) && math.Abs(x) < 1<<53
	case int:
		return strconv.Itoa(x), true
	case json.Number:
		_, ok := number(x.String())
		return x.String(), ok
	case []any:
		return writeList(x, indent)
	case map[string]any:
		return writeMap(x, indent)
	}
	return "", false
}

func writeList(list []any, indent string) (string, bool) {
	parts := make([]string, len(list))
	flat := true
	for i, e := range list {
		text, ok := write(e, indent+"  ")
		if !ok {
			return "", false
		}
		parts[i] = text
		_, scalar := scalarText(e)
		flat = flat && scalar
	}
	if flat {
		return "[" + strings.Join(parts, ", ") + "]", true
	}
	sep := ",\n" + indent + "  "
	return "[\n" + indent + "  " + strings.Join(parts, sep) + ",\n" + indent + "]", true
}

func writeMap(m map[string]any, indent string) (string, bool) {
	if len(m) == 0 {
		return "{}", true
	}
	keys := slices.Sorted(maps.Keys(m))
	names := make([]string, len(keys))
	width := 0
	for i, k := range keys {
		name, ok := writeKey(k, false)
		if !ok {
			return "", false
		}
		names[i] = name
		width = max(width, utf8.RuneCountInString(name))
	}
	var b strings.Builder
	b.WriteString("{\n")
	for i, k := range keys {
		text, ok := write(m[k], indent+"  ")
		if !ok {
			return "", false
		}
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(names[i]))
		b.WriteString(indent + "  " + names[i] + pad + " = " + text + "\n")
	}
	b.WriteString(indent + "}")
	return b.String(), true
}

// writeKey writes the key of a map, bare where that is the same. A map that
// starts with the word for is a for expression.
func writeKey(key string, quoted bool) (string, bool) {
	if !quoted && hclsyntax.ValidIdentifier(key) && key != "for" {
		return key, true
	}
	return quote(key)
}

// restyled writes v in the way that old, the source of the literal which it
// replaces, is written: 80 or "80", a heredoc or not. before is what the state
// holds of it.
func restyled(old string, oldValue, before, v any, indent string) (string, bool) {
	switch x := v.(type) {
	case string:
		switch o := oldValue.(type) {
		case json.Number:
			if n, ok := number(x); ok && n.Text('f', -1) == x {
				return x, true
			}
		case bool:
			if x == "true" || x == "false" {
				return x, true
			}
		case string:
			if text, ok := heredoc(old, o, before, x); ok {
				return text, true
			}
		}
	case float64, json.Number, int, bool:
		if _, ok := oldValue.(string); ok && strings.HasPrefix(old, `"`) {
			if _, ok := write(x, ""); !ok {
				return "", false
			}
			text, _ := scalarText(x)
			return quote(text)
		}
	}
	return literal(v, indent)
}

// heredoc writes s as the heredoc that it replaces. A document of JSON that the
// provider rewrites anyway is laid out for people.
func heredoc(old, oldValue string, before any, s string) (string, bool) {
	if !strings.HasPrefix(old, "<<") {
		return "", false
	}
	first, rest, ok := strings.Cut(old, "\n")
	if !ok {
		return "", false
	}
	lines := strings.Split(rest, "\n")
	last := lines[len(lines)-1]
	indent := ""
	if strings.HasPrefix(old, "<<-") {
		indent = leastIndent(lines[:len(lines)-1], last)
	}
	laidOut := func(s string) string {
		var b strings.Builder
		b.WriteString(first + "\n")
		for _, line := range strings.SplitAfter(s, "\n") {
			if strings.TrimSpace(line) != "" {
				b.WriteString(indent)
			}
			b.WriteString(strings.NewReplacer("${", "$${", "%{", "%%{").Replace(line))
		}
		b.WriteString(last)
		return b.String()
	}
	if text := laidOut(s); strings.HasSuffix(s, "\n") && means(text+"\n", s) {
		return text, true
	}
	b, _ := before.(string)
	if b == oldValue || !sameJSON(b, oldValue) {
		return "", false
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(s), "", "  ") != nil {
		return "", false
	}
	text := laidOut(pretty.String() + "\n")
	return text, means(text+"\n", pretty.String()+"\n")
}

func leastIndent(lines []string, last string) string {
	least := last[:len(last)-len(strings.TrimLeft(last, " \t"))]
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if i == 0 || len(indent) < len(least) {
			least = indent
		}
	}
	return least
}

// shown is a value in one line for a hint, cut where it is long.
func shown(v any) string {
	const most = 200
	text, ok := write(v, "")
	if !ok {
		return "what the cloud has"
	}
	if strings.Contains(text, "\n") {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if e.Encode(v) != nil {
			return "what the cloud has"
		}
		text = strings.TrimSpace(b.String())
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
