package azure

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// listAt declares a collection that is read with a version of the API of which the
// SDK has no released module, or one that lacks what Terraform configures. V has the
// fields that are read, under the API's names, and ID.
func listAt[V any](armType, version string) collection[V] {
	return list(armType, newARMLists, func(c *armLists, _ *struct{}) *runtime.Pager[armPage[V]] { return armPager[V](c, armType, version) },
		func(p armPage[V]) []*V { return p.Value })
}

// armLists is a client of the lists that a subscription has, of any type.
type armLists struct {
	subscription string
	arm          *arm.Client
}

func newARMLists(subscription string, cred azcore.TokenCredential, options *arm.ClientOptions) (*armLists, error) {
	c, err := arm.NewClient("driftmgr", "", cred, options)
	return &armLists{subscription, c}, err
}

// armPage is what every list of ARM answers.
type armPage[V any] struct {
	Value    []*V
	NextLink *string
}

func armPager[V any](c *armLists, armType, version string) *runtime.Pager[armPage[V]] {
	first := func(ctx context.Context) (*policy.Request, error) {
		req, err := runtime.NewRequest(ctx, http.MethodGet, runtime.JoinPaths(strings.TrimRight(c.arm.Endpoint(), "/"), "subscriptions", url.PathEscape(c.subscription), "providers", armType))
		if err != nil {
			return nil, err
		}
		req.Raw().URL.RawQuery = url.Values{"api-version": {version}}.Encode()
		req.Raw().Header.Set("Accept", "application/json")
		return req, nil
	}
	return runtime.NewPager(runtime.PagingHandler[armPage[V]]{
		More: func(p armPage[V]) bool { return value(p.NextLink) != "" },
		Fetcher: func(ctx context.Context, last *armPage[V]) (armPage[V], error) {
			var page armPage[V]
			resp, err := runtime.FetcherForNextLink(ctx, c.arm.Pipeline(), value(value(last).NextLink), first, nil)
			if err != nil {
				return page, err
			}
			defer resp.Body.Close()
			return page, runtime.UnmarshalAsJSON(resp, &page)
		},
	})
}
