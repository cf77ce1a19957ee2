package azure

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// under declares what ARM lists for one parent at a time: the databases of a
// server. parentTypes are the Terraform types of the parents, armType is the
// children's, the rest is as in list.
//
// The parents that a state holds are asked, and those of the children that one
// holds; every one only where everything is wanted, as nobody is told of the
// children of a parent that nobody manages.
func under[P, V, C, R any](
	parents collection[P],
	parentTypes []string,
	armType string,
	construct func(string, azcore.TokenCredential, *arm.ClientOptions) (*C, error),
	pager func(*C, *arm.ResourceID) *runtime.Pager[R],
	items func(R) []*V,
) source[*V] {
	u := perParent[P, V]{
		parents: parents, parentTypes: parentTypes, armType: armType,
		read: func(ctx context.Context, c *conn, parent string) answer[V] {
			return remembered(c, fmt.Sprintf("list %s %T %s", armType, *new(R), fold(parent)), func() answer[V] {
				cl, err := client(c, construct)
				if err != nil {
					return answer[V]{err: err}
				}
				id, err := arm.ParseResourceID(parent)
				if err != nil {
					return answer[V]{err: err}
				}
				return pages(ctx, pager(cl, id), items)
			})
		},
	}
	return source[*V]{actions: append(parents.all().actions, armType+readSuffix), items: u.items}
}

// cannotHave is the code of a parent that has no children of a type by its kind: a
// storage account for files has no containers of blobs.
const cannotHave = "FeatureNotSupportedForAccount"

type perParent[P, V any] struct {
	parents     collection[P]
	parentTypes []string
	armType     string
	read        func(ctx context.Context, c *conn, parent string) answer[V]
}

func (u perParent[P, V]) items(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*V, error] {
	return func(yield func(*V, error) bool) {
		held := c.held(q, name, u.armType)
		parents, failed := u.wanted(ctx, c, q, held)
		id := idOf[*V]()
		version := ""
		for _, key := range slices.Sorted(maps.Keys(parents)) {
			a := u.read(ctx, c, parents[key])
			version = cmp.Or(a.version, version)
			for _, v := range a.items {
				delete(held, fold(id(v)))
				if !yield(v, nil) {
					return
				}
			}
			if a.err == nil {
				continue
			}
			if !notFound(a.err) && !isCode(a.err, cannotHave) && failed == nil {
				failed = a.err
			}
			// Of a parent that is gone, or cannot have any, nothing is left to ask for,
			// and of one that cannot be listed nothing is proven either way.
			maps.DeleteFunc(held, func(child, _ string) bool {
				of, _ := cut(child, u.parents.armType)
				return fold(of) == key
			})
			if ctx.Err() != nil {
				break
			}
		}
		if failed != nil {
			yield(nil, failed)
			return
		}
		confirm(ctx, c, held, version, yield)
	}
}

// wanted returns the ids of the parents to ask, as they are written, by join key.
func (u perParent[P, V]) wanted(ctx context.Context, c *conn, q provider.Query, children map[string]string) (map[string]string, error) {
	parents := map[string]string{}
	for _, t := range u.parentTypes {
		maps.Copy(parents, c.held(q, t, u.parents.armType))
	}
	for _, child := range children {
		if of, ok := cut(child, u.parents.armType); ok {
			parents[fold(of)] = of
		}
	}
	if !q.Everything {
		return parents, nil
	}
	a, _ := u.parents.listed(ctx, c, q, len(parents) > 0)
	id := idOf[*P]()
	for _, p := range a.items {
		parents[fold(id(p))] = id(p)
	}
	return parents, a.err
}

// ifHeld lists only where a state holds something of the type, or of one of the
// others: for what applications make as they run, so that only who manages some of
// it wants to be told of the rest.
func ifHeld[T any](from source[T], others ...string) source[T] {
	items := from.items
	from.items = func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[T, error] {
		if !q.Everything && !slices.ContainsFunc(append(others, name), func(t string) bool { return len(q.Held(t)) > 0 }) {
			return func(func(T, error) bool) {}
		}
		return items(ctx, c, q, name)
	}
	return from
}
