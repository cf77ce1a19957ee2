package awsauth

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// Direct returns the client as one that talks to the addressed host only: it
// follows no redirect, which would take the session token and the keys in a
// request's headers to wherever an answer says. Clients other than the SDK's and
// *http.Client keep their own ways.
func Direct(client aws.HTTPClient) aws.HTTPClient {
	if b, ok := client.(*awshttp.BuildableClient); ok {
		client = b.Freeze()
	}
	if h, ok := client.(*http.Client); ok {
		stays := *h
		stays.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		client = &stays
	}
	return direct{client}
}

type direct struct{ client aws.HTTPClient }

func (d direct) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = readBody{r.Body}
	}
	return d.client.Do(r)
}

// readBody is a request's body that can be read and closed only. The SDK closes
// its own as soon as an answer begins; from then on its WriteTo, which the
// transport prefers, fails, and the transport drops the connection under the
// answer of a server that is quick to give one.
// Source: smithy-go transport/http/internal/io, net/http transferWriter.
type readBody struct{ io.ReadCloser }
