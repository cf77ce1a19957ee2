package resource

import (
	"strings"
	"unicode"
)

// Quoted prints a value for people, on one line: texts in quotes, documents as they
// are, nothing as (none).
func Quoted(v any) string {
	switch x := v.(type) {
	case nil:
		return "(none)"
	case string:
		if strings.HasPrefix(x, "{") || strings.HasPrefix(x, "[") {
			return Printable(x)
		}
		return `"` + Printable(x) + `"`
	}
	return Printable(Text(v))
}

// Printable keeps a text from a cloud on its line, and from driving the terminal
// or turning the order of what stands on it.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '⏎'
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
