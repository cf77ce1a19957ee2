package azure

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// collection is what ARM lists under one type in a subscription. However many
// types are made of it, it is listed once a run.
type collection[V any] struct {
	armType string
	indexed bool // Resource Graph has it in its table of resources
	read    func(ctx context.Context, c *conn) answer[V]
}

// answer is a listing: what there was of it until it ended or broke off.
type answer[V any] struct {
	items   []*V
	version string // of the API
	err     error
}

// list declares a collection: its ARM type as the SDK writes it, the constructor of
// the SDK's client, that client's pager for the whole subscription, and the items
// of one page.
func list[V, C, O, R any](
	armType string,
	construct func(string, azcore.TokenCredential, *arm.ClientOptions) (*C, error),
	pager func(*C, *O) *runtime.Pager[R],
	items func(R) []*V,
) collection[V] {
	return collection[V]{
		armType: armType,
		indexed: strings.Count(armType, "/") == 1 && !strings.HasPrefix(armType, "Microsoft.Authorization/"),
		read: func(ctx context.Context, c *conn) answer[V] {
			return remembered(c, fmt.Sprintf("list %s %T", armType, *new(R)), func() answer[V] {
				cl, err := client(c, construct)
				if err != nil {
					return answer[V]{err: err}
				}
				return pages(ctx, pager(cl, nil), items)
			})
		},
	}
}

func remembered[V any](c *conn, key string, ask func() answer[V]) answer[V] {
	a, _ := provider.Once(&c.memo, key, func() (answer[V], error) { return ask(), nil })
	return a
}

// pages reads every page, and notes the version of the API that they have.
func pages[V, R any](ctx context.Context, p *runtime.Pager[R], items func(R) []*V) answer[V] {
	var a answer[V]
	last := ""
	for p.More() {
		var resp *http.Response
		page, err := p.NextPage(policy.WithCaptureResponse(ctx, &resp))
		if err != nil {
			a.err = err
			return a
		}
		if resp != nil && resp.Request != nil {
			at := resp.Request.URL.String()
			if at == last {
				a.err = endlessError{}
				return a
			}
			last = at
		}
		if a.version == "" && resp != nil && resp.Request != nil {
			a.version = resp.Request.URL.Query().Get("api-version")
		}
		a.items = append(a.items, items(page)...)
	}
	return a
}

// all is the collection as the source of a type.
func (l collection[V]) all() source[*V] {
	return source[*V]{actions: []string{l.armType + readSuffix}, items: l.items}
}

// items yields the whole list, and what the states hold and it lacks, if it is
// there: lists lag.
func (l collection[V]) items(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*V, error] {
	return func(yield func(*V, error) bool) {
		held := c.held(q, name, l.armType)
		a, ok := l.listed(ctx, c, q, len(held) > 0)
		if !ok {
			return
		}
		id := idOf[*V]()
		for _, v := range a.items {
			delete(held, fold(id(v)))
			if !yield(v, nil) {
				return
			}
		}
		if a.err != nil {
			yield(nil, a.err)
			return
		}
		confirm(ctx, c, held, a.version, yield)
	}
}

// listed reads the collection unless it is known that there is nothing in it.
func (l collection[V]) listed(ctx context.Context, c *conn, q provider.Query, held bool) (answer[V], bool) {
	if l.indexed && !held && !q.Everything && c.lacks(ctx, l.armType) {
		return answer[V]{}, false
	}
	a := l.read(ctx, c)
	// A subscription that never registered with a service has nothing of it.
	if !held && isUnregistered(a.err) {
		return answer[V]{}, false
	}
	return a, true
}

// held returns the ids of the resources of an ARM type that the states hold as, or
// in, those of a Terraform type: as the states write them, by join key.
func (c *conn) held(q provider.Query, name, armType string) map[string]string {
	out := map[string]string{}
	for _, m := range q.Held(name) {
		for _, id := range slices.Concat([]string{m.Attrs.String("id"), m.Key.ID}, m.More) {
			of, ok := cut(id, armType)
			if _, has := out[fold(of)]; ok && !has && subscriptionOf(of) == c.subscription {
				out[fold(of)] = of
			}
		}
	}
	return out
}

// confirm asks for each of the ids by itself, and yields those that are there. An
// error does not keep it from asking for the others.
func confirm[V any](ctx context.Context, c *conn, ids map[string]string, version string, yield func(*V, error) bool) {
	var failed error
	for _, key := range slices.Sorted(maps.Keys(ids)) {
		v := new(V)
		found, err := c.get(ctx, ids[key], version, v)
		switch {
		case err != nil && failed == nil:
			failed = err
		case found && !yield(v, nil):
			return
		}
		if ctx.Err() != nil {
			break
		}
	}
	if failed != nil {
		yield(nil, failed)
	}
}
