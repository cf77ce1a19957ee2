package drift

import (
	"strings"

	"github.com/driftmgr/driftmgr/pkg/inventory"
)

// changed makes a Change, without its values where one of them is a secret. at
// is the path with indices, path the one without.
func (a *attributes) changed(at, path string, before, after any) Change {
	c := Change{Path: at, Before: before, After: after}
	if a.marked(at) || inventory.Secret(a.schema, path, before) || inventory.Secret(a.schema, path, after) {
		c.Before, c.After, c.Sensitive = nil, nil, true
	}
	return c
}

// marked reports whether the state marks the path, something above it or
// something below it.
func (a *attributes) marked(at string) bool {
	for _, s := range a.m.Sensitive {
		if below(at, s) || below(s, at) {
			return true
		}
	}
	return false
}

// below reports whether path is above or stands below it.
func below(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
