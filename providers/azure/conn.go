package azure

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// conn is the connection to one subscription. It lives as long as one run.
type conn struct {
	subscription string // lower case
	cred         azcore.TokenCredential
	options      *arm.ClientOptions
	arm          *arm.Client // for what is asked for by its id
	graph        *graph      // shared by the subscriptions of the run

	memo provider.Memo
}

// client returns the subscription's client of one of the SDK's kinds:
//
//	client(c, armnetwork.NewVirtualNetworksClient)
func client[C any](c *conn, construct func(string, azcore.TokenCredential, *arm.ClientOptions) (*C, error)) (*C, error) {
	return provider.Once(&c.memo, "client "+reflect.TypeFor[C]().String(), func() (*C, error) {
		return construct(c.subscription, c.cred, c.options)
	})
}

// get reads a resource by its id into v, with the API version that a list of its
// type has. It reports false where there is no such resource. Of a group that is
// gone only the first resource is asked for.
func (c *conn) get(ctx context.Context, id, version string, v any) (bool, error) {
	var first, found, gone bool
	var err error
	if group := groupOf(id); group != "" {
		gone, _ = provider.Once(&c.memo, "group "+group, func() (bool, error) {
			first = true
			found, err = c.send(ctx, id, version, v)
			return !found && isCode(err, "ResourceGroupNotFound"), nil
		})
	}
	switch {
	case gone:
		return false, nil
	case !first:
		found, err = c.send(ctx, id, version, v)
	}
	if notFound(err) {
		return false, nil
	}
	return found, err
}

func (c *conn) send(ctx context.Context, id, version string, v any) (bool, error) {
	req, err := runtime.NewRequest(ctx, http.MethodGet, strings.TrimRight(c.arm.Endpoint(), "/")+(&url.URL{Path: id}).EscapedPath())
	if err != nil {
		return false, err
	}
	req.Raw().URL.RawQuery = url.Values{"api-version": {version}}.Encode()
	req.Raw().Header.Set("Accept", "application/json")
	resp, err := c.arm.Pipeline().Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if !runtime.HasStatusCode(resp, http.StatusOK) {
		return false, runtime.NewResponseError(resp)
	}
	if err := runtime.UnmarshalAsJSON(resp, v); err != nil {
		return false, err
	}
	return true, nil
}
