package gcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"google.golang.org/api/googleapi"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

// readsByPost are the custom methods that change nothing and that Google wants
// as a POST.
var readsByPost = []string{"getIamPolicy"}

// secretReads are the custom methods and paths of reads whose answer is a
// secret, or data that users keep in a service. No verdict needs one.
var secretReads = []string{"access", "decrypt", "export", "download", "generateAccessToken", "generateIdToken", "signBlob", "signJwt"}

// refusedError is the guard's answer: the call was not sent.
type refusedError struct{ method, path, why string }

func (e refusedError) Error() string {
	return fmt.Sprintf("%s %s %s: driftmgr did not send it", e.method, e.path, e.why)
}

// guarded returns the client with the guard around everything, the retries in
// it, and each request that leaves counted.
func guarded(client *http.Client, stats *provider.Stats) *http.Client {
	next := client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	retry := retryablehttp.NewClient()
	retry.HTTPClient = &http.Client{Transport: counted{next, stats}, CheckRedirect: client.CheckRedirect, Timeout: client.Timeout}
	retry.RetryMax = 6
	retry.CheckRetry = worthAnotherTry
	retry.RetryWaitMin, retry.RetryWaitMax = 500*time.Millisecond, 30*time.Second
	retry.Logger = nil
	// What the last try answered says more than that there were six.
	retry.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return &http.Client{Transport: readOnly{&retryablehttp.RoundTripper{Client: retry}}, CheckRedirect: client.CheckRedirect}
}

// worthAnotherTry adds to the usual reasons that Compute refuses for the rate as it
// does for a lack of permission: with 403 and a reason in the body.
// Source: https://docs.cloud.google.com/docs/quotas/troubleshoot
func worthAnotherTry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if isFinal(err) {
		return false, err
	}
	again, failed := retryablehttp.DefaultRetryPolicy(ctx, resp, err)
	if again || failed != nil || resp == nil || resp.StatusCode != http.StatusForbidden {
		return again, failed
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return true, nil //nolint:nilerr // the connection broke
	}
	body := resp.Body
	rewind := func() {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{bytes.NewReader(text), body}
	}
	rewind()
	defer rewind()
	var api *googleapi.Error
	return errors.As(googleapi.CheckResponse(resp), &api) && forRate(api), nil
}

// isFinal reports whether an error stays however often it is tried: a name that is
// not known, and a redirection that is not followed.
func isFinal(err error) bool {
	var explained *gcpauth.Error
	var dns *net.DNSError
	return errors.As(err, &explained) || errors.As(err, &dns) && dns.IsNotFound
}

// readOnly is a transport that sends nothing but reads, and no token in clear text
// beyond this machine.
type readOnly struct{ next http.RoundTripper }

func (g readOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if why := refused(r); why != "" {
		return nil, refusedError{r.Method, r.URL.Path, why}
	}
	if r.URL.Scheme != "https" && !isLoopback(r.URL.Hostname()) {
		return nil, clearTextError{r.URL.Host}
	}
	resp, err := g.next.RoundTrip(r)
	if err != nil && resp != nil { // the retries hand on a redirection that is not followed
		_ = resp.Body.Close()
		return nil, err
	}
	return resp, err
}

// clearTextError is the guard's answer to a plain http endpoint on another machine.
type clearTextError struct{ host string }

func (e clearTextError) Error() string {
	return "a token is sent over https only, and over http to this machine: check providers.gcp.endpoint (" + e.host + ")"
}

// isLoopback is true for an emulator's host: there a token crosses no network.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func refused(r *http.Request) string {
	_, verb, custom := cutVerb(r.URL.Path)
	switch {
	case r.Method == http.MethodPost && custom && slices.Contains(readsByPost, verb):
		return ""
	case r.Method != http.MethodGet:
		return "is not a read"
	case custom && slices.Contains(secretReads, verb), r.URL.Query().Get("alt") == "media", strings.HasPrefix(r.URL.Path, "/download/"),
		strings.HasSuffix(r.URL.Path, "/data") && strings.Contains(r.URL.Path, "/tables/"):
		return "reads a secret or a user's data"
	}
	return ""
}

// cutVerb splits a path at its custom method. A project of a domain has a colon of
// its own: projects/example.com:p:getIamPolicy.
func cutVerb(path string) (rest, verb string, ok bool) {
	i := strings.LastIndexByte(path, ':')
	if i < 0 || strings.Contains(path[i:], "/") {
		return path, "", false
	}
	return path[:i], path[i+1:], true
}

// counted is a transport that counts requests, throttled answers and bytes.
type counted struct {
	next  http.RoundTripper
	stats *provider.Stats
}

func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		c.stats.Call(actionOf(r), false, 0)
		return nil, err
	}
	resp.Body = c.stats.Body(resp.Body, actionOf(r), resp.StatusCode == http.StatusTooManyRequests)
	return resp, nil
}
