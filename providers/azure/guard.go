package azure

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// readPosts are the paths of queries, which Azure takes as POST. They change
// nothing.
var readPosts = []string{"/providers/microsoft.resourcegraph/resources"}

// secretReads are GETs whose answer is a secret, or data that users keep in a
// service. No verdict needs one.
var secretReads = []string{
	"microsoft.containerservice/managedclusters/accessprofiles",
	"microsoft.insights/components/events",
	"microsoft.insights/components/query",
	"microsoft.network/connections/sharedkey",
	"microsoft.operationalinsights/workspaces/api",
	"microsoft.operationalinsights/workspaces/query",
	"microsoft.web/sites/containerlogs",
	"microsoft.web/sites/functions/admin",
	"microsoft.web/sites/functions/keys",
	"microsoft.web/sites/host",
	"microsoft.web/sites/hostruntime",
	"microsoft.web/sites/processes",
}

// refusedError is the guard's answer: the call was not sent.
type refusedError struct{ call string }

func (e refusedError) Error() string { return e.call + ": driftmgr did not send it" }

// NonRetriable tells azcore not to try again.
func (refusedError) NonRetriable() {}

// guard is the transport of every client. It sends GET and HEAD, and the POSTs of
// readPosts, to Azure Resource Manager; nothing else leaves. A page that names its
// next one elsewhere cannot take the token there.
type guard struct {
	endpoint *url.URL
	next     policy.Transporter
}

// Do implements policy.Transporter.
func (g guard) Do(r *http.Request) (*http.Response, error) {
	action := actionName(r.Method, r.URL.Path)
	switch {
	case !g.isHome(r.URL):
		return nil, refusedError{"a request to " + r.URL.Hostname() + ", which is not Azure Resource Manager"}
	case r.Method == http.MethodPost && slices.Contains(readPosts, strings.ToLower(r.URL.Path)):
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return nil, refusedError{fmt.Sprintf("%s (%s) is not a read", action, r.Method)}
	case isSecret(action):
		return nil, refusedError{action + " returns secrets or data"}
	}
	return g.next.Do(r)
}

// isHome is true for Resource Manager's host and for those of its regions below it.
func (g guard) isHome(u *url.URL) bool {
	host, home := strings.ToLower(u.Hostname()), strings.ToLower(g.endpoint.Hostname())
	return u.Scheme == g.endpoint.Scheme && port(u) == port(g.endpoint) && (host == home || strings.HasSuffix(host, "."+home))
}

// port is a URL's, which some services spell out in the next page's: …azure.com:443.
func port(u *url.URL) string {
	if p := u.Port(); p != "" || u.Scheme != "https" {
		return p
	}
	return "443"
}

func isSecret(action string) bool {
	action = strings.ToLower(action)
	return slices.ContainsFunc(secretReads, func(s string) bool { return strings.HasPrefix(action, s+"/") })
}
