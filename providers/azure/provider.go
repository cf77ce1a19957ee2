// Package azure reads Microsoft Azure: one file per resource type, listed in
// types.go. It can only read: see guard.go.
package azure

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armsubscriptions"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

// Options say how to reach Azure.
type Options struct {
	// Auth says as whom, and in which cloud.
	Auth azureauth.Options

	// Subscriptions are looked at beside those that the states name, Subscription
	// where neither names one, and all that the caller sees where nothing does.
	Subscriptions []string
	Subscription  string

	// Stats counts the calls; nil counts nowhere.
	Stats *provider.Stats
}

// New returns the provider. It makes no call.
func New(o Options) provider.Provider {
	if o.Stats == nil {
		o.Stats = &provider.Stats{}
	}
	return &azure{
		options:    o,
		types:      Types(),
		credential: func() (azcore.TokenCredential, error) { return azureauth.Credential(o.Auth) },
	}
}

type azure struct {
	options    Options
	types      []provider.Type
	credential func() (azcore.TokenCredential, error)
}

func (*azure) Name() string             { return "azure" }
func (p *azure) Types() []provider.Type { return p.types }

// Actions implements provider.Provider: what the caller may read decides how far
// Resource Graph can be believed.
func (*azure) Actions() []string { return []string{permissionsAction} }

// Retries: Azure says with Retry-After when its token bucket has refilled.
const (
	maxRetries    = 5
	maxRetryDelay = 2 * time.Minute
)

// clientOptions are those of every client: it can only read, it is counted, and
// it does not register a subscription with a service, which is a write.
func (p *azure) clientOptions() (*arm.ClientOptions, error) {
	base, err := p.options.Auth.ClientOptions()
	if err != nil {
		return nil, err
	}
	endpoint, err := url.Parse(base.Cloud.Services[cloud.ResourceManager].Endpoint)
	if err != nil {
		return nil, err
	}
	base.Transport = guard{endpoint: endpoint, next: counted{client: p.options.Auth.Client(), stats: p.options.Stats}}
	base.Retry = policy.RetryOptions{MaxRetries: maxRetries, MaxRetryDelay: maxRetryDelay}
	base.Telemetry.Disabled = true
	base.PerCallPolicies = append(slices.Clone(base.PerCallPolicies), wholeAnswers{})
	base.InsecureAllowCredentialWithHTTP = endpoint.Scheme == "http" && isLoopback(endpoint.Hostname())
	return &arm.ClientOptions{ClientOptions: base, DisableRPRegistration: true}, nil
}

// isLoopback is true for an emulator's host: there a token crosses no network.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// signIn returns the credential with a token in hand, so that a caller without
// one is told so once and not by every listing.
func (p *azure) signIn(ctx context.Context, options *arm.ClientOptions) (*tokens, azcore.AccessToken, error) {
	cred, err := p.credential()
	if err != nil {
		return nil, azcore.AccessToken{}, credentialError{err}
	}
	t := &tokens{from: cred}
	audience := options.Cloud.Services[cloud.ResourceManager].Audience
	token, err := t.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}})
	return t, token, err
}

// Identify implements provider.Provider. Azure has no call for it: the token's own
// claims say who it is for.
func (p *azure) Identify(ctx context.Context) (provider.Identity, error) {
	options, err := p.clientOptions()
	if err != nil {
		return provider.Identity{}, credentialError{err}
	}
	_, token, err := p.signIn(ctx, options)
	if err != nil {
		return provider.Identity{}, err
	}
	me := provider.Identity{Principal: principal(token.Token)}
	if len(p.options.Subscriptions) == 1 {
		me.Account = strings.ToLower(p.options.Subscriptions[0])
	}
	return me, nil
}

// principal names a token's owner by its claims: a person by name, an application
// or a managed identity by its id. The signature is the server's to check.
// Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
func principal(token string) string {
	const unknown = "the owner of a token that does not say whose it is"
	parts := strings.Split(token, ".")
	if len(parts) < 2 {
		return unknown
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return unknown
	}
	var claims struct {
		UPN        string `json:"upn"`
		UniqueName string `json:"unique_name"`
		AppID      string `json:"appid"`
		AZP        string `json:"azp"`
		OID        string `json:"oid"`
		Tenant     string `json:"tid"`
	}
	if json.Unmarshal(body, &claims) != nil {
		return unknown
	}
	var who string
	switch app := cmp.Or(claims.AppID, claims.AZP); {
	case claims.UPN != "" || claims.UniqueName != "":
		who = cmp.Or(claims.UPN, claims.UniqueName)
	case app != "" && claims.OID != "":
		who = "application " + app + " (object " + claims.OID + ")"
	case app != "":
		who = "application " + app
	case claims.OID != "":
		who = "object " + claims.OID
	default:
		return unknown
	}
	if claims.Tenant != "" {
		who += " in tenant " + claims.Tenant
	}
	return who
}

// Connect returns a scope for each subscription. It makes no call where one is
// named.
func (p *azure) Connect(ctx context.Context, want provider.Want) ([]provider.Scope, error) {
	options, err := p.clientOptions()
	if err != nil {
		return nil, credentialError{err}
	}
	cred, _, err := p.signIn(ctx, options)
	if err != nil {
		return nil, err
	}
	var subscriptions []string
	for _, id := range slices.Concat(want.Accounts(), p.options.Subscriptions) {
		subscriptions = append(subscriptions, strings.ToLower(strings.TrimSpace(id)))
	}
	if len(subscriptions) == 0 && p.options.Subscription != "" {
		subscriptions = []string{strings.ToLower(p.options.Subscription)}
	}
	if len(subscriptions) == 0 {
		if subscriptions, err = visible(ctx, cred, options); err != nil {
			return nil, err
		}
	}
	slices.Sort(subscriptions)
	subscriptions = slices.Compact(subscriptions)
	pipeline, err := arm.NewClient("driftmgr", "", cred, options)
	if err != nil {
		return nil, err
	}
	all := &graph{subscriptions: subscriptions, cred: cred, options: options}
	var scopes []provider.Scope
	for _, id := range subscriptions {
		c := &conn{subscription: id, cred: cred, options: options, arm: pipeline, graph: all}
		scopes = append(scopes, provider.Scope{Account: id, Conn: c, Done: c.memo.Forget})
	}
	return scopes, nil
}

// visible lists the subscriptions in which the caller has a role.
func visible(ctx context.Context, cred azcore.TokenCredential, options *arm.ClientOptions) ([]string, error) {
	client, err := armsubscriptions.NewClient(cred, options)
	if err != nil {
		return nil, err
	}
	var out []string
	for p := client.NewListPager(nil); p.More(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Value {
			if s.SubscriptionID != nil && value(s.State) != armsubscriptions.SubscriptionStateDeleted {
				out = append(out, strings.ToLower(*s.SubscriptionID))
			}
		}
	}
	if len(out) == 0 {
		return nil, noSubscriptionError{}
	}
	return out, nil
}

// noSubscriptionError: the caller is somebody, but sees nothing.
type noSubscriptionError struct{}

func (noSubscriptionError) Error() string {
	return "the identity sees no subscription: give it the Reader role on one, and check the tenant"
}
