package azure

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// listRaw is list for what the SDK's stable client is too old for: V is a struct
// with the fields that are needed. A cloud that does not know the first of the
// versions is asked for the next.
func listRaw[V any](armType string, versions ...string) collection[V] {
	return collection[V]{
		armType: armType,
		indexed: strings.Count(armType, "/") == 1,
		read: func(ctx context.Context, c *conn) answer[V] {
			return remembered(c, "list "+armType+" raw", func() answer[V] {
				var a answer[V]
				for _, version := range versions {
					a = pages(ctx, rawPager[V](c, armType, version), func(p rawPage[V]) []*V { return p.Value })
					if !isCode(a.err, "NoRegisteredProviderFound") && !isCode(a.err, "InvalidResourceType") {
						break
					}
				}
				return a
			})
		},
	}
}

type rawPage[V any] struct {
	Value    []*V   `json:"value"`
	NextLink string `json:"nextLink"`
}

func rawPager[V any](c *conn, armType, version string) *runtime.Pager[rawPage[V]] {
	return runtime.NewPager(runtime.PagingHandler[rawPage[V]]{
		More: func(p rawPage[V]) bool { return p.NextLink != "" },
		Fetcher: func(ctx context.Context, p *rawPage[V]) (rawPage[V], error) {
			at := strings.TrimRight(c.arm.Endpoint(), "/") + "/subscriptions/" + c.subscription + "/providers/" + armType +
				"?" + url.Values{"api-version": {version}}.Encode()
			if p != nil {
				at = p.NextLink
			}
			var next rawPage[V]
			req, err := runtime.NewRequest(ctx, http.MethodGet, at)
			if err != nil {
				return next, err
			}
			req.Raw().Header.Set("Accept", "application/json")
			resp, err := c.arm.Pipeline().Do(req)
			if err != nil {
				return next, err
			}
			defer resp.Body.Close()
			if !runtime.HasStatusCode(resp, http.StatusOK) {
				return next, runtime.NewResponseError(resp)
			}
			return next, runtime.UnmarshalAsJSON(resp, &next)
		},
	})
}
