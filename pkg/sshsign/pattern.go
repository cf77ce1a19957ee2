package sshsign

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// matchPattern reports whether the whole text matches a pattern of ssh_config(5),
// section PATTERNS: * stands for any bytes, ? for one.
func matchPattern(pattern, text string) bool {
	// After a mismatch only the last * can take one byte more: what an earlier one
	// took, the last one can take instead.
	p, t := 0, 0
	star, taken := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, taken = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			taken++
			p, t = star+1, taken
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchList reports whether a text matches a list of patterns: at least one of
// them, and none of those that a ! negates.
func matchList(patterns []string, text string) bool {
	found := false
	for _, pattern := range patterns {
		negated := strings.HasPrefix(pattern, "!")
		if matchPattern(strings.TrimPrefix(pattern, "!"), text) {
			if negated {
				return false
			}
			found = true
		}
	}
	return found
}

// isName reports whether a principal can name somebody: it is no pattern, and it
// can be shown as it is.
func isName(principal string) bool {
	return principal != "" && principal[0] != '!' && !strings.ContainsAny(principal, "*?") && isPrintable(principal)
}

// isPrintable reports whether a text can be shown on a terminal and in a log
// without hiding or rearranging anything.
func isPrintable(text string) bool {
	return utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}
