package tfc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/driftmgr/driftmgr/pkg/state/readonly"
)

// errRedirect is what a redirect of the API to another host gets: the token
// must not follow it.
var errRedirect = errors.New("redirects to another host")

// tooManyRequests is a host that goes on refusing because of its rate limit.
type tooManyRequests struct{ wait time.Duration }

func (e tooManyRequests) Error() string {
	if e.wait > 0 {
		return fmt.Sprintf("asks to wait for %s, because of its rate limit", e.wait.Round(time.Second))
	}
	return "refuses more requests, because of its rate limit"
}

const (
	// attempts is how often a request is made that fails for a passing reason.
	attempts = 5

	// longest is how long a host may ask to wait.
	longest = time.Minute
)

// transport returns what all requests go through: they read, and what fails for
// a passing reason is tried again, first after wait. go-tfe has retries of its
// own, but thirty of them, and none that know Retry-After.
func transport(base http.RoundTripper, wait time.Duration) http.RoundTripper {
	if base == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.ResponseHeaderTimeout = time.Minute
		base = t
	}
	return readonly.Transport{Next: limits{&retryablehttp.RoundTripper{Client: &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     base,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     attempts - 1,
		RetryWaitMin: wait,
		RetryWaitMax: 5 * time.Second,
		CheckRetry:   again,
		Backoff:      pause,
		ErrorHandler: giveUp,
	}}}}
}

// limits gives go-tfe only rate limits that it can read: it ends the process where
// it cannot.
type limits struct{ next http.RoundTripper }

func (t limits) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if limit, err := strconv.ParseFloat(resp.Header.Get("X-RateLimit-Limit"), 64); err != nil || !(limit >= 1 && limit < 1e6) {
		resp.Header.Del("X-RateLimit-Limit")
	}
	return resp, nil
}

func again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if err == nil && pause(0, 0, 0, resp) > longest {
		return false, tooManyRequests{pause(0, 0, 0, resp)}
	}
	return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
}

// pause is how long to wait before the next attempt: as long as the host says,
// in Retry-After or as HCP Terraform does
// (https://developer.hashicorp.com/terraform/cloud-docs/api-docs#rate-limiting).
func pause(shortest, longest time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil && resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") == "" {
		seconds, err := strconv.ParseFloat(resp.Header.Get("X-RateLimit-Reset"), 64)
		if err == nil && seconds >= 0 && seconds < math.MaxInt32 {
			return time.Duration(seconds * float64(time.Second))
		}
	}
	return retryablehttp.DefaultBackoff(shortest, longest, attempt, resp)
}

// giveUp turns what the last attempt got into its result: an answer stays one,
// but for the one that go-tfe would try again.
func giveUp(resp *http.Response, err error, _ int) (*http.Response, error) {
	if err == nil && resp.StatusCode != http.StatusTooManyRequests {
		return resp, nil
	}
	if resp != nil {
		_ = resp.Body.Close()
	}
	if err == nil {
		err = tooManyRequests{}
	}
	return nil, err
}
