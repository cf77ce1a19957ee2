package gcp

import (
	"context"
	"iter"
	"slices"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// holdsAny reports whether a state holds anything of one of the types, or
// everything is asked for.
func holdsAny(q provider.Query, types ...string) bool {
	return q.Everything || slices.ContainsFunc(types, func(t string) bool { return len(q.Held(t)) > 0 })
}

// whereHeld lists children only where a state holds one of the types: the children
// themselves, or the parents that do not show them. Nobody is told of any other.
func whereHeld(list lister, types ...string) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		if !holdsAny(q, types...) {
			return func(func(object, error) bool) {}
		}
		return list(ctx, c, q)
	}
}
