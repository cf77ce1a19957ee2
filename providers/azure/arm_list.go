package azure

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// listAt declares a collection that is read with a version of the API of which the
// SDK has no released module, or one that lacks what Terraform configures. A cloud
// that does not know the first of the versions is asked for the next. V has the
// fields that are read, under the API's names, and ID.
func listAt[V any](armType string, versions ...string) collection[V] {
	return list(armType, newARMLists, func(c *armLists, _ *struct{}) *runtime.Pager[armPage[V]] { return armPager[V](c, armType, versions) },
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

func armPager[V any](c *armLists, armType string, versions []string) *runtime.Pager[armPage[V]] {
	return runtime.NewPager(runtime.PagingHandler[armPage[V]]{
		More: func(p armPage[V]) bool { return value(p.NextLink) != "" },
		Fetcher: func(ctx context.Context, last *armPage[V]) (page armPage[V], err error) {
			if last != nil {
				err = c.fetch(ctx, value(last.NextLink), nil, &page)
				return page, err
			}
			for _, version := range versions {
				err = c.fetch(ctx, "", c.first(armType, version), &page)
				var answer *azcore.ResponseError
				if !errors.As(err, &answer) || !isUnoffered(answer) {
					break
				}
			}
			return page, err
		},
	})
}

// first makes the request of a list's first page.
func (c *armLists) first(armType, version string) func(context.Context) (*policy.Request, error) {
	return func(ctx context.Context) (*policy.Request, error) {
		req, err := runtime.NewRequest(ctx, http.MethodGet, runtime.JoinPaths(strings.TrimRight(c.arm.Endpoint(), "/"), "subscriptions", url.PathEscape(c.subscription), "providers", armType))
		if err != nil {
			return nil, err
		}
		req.Raw().URL.RawQuery = url.Values{"api-version": {version}}.Encode()
		req.Raw().Header.Set("Accept", "application/json")
		return req, nil
	}
}

func (c *armLists) fetch(ctx context.Context, link string, first func(context.Context) (*policy.Request, error), page any) error {
	resp, err := runtime.FetcherForNextLink(ctx, c.arm.Pipeline(), link, first, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return runtime.UnmarshalAsJSON(resp, page)
}
