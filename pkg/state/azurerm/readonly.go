package azurerm

import (
	"fmt"
	"net/http"
)

// readOnly makes a client send nothing but reads.
func readOnly(client *http.Client) *http.Client {
	only := *client
	only.Transport = guard{client.Transport}
	return &only
}

// guard lets GET and HEAD pass: in Blob Storage every change is a PUT, POST, PATCH or
// DELETE (https://learn.microsoft.com/rest/api/storageservices/operations-on-blobs).
//
// It takes away what an answer says of the token that it would like: the SDK would ask
// for that one, for whichever service it is, and send it.
// Source: azblob internal/shared/challenge_policy.go.
type guard struct{ next http.RoundTripper }

func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return nil, &refusedError{method: req.Method}
	}
	resp, err := g.next.RoundTrip(req)
	if resp != nil {
		resp.Header.Del("WWW-Authenticate")
	}
	return resp, err
}

// refusedError is that something wanted to write.
type refusedError struct{ method string }

func (e *refusedError) Error() string {
	return fmt.Sprintf("driftmgr refuses to send %s to a state: it only reads", e.method)
}

// NonRetriable tells azcore not to try again.
func (*refusedError) NonRetriable() {}
