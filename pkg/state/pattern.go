package state

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// wildcards begin what stands for several names.
const wildcards = `*?[{\`

// IsPattern reports whether a name has wildcards.
func IsPattern(name string) bool { return strings.ContainsAny(name, wildcards) }

// Pattern picks names from a listing, as in
// https://github.com/bmatcuk/doublestar#patterns: * and ? stand for no slash, **
// for any folders.
type Pattern struct{ ref, pattern string }

// ParsePattern returns the pattern of a reference; its error is an *Error.
func ParsePattern(ref, pattern string) (Pattern, error) {
	if !doublestar.ValidatePattern(pattern) {
		return Pattern{}, &Error{Source: ref, Problem: "is not a valid pattern", Remedy: "close every [ and {, or name one state", Err: doublestar.ErrBadPattern}
	}
	return Pattern{ref, pattern}, nil
}

// Prefix is what every name that matches begins with: what to ask a listing for.
func (p Pattern) Prefix() string {
	prefix := p.pattern
	if i := strings.IndexAny(prefix, wildcards); i >= 0 {
		prefix = prefix[:i]
	}
	// In a/** the slash may be missing: it matches a, too.
	if strings.HasPrefix(p.pattern[len(prefix):], "**") {
		prefix = strings.TrimSuffix(prefix, "/")
	}
	return prefix
}

// Match reports whether a name matches.
func (p Pattern) Match(name string) bool { return doublestar.MatchUnvalidated(p.pattern, name) }

// Sources returns the sources of the names that matched, in their order; that
// there are none is an *Error.
func (p Pattern) Sources(names []string, source func(name string) Source) ([]Source, error) {
	if len(names) == 0 {
		return nil, &Error{Source: p.ref, Problem: "nothing matches the pattern", Remedy: "check it, and quote it so that the shell leaves it alone", Err: fs.ErrNotExist}
	}
	names = slices.Sorted(slices.Values(names))
	sources := make([]Source, 0, len(names))
	for _, name := range slices.Compact(names) {
		sources = append(sources, source(name))
	}
	return sources, nil
}
