package azure

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

func TestExplain(t *testing.T) {
	const read = "Microsoft.Network/virtualNetworks/read"
	tests := map[string]struct {
		status int
		code   string
		want   provider.Failure
	}{
		"denied":          {403, "AuthorizationFailed", provider.Failure{Kind: provider.Denied, Action: read, Detail: "HTTP 403 Forbidden (AuthorizationFailed)"}},
		"gone":            {404, "ResourceNotFound", provider.Failure{Kind: provider.NotFound, Action: read, Detail: "HTTP 404 Not Found (ResourceNotFound)"}},
		"throttled":       {429, "SubscriptionRequestsThrottled", provider.Failure{Kind: provider.Throttled, Action: read, Detail: "HTTP 429 Too Many Requests (SubscriptionRequestsThrottled)"}},
		"not registered":  {409, "MissingSubscriptionRegistration", provider.Failure{Kind: provider.Disabled, Action: read, Detail: "the subscription is not registered with Microsoft.Network (MissingSubscriptionRegistration)"}},
		"no subscription": {404, "SubscriptionNotFound", provider.Failure{Kind: provider.Unavailable, Detail: "the identity knows no such subscription (SubscriptionNotFound): check its id and the tenant"}},
		"no such type":    {404, "InvalidResourceType", provider.Failure{Kind: provider.Unavailable, Action: read, Detail: "HTTP 404 Not Found (InvalidResourceType)"}},
		"another tenant":  {401, "InvalidAuthenticationTokenTenant", provider.Failure{Kind: provider.Credentials, Action: read, Detail: "the subscription is in another tenant than the identity (InvalidAuthenticationTokenTenant): check tenant_id"}},
		"proxy":           {407, "", provider.Failure{Kind: provider.Unavailable, Detail: "the proxy wants to know who you are (HTTP 407): give it a user and a password in HTTPS_PROXY"}},
		"redirection":     {302, "", provider.Failure{Kind: provider.Unavailable, Detail: "the answer is a redirection, which is not followed (HTTP 302): check the proxy, and cloud.resource_manager"}},
		"code is no code": {400, "secret <b>", provider.Failure{Kind: provider.Unavailable, Action: read, Detail: "HTTP 400 Bad Request"}},
		"disabled":        {403, "ReadOnlyDisabledSubscription", provider.Failure{Kind: provider.Disabled, Action: read, Detail: "the subscription is disabled (ReadOnlyDisabledSubscription)"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w, p, options := guarded(t)
			options.Retry.MaxRetries = -1
			w.on(vnetID(sub1, "rg", "v"), refuse(tt.status, tt.code))
			err := getOne(t, options, vnetID(sub1, "rg", "v"))
			if got := p.Explain(fmt.Errorf("around: %w", err)); got != tt.want {
				t.Errorf("%+v\nwant %+v", got, tt.want)
			}
		})
	}
	p := New(Options{})
	for want, err := range map[provider.Failure]error{
		{Kind: provider.Unavailable, Detail: "timed out: raise --timeout"}:                                                            context.DeadlineExceeded,
		{Kind: provider.Unavailable, Detail: "interrupted"}:                                                                           context.Canceled,
		{Kind: provider.Unavailable, Detail: "the answer has another form than Azure's: check the proxy, and cloud.resource_manager"}: errors.New("unmarshalling type *x: secret"),
		{Kind: provider.Denied, Action: "*/read"}:                                                                                     deniedError{"*/read"},
		{Kind: provider.Credentials, Detail: noSubscriptionError{}.Error()}:                                                           noSubscriptionError{},
	} {
		if got := p.Explain(err); got != want {
			t.Errorf("%+v\nwant %+v", got, want)
		}
	}
}

// Without a token nothing is asked, and each type says the same.
func TestNoCredential(t *testing.T) {
	w := newWorld(t)
	p := New(Options{}).(*azure)
	p.options.Auth.HTTP = clientOf(w)
	p.credential = func() (azcore.TokenCredential, error) { return failing{}, nil }
	_, err := p.Connect(t.Context(), provider.Want{Places: []provider.Place{{Account: sub1}}})
	f := p.Explain(err)
	if f.Kind != provider.Credentials || f.Detail != "the Azure CLI is not signed in; run az login" {
		t.Errorf("%+v", f)
	}
	if len(w.calls) > 0 {
		t.Errorf("called %q", w.calls)
	}
}

type failing struct{}

func (failing) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, errors.New("AzureCLICredential: please run 'az login'")
}

func TestIdentify(t *testing.T) {
	token := func(claims string) string {
		return "x." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".signature"
	}
	for claims, want := range map[string]string{
		`{"upn":"ada@contoso.example","oid":"o","tid":"t"}`: "ada@contoso.example in tenant t",
		`{"appid":"a","oid":"o","tid":"t"}`:                 "application a (object o) in tenant t",
		`{"azp":"a"}`:                                       "application a",
		`{"oid":"o"}`:                                       "object o",
		`{}`:                                                "the owner of a token that does not say whose it is",
	} {
		p := New(Options{Subscriptions: []string{strings.ToUpper(sub1)}}).(*azure)
		p.credential = func() (azcore.TokenCredential, error) { return staticToken(token(claims)), nil }
		me, err := p.Identify(t.Context())
		if err != nil || me.Principal != want || me.Account != sub1 || strings.Contains(me.Principal, "signature") {
			t.Errorf("%s: %+v, %v", claims, me, err)
		}
	}
	if got := principal("opaque"); !strings.Contains(got, "does not say") {
		t.Error(got)
	}
}

func clientOf(w *world) *http.Client { return &http.Client{Transport: w} }
