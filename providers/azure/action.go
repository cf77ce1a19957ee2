package azure

import (
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

const (
	readSuffix  = "/read"
	graphAction = graphType + readSuffix
)

// actionName returns the permission behind a request, as role definitions name it:
// "Microsoft.Network/virtualNetworks/subnets/read". Its casing is the path's.
// Source: https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
func actionName(method, path string) string {
	typ := pathType(path)
	switch method {
	case http.MethodGet, http.MethodHead:
		return typ + readSuffix
	case http.MethodPut, http.MethodPatch:
		return typ + "/write"
	case http.MethodDelete:
		return typ + "/delete"
	}
	if strings.EqualFold(typ, graphType) {
		return graphAction
	}
	return typ + "/action"
}

// counted is a transport that counts requests, throttled answers and bytes.
type counted struct {
	client policy.Transporter
	stats  *provider.Stats
}

// Do implements policy.Transporter.
func (c counted) Do(r *http.Request) (*http.Response, error) {
	resp, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	action, throttled := actionName(r.Method, r.URL.Path), resp.StatusCode == http.StatusTooManyRequests
	resp.Body = c.stats.Body(resp.Body, action, throttled)
	return resp, nil
}
