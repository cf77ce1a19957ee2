package azure

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/provider/providertest"
)

// TestMain takes what the machine says of Azure out of the environment.
func TestMain(m *testing.M) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AZURE_") || strings.HasPrefix(name, "ARM_") {
			_ = os.Unsetenv(name)
		}
	}
	m.Run()
}

// fixtureSubscription is the one of the fixtures.
const fixtureSubscription = "12345678-1234-9876-4563-123456789012"

// staticToken is a credential that asks nobody.
type staticToken string

func (s staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// withToken returns the provider with a credential that asks nobody.
func withToken(o Options) *azure {
	p := New(o).(*azure)
	p.credential = func() (azcore.TokenCredential, error) { return staticToken("token"), nil }
	return p
}

func TestTypes(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		New: func(_ *testing.T, client providertest.Client, stats *provider.Stats) provider.Provider {
			return withToken(Options{
				Auth:          azureauth.Options{HTTP: &http.Client{Transport: client}},
				Subscriptions: []string{fixtureSubscription},
				Stats:         stats,
			})
		},
		Operation: func(r *http.Request) (operation, action string) {
			action = actionName(r.Method, r.URL.Path)
			return strings.TrimSuffix(action, readSuffix), action
		},
		Always: map[string]string{groupType: `{"value": []}`},
		Denied: func(*http.Request) (int, string) {
			return http.StatusForbidden, `{"error": {"code": "AuthorizationFailed", "message": "The client 'auditor' does not have authorization to perform the action."}}`
		},
	})
}
