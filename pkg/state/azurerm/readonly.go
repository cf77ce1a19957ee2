package azurerm

import (
	"fmt"
	"net/http"
)

// readOnly makes a client send nothing but reads, and follow no redirection, so that
// no credential goes to another host.
func readOnly(client *http.Client) *http.Client {
	only := *client
	only.Transport = guard{client.Transport}
	only.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	return &only
}

// guard lets GET and HEAD pass: in Blob Storage every change is a PUT, POST, PATCH or
// DELETE (https://learn.microsoft.com/rest/api/storageservices/operations-on-blobs).
type guard struct{ next http.RoundTripper }

func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return nil, &refusedError{method: req.Method}
	}
	return g.next.RoundTrip(req)
}

// refusedError is that something wanted to write.
type refusedError struct{ method string }

func (e *refusedError) Error() string {
	return fmt.Sprintf("driftmgr refuses to send %s to a state: it only reads", e.method)
}

// NonRetriable tells azcore not to try again.
func (*refusedError) NonRetriable() {}
