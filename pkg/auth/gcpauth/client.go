package gcpauth

import (
	"net/http"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/httptransport"
)

// Client returns a client whose requests carry the credentials' tokens. It
// follows no redirect to another host, which would get the token. Give it to a
// service with option.WithHTTPClient and option.WithoutAuthentication, so that
// the service looks for no credentials itself.
func Client(o Options) (*http.Client, error) {
	creds, err := Credentials(o)
	if err != nil {
		return nil, err
	}
	client, err := o.client(creds)
	if err != nil {
		return nil, Explain(err)
	}
	return client, nil
}

func (o Options) client(creds *auth.Credentials) (*http.Client, error) {
	opts := &httptransport.Options{
		Credentials:      creds,
		UniverseDomain:   o.universe(),
		DisableTelemetry: true,
		Headers:          http.Header{}, // not nil: the quota project is put there
	}
	if o.HTTP != nil {
		if opts.BaseRoundTripper = o.HTTP.Transport; opts.BaseRoundTripper == nil {
			opts.BaseRoundTripper = http.DefaultTransport
		}
	}
	client, err := httptransport.NewClient(opts)
	if err != nil {
		return nil, err
	}
	client.CheckRedirect = sameHost
	if o.HTTP != nil {
		client.Timeout = o.HTTP.Timeout
	}
	return client, nil
}

func sameHost(req *http.Request, via []*http.Request) error {
	from := via[0].URL
	if len(via) > 3 || req.URL.Host != from.Host || req.URL.Scheme != from.Scheme {
		return &Error{
			Problem: from.Host + " redirects to " + display(req.URL.Host) + ", which gets no token",
			Remedy:  "check the endpoint, and the proxy between",
			Way:     true,
		}
	}
	return nil
}
