package gcpauth_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/api/googleapi"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
)

// TestExplain makes each error come from where it comes from in life.
func TestExplain(t *testing.T) {
	const (
		iam    = "iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/reader@p.iam.gserviceaccount.com:generateAccessToken"
		denied = `{"error":{"code":403,"message":"Permission 'iam.serviceAccounts.getAccessToken' denied SECRET","status":"PERMISSION_DENIED"}}`
		ci     = "loopback/v1/projects/-/serviceAccounts/ci@p.iam.gserviceaccount.com:generateAccessToken"
	)
	reader := gcpauth.Options{AccessToken: "given", ImpersonateServiceAccount: "reader@p.iam.gserviceaccount.com"}
	tests := []struct {
		name    string
		options func(t *testing.T, g *google) gcpauth.Options
		want    string
		denied  bool
	}{
		{
			"impersonation denied",
			func(_ *testing.T, g *google) gcpauth.Options {
				g.fails(iam, http.StatusForbidden, denied)
				return reader
			},
			"the service account may not be impersonated by these credentials; grant them roles/iam.serviceAccountTokenCreator on it, and enable iamcredentials.googleapis.com", true,
		},
		{
			"no such account",
			func(_ *testing.T, g *google) gcpauth.Options {
				g.fails(iam, http.StatusNotFound, `{"error":{"code":404,"message":"Not found; Gaia id not found SECRET","status":"NOT_FOUND"}}`)
				return reader
			},
			"the service account to impersonate does not exist; check its e-mail address", true,
		},
		{
			"token expired",
			func(_ *testing.T, g *google) gcpauth.Options {
				g.fails(iam, http.StatusUnauthorized, `{"error":{"code":401,"status":"UNAUTHENTICATED"}}`)
				return reader
			},
			"the token has expired or was revoked; get a new one: gcloud auth print-access-token, or run: gcloud auth application-default login", true,
		},
		{
			"workload identity may not impersonate",
			func(t *testing.T, g *google) gcpauth.Options {
				g.fails(ci, http.StatusForbidden, denied)
				return gcpauth.Options{UseWorkloadIdentity: true, WorkloadIdentityFile: file(t, externalAccount(t, g, true))}
			},
			"the service account may not be impersonated by these credentials; grant them roles/iam.serviceAccountTokenCreator (a workload identity: roles/iam.workloadIdentityUser) on it, and enable iamcredentials.googleapis.com", true,
		},
		{
			"workload refused",
			func(t *testing.T, g *google) gcpauth.Options {
				g.fails("loopback/sts", http.StatusBadRequest, `{"error":"invalid_grant","error_description":"The audience in ID Token [SECRET] does not match"}`)
				return gcpauth.Options{UseWorkloadIdentity: true, WorkloadIdentityFile: file(t, externalAccount(t, g, false))}
			},
			"the token of the workload is refused; check its issuer, audience and attribute condition against the workload identity provider", true,
		},
		{
			"workload without its file",
			func(t *testing.T, g *google) gcpauth.Options {
				c := externalAccount(t, g, false)
				c["credential_source"] = map[string]any{"file": "/no/where"}
				return gcpauth.Options{UseWorkloadIdentity: true, WorkloadIdentityFile: file(t, c)}
			},
			"the file with the workload's token cannot be opened; check credential_source.file in the workload identity configuration", false,
		},
		{
			"key deleted",
			func(t *testing.T, g *google) gcpauth.Options {
				g.fails("loopback/token", http.StatusBadRequest, `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`)
				return gcpauth.Options{CredentialsFile: file(t, serviceAccount(g.url+"/token"))}
			},
			"the key of the service account is not valid any more; make a new one: gcloud iam service-accounts keys create", true,
		},
		{
			"clock",
			func(t *testing.T, g *google) gcpauth.Options {
				g.fails("loopback/token", http.StatusBadRequest, `{"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."}`)
				return gcpauth.Options{CredentialsFile: file(t, serviceAccount(g.url+"/token"))}
			},
			"the clock of this machine is wrong, as Google Cloud sees it; set it: a token is valid for an hour at most", true,
		},
		{
			"key is none",
			func(t *testing.T, g *google) gcpauth.Options {
				c := serviceAccount(g.url + "/token")
				c["private_key"] = "SECRET"
				return gcpauth.Options{CredentialsFile: file(t, c)}
			},
			"the private key of the service account cannot be read; give the key file as Google Cloud wrote it", false,
		},
		{
			"error page",
			func(t *testing.T, g *google) gcpauth.Options {
				g.fails("loopback/token", http.StatusBadRequest, "<html>SECRET\n</html>")
				return gcpauth.Options{CredentialsFile: file(t, serviceAccount(g.url+"/token"))}
			},
			"the token service answers with HTTP 400; check the credentials", true,
		},
		{
			"no metadata server",
			func(t *testing.T, _ *google) gcpauth.Options {
				t.Setenv("GCE_METADATA_HOST", closedAddress(t))
				return gcpauth.Options{}
			},
			"the metadata server cannot be reached; check GCE_METADATA_HOST and the network, or run: gcloud auth application-default login", false,
		},
		{
			"machine without a service account",
			func(t *testing.T, g *google) gcpauth.Options {
				t.Setenv("GCE_METADATA_HOST", g.host)
				g.fails("loopback/computeMetadata/v1/instance/service-accounts/default/token", http.StatusNotFound, "")
				return gcpauth.Options{}
			},
			"the metadata server knows no service account; check that a service account is attached to this machine, or run: gcloud auth application-default login", false,
		},
		{
			"token service cannot be reached",
			func(t *testing.T, _ *google) gcpauth.Options {
				return gcpauth.Options{CredentialsFile: file(t, serviceAccount("http://"+closedAddress(t)+"/token")), HTTP: http.DefaultClient}
			},
			"HOST cannot be reached; check the network and the proxy (HTTPS_PROXY)", false,
		},
		{
			"self-signed TLS",
			func(t *testing.T, _ *google) gcpauth.Options {
				s := httptest.NewUnstartedServer(http.NotFoundHandler())
				s.Config.ErrorLog = quiet()
				s.StartTLS()
				t.Cleanup(s.Close)
				return gcpauth.Options{CredentialsFile: file(t, serviceAccount(s.URL+"/token")), HTTP: http.DefaultClient}
			},
			"the TLS certificate of HOST is not trusted; add its authority to the system's, or name a file with it in SSL_CERT_FILE; check the clock", false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGoogle(t)
			o := tt.options(t, g)
			if o.HTTP == nil {
				o.HTTP = g.client
			}
			err := get(t, o)
			if err == nil {
				t.Fatal("no error")
			}
			got := gcpauth.Explain(err)
			text := got.Error()
			if strings.Contains(tt.want, "HOST") {
				i, j := strings.Index(text, "127.0.0.1"), strings.Index(tt.want, "HOST")
				if i == j {
					text = text[:i] + "HOST" + text[i+strings.IndexByte(text[i:], ' '):]
				}
			}
			if text != tt.want {
				t.Errorf("got  %v\nwant %v\nfrom %v", text, tt.want, err)
			}
			if errors.Is(got, fs.ErrPermission) != tt.denied {
				t.Errorf("fs.ErrPermission: %v", !tt.denied)
			}
		})
	}
}

// TestExplainWords holds what cannot be made to happen on loopback.
func TestExplainWords(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"nobody", errors.New("credentials: could not find default credentials. See https://… for more information"), "no Google Cloud credentials were found; run: gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS"},
		{"cancelled", fmt.Errorf("x: %w", context.Canceled), "ended before Google Cloud answered: context canceled"},
		{"api 401", &googleapi.Error{Code: 401, Body: "SECRET"}, "the token has expired or was revoked; get a new one: gcloud auth print-access-token, or run: gcloud auth application-default login"},
		{"api 403", &googleapi.Error{Code: 403, Body: "SECRET"}, "the credentials may not do it; grant them a role that allows it"},
		{"scope", &googleapi.Error{Code: 403, Body: `{"error":{"details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}`}, "the token has not the scope for it; give the machine or the token the scope https://www.googleapis.com/auth/cloud-platform"},
		{"disabled", &googleapi.Error{Code: 403, Body: `{"error":{"details":[{"reason":"SERVICE_DISABLED"}]}}`}, "the API is not enabled in the project; enable it (gcloud services enable), or set the quota project to one that has it"},
		{"throttled", &googleapi.Error{Code: 429}, "Google Cloud asks for fewer requests (HTTP 429); try again later"},
		{"server", &googleapi.Error{Code: 503, Body: "SECRET"}, "Google Cloud answers with HTTP 503; try again later"},
		{"dns", &net.DNSError{Name: "sts.googleapis.com", IsNotFound: true}, "the address of Google Cloud is not found; check the name, the network and the proxy (HTTPS_PROXY)"},
		{"anything", errors.New("SECRET"), "Google Cloud cannot be used; check the credentials: gcloud auth application-default print-access-token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := gcpauth.Explain(tt.err); got.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
	if gcpauth.Explain(nil) != nil {
		t.Error("nil is explained")
	}
}
