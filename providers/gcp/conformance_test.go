package gcp

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/provider/providertest"
)

// TestMain takes what the machine says of Google Cloud out of the environment.
func TestMain(m *testing.M) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "GOOGLE_") || strings.HasPrefix(name, "CLOUDSDK_") || name == "SSL_CERT_FILE" {
			_ = os.Unsetenv(name)
		}
	}
	m.Run()
}

func TestTypes(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		New: func(_ *testing.T, client providertest.Client, stats *provider.Stats) provider.Provider {
			return New(Options{Projects: []string{"acme-prod"}, Stats: stats, Auth: gcpauth.Options{
				AccessToken: "test", HTTP: &http.Client{Transport: client},
			}})
		},
		Operation: func(r *http.Request) (operation, action string) { return actionOf(r), actionOf(r) },
		Always:    map[string]string{"cloudasset.assets.listResource": `{}`},
		Denied: func(*http.Request) (int, string) {
			return http.StatusForbidden, `{"error":{"code":403,"message":"denied","status":"PERMISSION_DENIED","errors":[{"reason":"forbidden","domain":"global"}]}}`
		},
	})
}
