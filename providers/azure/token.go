package azure

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// tokens keeps a credential's tokens for every client of a run. Each client of the
// SDK asks for its own, and the Azure CLI is a program that is run anew each time.
type tokens struct {
	from azcore.TokenCredential

	mu   sync.Mutex
	kept map[string]azcore.AccessToken
}

// freshness is how much longer a token must hold to be handed out again.
const freshness = 5 * time.Minute

// GetToken implements azcore.TokenCredential.
func (t *tokens) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if o.Claims != "" { // a challenge asks for more than the kept token says
		return t.get(ctx, o)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := o.TenantID + " " + strings.Join(o.Scopes, " ")
	if kept, ok := t.kept[key]; ok && time.Until(kept.ExpiresOn) > freshness {
		return kept, nil
	}
	token, err := t.get(ctx, o)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	if t.kept == nil {
		t.kept = map[string]azcore.AccessToken{}
	}
	t.kept[key] = token
	return token, nil
}

func (t *tokens) get(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := t.from.GetToken(ctx, o)
	if err != nil {
		return azcore.AccessToken{}, credentialError{err}
	}
	return token, nil
}

// credentialError marks what failed before Azure was asked anything.
type credentialError struct{ error }

func (e credentialError) Unwrap() error { return e.error }

// NonRetriable tells azcore not to try again: credentials retry by themselves.
func (credentialError) NonRetriable() {}
