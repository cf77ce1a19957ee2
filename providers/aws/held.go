package aws

import (
	"iter"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// heldOnly lists those of the parents of which a state holds the setting that
// typ manages, and every parent where no state says what matters: for a setting
// that each parent has one of, and that is an attribute of the parent unless a
// state holds it apart.
//
// Whether the setting is there is left to the type's detail: a parent that
// denies access is then one unchecked resource, not the end of the listing.
func heldOnly[T any](q provider.Query, typ string, parents iter.Seq2[T, error], id func(T) string) iter.Seq2[T, error] {
	held := map[string]bool{}
	for _, m := range q.Held(typ) {
		held[m.Key.ID] = true
	}
	return func(yield func(T, error) bool) {
		if len(held) == 0 && !q.Everything {
			return
		}
		for v, err := range parents {
			if err == nil && !q.Everything && !held[id(v)] {
				continue
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}
