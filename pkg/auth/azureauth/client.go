package azureauth

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

// Client returns the HTTP client of the options, made so that it follows no
// redirection, which would take a secret or a token to another host, and that the SDK,
// which tries again for many seconds, does not where it is in vain: a host that does
// not exist, a certificate that is not trusted.
func (o Options) Client() *http.Client {
	client := &http.Client{}
	if o.HTTP != nil {
		*client = *o.HTTP
	}
	next := client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	client.Transport = decisive{next}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// decisive marks the failures that stay.
type decisive struct{ next http.RoundTripper }

func (d decisive) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := d.next.RoundTrip(req)
	if err != nil && isFinal(err) {
		return resp, finalError{err}
	}
	return resp, err
}

// isFinal reports whether a request fails again if it is sent again.
func isFinal(err error) bool {
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	return errors.As(err, &certificate) || errors.As(err, &dns) && dns.IsNotFound
}

// finalError keeps azcore from trying again.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// NonRetriable tells azcore not to try again.
func (finalError) NonRetriable() {}

// withoutTLS is the way to one host of this machine that has no TLS, for the SDK,
// which knows no authority without it: requests lose it, and where the authority
// describes itself, its URLs get it.
type withoutTLS struct {
	host string
	next http.RoundTripper
}

// maxDescription is far more than an authority has to say of itself.
const maxDescription = 1 << 20

func (w withoutTLS) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" || req.URL.Host != w.host {
		return w.next.RoundTrip(req)
	}
	req = req.Clone(req.Context())
	req.URL.Scheme = "http"
	resp, err := w.next.RoundTrip(req)
	if err != nil || !strings.HasSuffix(req.URL.Path, "/.well-known/openid-configuration") {
		return resp, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDescription))
	if err != nil {
		return nil, err
	}
	body = bytes.ReplaceAll(body, []byte("http://"+w.host+"/"), []byte("https://"+w.host+"/"))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, nil
}
