package azure

import (
	"context"
	"iter"
	"slices"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// source is where the resources of a type come from: a list of their own (all),
// their parents' list (within), a list per parent (under).
type source[T any] struct {
	// actions are the permissions that items takes.
	actions []string
	// items yields what there is of it, for the Terraform type of that name.
	items func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[T, error]
}

// define declares a type as Azure's are: once per subscription, joined and owned by
// the ARM id in lower case.
//
// What the declaration leaves out is: List and Actions, those of from; ID, the
// field of T with that name, and then the attribute id is its value; StateIDs, the
// attribute id; Object, the join key; Import, importID. A type that shares the id of
// another one's object says Object: noObject. ID is told in the cloud's casing.
func define[T any](from source[T], s provider.Spec[*conn, T]) provider.Type {
	if s.List == nil {
		s.List = func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[T, error] {
			return from.items(ctx, c, q, s.Name)
		}
	}
	if s.Actions == nil {
		s.Actions = from.actions
	}
	if s.ID == nil {
		s.ID = idOf[T]()
	}
	id := s.ID
	s.Shown = id
	s.ID = func(v T) string { return fold(id(v)) }
	if s.Object == nil {
		s.Object = s.ID
	}
	if s.StateIDs == nil {
		s.StateIDs = stateID
		attrs := s.Attrs
		s.Attrs = func(v T) resource.Attrs {
			a := attrs(v)
			a["id"] = id(v)
			return a
		}
	}
	if s.Import == nil {
		s.Import = importID
	}
	s.Global = true
	s.Strings = armIDs()
	// The provider writes false and 0 for what ARM leaves out.
	s.ZeroIsNull = true
	t := provider.Define(s)
	t.List = defaults(t.List)
	return t
}

// stateID is the join key in a state's attribute id.
func stateID(a resource.Attrs) []string {
	if id := a.String("id"); id != "" {
		return []string{fold(id)}
	}
	return nil
}

// noObject is for a type whose resources are a view of what another type lists.
func noObject[T any](T) string { return "" }

// defaults marks what Azure made by itself, of which nobody needs to be told that
// nobody manages it.
func defaults(list func(context.Context, any, provider.Query) iter.Seq2[provider.Item, error]) func(context.Context, any, provider.Query) iter.Seq2[provider.Item, error] {
	return func(ctx context.Context, conn any, q provider.Query) iter.Seq2[provider.Item, error] {
		return func(yield func(provider.Item, error) bool) {
			var held map[string]bool
			for it, err := range list(ctx, conn, q) {
				if err == nil && held == nil {
					held = joinKeys(q, it.Resource.Key.Type)
				}
				// Nobody is told of what is managed, nor where nobody asks for the rest.
				if r := &it.Resource; err == nil && !r.Default && q.Wanted == nil && !held[r.Key.ID] {
					r.Default = madeByAzure(ctx, asConn(conn), r.Shown)
				}
				if !yield(it, err) {
					return
				}
			}
		}
	}
}

func asConn(v any) *conn { c, _ := v.(*conn); return c }

// joinKeys are those of what the states hold of a type.
func joinKeys(q provider.Query, typ string) map[string]bool {
	keys := map[string]bool{}
	for _, m := range q.Held(typ) {
		keys[m.Key.ID] = true
		for _, id := range m.More {
			keys[id] = true
		}
	}
	return keys
}

// configured is for the details of blocks that are empty where nobody set them.
func configured(names ...string) func(held resource.Attrs) bool {
	return func(held resource.Attrs) bool {
		return slices.ContainsFunc(names, func(name string) bool { return !resource.Empty(held[name]) })
	}
}
