package code

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// parsePath reads a change's path: `tags.env`, `tags["a.b"]`,
// `ingress[0].from_port` (see drift.Change).
func parsePath(path string) ([]step, error) {
	bad := fmt.Errorf("%q is no path of an attribute", path)
	var steps []step
	for rest := path; rest != ""; {
		var s step
		switch {
		case strings.HasPrefix(rest, `["`):
			quoted, err := strconv.QuotedPrefix(rest[1:])
			if err != nil {
				return nil, bad
			}
			if s.key, err = strconv.Unquote(quoted); err != nil {
				return nil, bad
			}
			rest = rest[1+len(quoted):]
			if !strings.HasPrefix(rest, "]") {
				return nil, bad
			}
			rest = rest[1:]
		case rest[0] == '[':
			digits, after, ok := strings.Cut(rest[1:], "]")
			n, err := strconv.ParseUint(digits, 10, 30)
			if !ok || err != nil {
				return nil, bad
			}
			s.index, s.isIndex, rest = int(n), true, after
		default:
			if len(steps) > 0 {
				if rest[0] != '.' {
					return nil, bad
				}
				rest = rest[1:]
			}
			n := strings.IndexAny(rest, ".[")
			if n < 0 {
				n = len(rest)
			}
			if n == 0 || strings.ContainsFunc(rest[:n], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' }) {
				return nil, bad
			}
			s.key, rest = rest[:n], rest[n:]
		}
		s.at = path[:len(path)-len(rest)]
		steps = append(steps, s)
	}
	if len(steps) == 0 || steps[0].isIndex {
		return nil, bad
	}
	return steps, nil
}

// unindexed is a path without its indices, as a schema knows it.
func unindexed(path string) string {
	steps, err := parsePath(path)
	if err != nil {
		return path
	}
	var names []string
	for _, s := range steps {
		if !s.isIndex {
			names = append(names, s.key)
		}
	}
	return strings.Join(names, ".")
}
