package azure

import (
	"context"
	"iter"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// within declares what the parents' list has inside the parents: the subnets of
// networks, the rules of groups. armType is the children's.
func within[P, V any](parents collection[P], armType string, children func(*P) []*V) source[*V] {
	e := embedded[P, V]{parents, armType, children}
	return source[*V]{actions: parents.all().actions, items: e.items}
}

type embedded[P, V any] struct {
	parents  collection[P]
	armType  string
	children func(*P) []*V
}

func (e embedded[P, V]) items(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*V, error] {
	return func(yield func(*V, error) bool) {
		held := c.held(q, name, e.armType)
		a, ok := e.parents.listed(ctx, c, q, len(held) > 0)
		if !ok {
			return
		}
		id := idOf[*V]()
		for _, p := range a.items {
			for _, v := range e.children(p) {
				delete(held, fold(id(v)))
				if !yield(v, nil) {
					return
				}
			}
		}
		if a.err != nil {
			yield(nil, a.err)
			return
		}
		confirm(ctx, c, held, a.version, yield)
	}
}

// where leaves out what is no resource of the type: a subnet without a security
// group is no association of one.
func where[T any](from source[T], keep func(T) bool) source[T] {
	return each(from, func(v T) []T {
		if keep(v) {
			return []T{v}
		}
		return nil
	})
}

// each declares what is made of other resources and has no id of its own in ARM:
// the disks that are attached to a machine. Its ids begin with the other's.
func each[F, T any](from source[F], of func(F) []T) source[T] {
	return source[T]{actions: from.actions, items: func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			for f, err := range from.items(ctx, c, q, name) {
				if err != nil {
					var zero T
					yield(zero, err)
					return
				}
				for _, v := range of(f) {
					if !yield(v, nil) {
						return
					}
				}
			}
		}
	}}
}
