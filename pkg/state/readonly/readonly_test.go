package readonly_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state/readonly"
)

// counter answers requests and counts them.
type counter struct{ n int }

func (c *counter) RoundTrip(*http.Request) (*http.Response, error) {
	c.n++
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// closed is a body that remembers that it was closed.
type closed struct {
	io.Reader
	done bool
}

func (c *closed) Close() error {
	c.done = true
	return nil
}

func TestTransport(t *testing.T) {
	for _, tt := range []struct {
		method, body, override string
		allowed                bool
	}{
		{method: "GET", allowed: true},
		{method: "HEAD", allowed: true},
		{method: "GET", body: "{}"},
		{method: "HEAD", body: "{}"},
		{method: "GET", override: "DELETE"},
		{method: ""},
		{method: "get"},
		{method: "POST"},
		{method: "POST", body: "{}"},
		{method: "PUT", body: "{}"},
		{method: "PATCH", body: "{}"},
		{method: "DELETE"},
		{method: "OPTIONS"},
		{method: "TRACE"},
		{method: "CONNECT"},
		{method: "LOCK"},
		{method: "UNLOCK"},
	} {
		t.Run(tt.method+tt.body+tt.override, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Method = tt.method
			body := &closed{Reader: strings.NewReader(tt.body)}
			if tt.body != "" {
				req.Body = body
			}
			if tt.override != "" {
				req.Header.Set("X-Http-Method-Override", tt.override)
			}
			next := &counter{}
			resp, err := readonly.Transport{Next: next}.RoundTrip(req)
			if err == nil {
				resp.Body.Close()
			}
			if (err == nil) != tt.allowed || (next.n == 1) != tt.allowed || err != nil && !errors.Is(err, readonly.ErrRefused) {
				t.Errorf("%d requests, %v; allowed: %v", next.n, err, tt.allowed)
			}
			if !tt.allowed && tt.body != "" && !body.done {
				t.Error("the body of what was refused is open")
			}
		})
	}
}
