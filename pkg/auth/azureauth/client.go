package azureauth

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
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
