package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/readonly"
)

// How long a server may take to answer. What it takes to send a state is for the
// caller's context to limit.
const (
	connectTimeout = 15 * time.Second
	headerTimeout  = time.Minute
)

// clients holds one client for each way to connect, so that a fleet of states on
// one server is read over few connections.
type clients struct {
	mu    sync.Mutex
	known map[connection]*http.Client
}

// get returns the client of a connection. name is what an error is about.
func (c *clients) get(name string, to connection) (*http.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, ok := c.known[to]; ok {
		return client, nil
	}
	config, err := to.tls(name)
	if err != nil {
		return nil, err
	}
	client := &http.Client{
		Transport: readonly.Transport{Next: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   connectTimeout,
			ResponseHeaderTimeout: headerTimeout,
			TLSClientConfig:       config,
			ForceAttemptHTTP2:     true,
			HTTP2:                 &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: connectTimeout},
			MaxIdleConnsPerHost:   16,
			IdleConnTimeout:       90 * time.Second,
			// The body's digest may be that of what is sent: it is unpacked here.
			DisableCompression: true,
		}},
		CheckRedirect: checkRedirect,
	}
	c.known[to] = client
	return client, nil
}

func (c connection) tls(name string) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: c.skipVerify, //nolint:gosec // Terraform's skip_cert_verification, which the user has set
	}
	if c.ca != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(c.ca)) {
			return nil, &state.Error{Source: name, Problem: "the certificate authority that is set is no certificate in PEM", Remedy: "set client_ca_certificate_pem or TF_HTTP_CLIENT_CA_CERTIFICATE_PEM to what begins with -----BEGIN CERTIFICATE-----"}
		}
	}
	if c.cert != "" {
		pair, err := tls.X509KeyPair([]byte(c.cert), []byte(c.key))
		if err != nil {
			return nil, &state.Error{Source: name, Problem: "the client certificate and its key cannot be used together", Remedy: "set client_certificate_pem and client_private_key_pem to PEM of the same pair"}
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// refusal is a redirect that is not followed, or an answer that is not taken.
type refusal struct{ problem, remedy string }

func (r *refusal) Error() string { return r.problem }

// checkRedirect follows what stays on the host that the user named.
func checkRedirect(req *http.Request, via []*http.Request) error {
	from, to := via[0].URL, req.URL
	to.User = nil // basic authentication of the server's choice
	switch {
	case len(via) >= 10:
		return &refusal{"redirects in a circle", "check the address, or ask who runs the server"}
	case to.Scheme != "https" && to.Scheme != "http":
		return &refusal{"redirects to something that is not a web server", "check the address, or ask who runs the server"}
	case from.Scheme == "https" && to.Scheme == "http":
		return &refusal{"redirects from https to http, which anybody on the way can read and change", "ask who runs the server to redirect to https"}
	case from.Scheme == to.Scheme && sameHost(from, to), from.Scheme == "http" && to.Scheme == "https" && from.Hostname() == to.Hostname():
		return nil
	}
	return &refusal{
		fmt.Sprintf("redirects from %s to another host, %s, which was not followed", hostPort(from), hostPort(to)),
		"if the state is there, name its address there",
	}
}

// retry asks again where a server may answer better.
type retry struct {
	client        *http.Client
	limit         int
	wait, waitMax time.Duration
}

func (r retry) do(req *http.Request) (*http.Response, error) {
	again := &retryablehttp.Client{
		HTTPClient:   r.client,
		RetryMax:     r.limit,
		RetryWaitMin: r.wait,
		RetryWaitMax: r.waitMax,
		CheckRetry:   r.check,
		Backoff: func(least, most time.Duration, attempt int, resp *http.Response) time.Duration {
			return min(retryablehttp.DefaultBackoff(least, most, attempt, resp), most)
		},
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	wrapped, err := retryablehttp.FromRequest(req)
	if err != nil {
		return nil, err
	}
	return again.Do(wrapped)
}

// check is the default policy but for what does not change within seconds. A
// server that asks for more patience than is configured gets no second request.
func (r retry) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	var refused *refusal
	var dns *net.DNSError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &refused), errors.Is(err, readonly.ErrRefused), errors.As(err, &plain), errors.As(err, &dns) && dns.IsNotFound, errors.Is(err, http.ErrSchemeMismatch):
		return false, nil
	case resp != nil && retryAfter(resp) > r.waitMax:
		return false, nil
	}
	return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
}

// retryAfter returns how long the server asks to wait, 0 where it says nothing
// or names a date.
func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.ParseInt(resp.Header.Get("Retry-After"), 10, 32)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
