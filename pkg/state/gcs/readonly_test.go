package gcs

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/state/readonly"
)

// TestReadOnly proves that the client which reads states cannot do more.
func TestReadOnly(t *testing.T) {
	reached := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer server.Close()
	c := &conn{auth: gcpauth.Options{AccessToken: "t"}, endpoint: server.URL}
	client, err := c.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	object := client.Bucket("states").Object("a.tflock")
	writes := map[string]func() error{
		"lock": func() error {
			w := object.NewWriter(t.Context())
			if _, err := w.Write([]byte("{}")); err != nil {
				return err
			}
			return w.Close()
		},
		"unlock": func() error { return object.Delete(t.Context()) },
		"bucket": func() error { return client.Bucket("new").Create(t.Context(), "p", nil) },
		"copy":   func() error { _, err := object.CopierFrom(object).Run(t.Context()); return err },
	}
	for name, write := range writes {
		if err := write(); !errors.Is(err, readonly.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if reached != 0 {
		t.Errorf("%d requests reached the server", reached)
	}
}
