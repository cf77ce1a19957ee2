package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/readonly"
)

// TestReadOnly proves that the client of every source refuses what could write.
func TestReadOnly(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer s.Close()
	found, err := New(Options{Getenv: func(string) string { return "" }})[1].Parse(t.Context(), s.URL+"/")
	if err != nil {
		t.Fatal(err)
	}
	client := found[0].(*source).retry.client
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "LOCK", "UNLOCK", "HEAD", "GET"} {
		req, err := http.NewRequestWithContext(t.Context(), method, s.URL, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		if !errors.Is(err, readonly.ErrRefused) {
			t.Errorf("%s with a body: %v; want a refusal", method, err)
		}
	}
	if asked != 0 {
		t.Errorf("%d requests reached the server; want none", asked)
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"https://host/path?token=x", "http://a:b@[::1]:80/%2a#f", "HTTPS://h?x=glpat-y&&=", "https://h/\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAddress(text)
		if err != nil {
			if e := (*state.Error)(nil); !errors.As(err, &e) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		again, err := parseAddress(a.String())
		if err != nil || again.String() != a.String() {
			t.Errorf("%q is named %q, and that %v, %v", text, a, again, err)
		}
	})
}
