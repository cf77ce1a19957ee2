package state

import (
	"fmt"
	"strings"
	"unicode"
)

// writeKey appends the key of a `for_each` instance as Terraform prints it: an
// HCL string, in which ${ and %{ are doubled
// (https://github.com/hashicorp/terraform/blob/main/internal/addrs/instance_key.go).
func writeKey(b *strings.Builder, key string) {
	b.WriteString(`["`)
	for i, r := range key {
		switch r {
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '$', '%':
			b.WriteRune(r)
			if strings.HasPrefix(key[i+1:], "{") {
				b.WriteRune(r)
			}
		default:
			switch {
			case unicode.IsPrint(r):
				b.WriteRune(r)
			case r < 1<<16:
				fmt.Fprintf(b, `\u%04x`, r)
			default:
				fmt.Fprintf(b, `\U%08x`, r)
			}
		}
	}
	b.WriteString(`"]`)
}

// identifier reports whether s can be a resource's type or name: what would
// make an address ambiguous is refused.
func identifier(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) && r != '_' && r != '-'
	})
}

// moduleAddress reports whether s can be the address of a module instance. A
// state holds it as Terraform prints it: `module.a["x"].module.b[0]`.
func moduleAddress(s string) bool {
	return strings.HasPrefix(s, "module.") && !strings.ContainsFunc(s, unprintable)
}
