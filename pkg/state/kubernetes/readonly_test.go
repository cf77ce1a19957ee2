package kubernetes

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state/readonly"
)

// TestReadOnly proves that the client which reads states cannot do more.
func TestReadOnly(t *testing.T) {
	reached := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer server.Close()
	c := &cluster{access: access{Host: server.URL}, getenv: func(string) string { return "" }}
	if err := c.open(); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/api/v1/namespaces/tf/secrets/x", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.client.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		if !errors.Is(err, readonly.ErrRefused) {
			t.Errorf("%s: %v", method, err)
		}
	}
	if reached != 0 {
		t.Errorf("%d requests reached the server", reached)
	}
}
