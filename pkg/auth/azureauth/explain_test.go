package azureauth

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

func TestExplain(t *testing.T) {
	secret := Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush-secret"}
	github := Options{TenantID: "contoso.example", ClientID: "app", UseOIDC: true, OIDCRequestURL: "https://" + ci + "/token?x=hush", OIDCRequestToken: "hush-runner"}
	scope := func(name string) string { return "https://" + strings.ReplaceAll(name, " ", "-") + ".example/.default" }
	tests := []struct {
		name    string
		options Options
		refuse  string // AADSTS code
		set     func(t *testing.T, w *world)
		want    string
	}{
		{"wrong secret", secret, "7000215", nil, "the client secret is wrong; use the secret's value, not its id (client_secret, ARM_CLIENT_SECRET) (AADSTS7000215)"},
		{"expired secret", secret, "7000222", nil, "the client secret has expired; make a new one for the application (AADSTS7000222)"},
		{"no such application", secret, "700016", nil, "there is no such application in the tenant; check client_id and tenant_id (AADSTS700016)"},
		{"no federated credential", github, "700213", func(_ *testing.T, w *world) {
			w.on(ci, answer(http.StatusOK, map[string]any{"value": "hush-job"}))
		}, "the application trusts no federated credential with the OIDC token's issuer, subject and audience; add one to it (AADSTS700213)"},
		{"a code that is not known", secret, "50105", nil, "Entra ID refuses the sign-in with AADSTS50105; see https://login.microsoftonline.com/error?code=50105"},
		{"authority without a code", secret, "", func(_ *testing.T, w *world) {
			entra := w.routes[authority]
			w.on(authority, func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == tokenPath {
					answer(http.StatusForbidden, "hush")(rw, r)
					return
				}
				entra(rw, r)
			})
		}, "login.private.example gives no token, but HTTP status 403; check the kind of credential and its settings"},
		{"CI refuses", github, "", func(_ *testing.T, w *world) {
			w.on(ci, answer(http.StatusForbidden, "hush"))
		}, "ci.example gave no OIDC token: HTTP status 403; check oidc_request_url and that the job may request id tokens"},
		{"CI gives nothing", github, "", func(_ *testing.T, w *world) {
			w.on(ci, answer(http.StatusOK, map[string]any{}))
		}, "ci.example gave no OIDC token: the answer has no token; check oidc_request_url and that the job may request id tokens"},
		{"CI talks of something else", github, "", func(_ *testing.T, w *world) {
			w.on(ci, func(rw http.ResponseWriter, _ *http.Request) { rw.Write([]byte("<html>hush")) })
		}, "ci.example gave no OIDC token: the answer is not JSON; check oidc_request_url and that the job may request id tokens"},
		{"OIDC token file is missing", Options{TenantID: "contoso.example", ClientID: "app", UseOIDC: true, OIDCTokenFile: "/no/where"}, "", nil,
			"the file with the token does not exist; check its path"},
		{"workload identity without its file", Options{TenantID: "contoso.example", ClientID: "app", UseWorkloadIdentity: true, TokenFile: "/no/where"}, "", nil,
			"the file with the token does not exist; check its path"},
		{"authority that does not exist", Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush-secret", Cloud: Cloud{AuthorityHost: "https://nowhere.example"}}, "", nil,
			"there is no host nowhere.example; check the name, the environment and the network"},
		{"authority with an unknown certificate", secret, "", func(_ *testing.T, w *world) {
			w.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = x509.NewCertPool()
		}, "the certificate of login.private.example is not trusted; name its authority's file in SSL_CERT_FILE, or check the proxy"},
		{"IMDS that cannot be reached", Options{UseManagedIdentity: true}, "", nil,
			"the machine's identity endpoint (IMDS, 169.254.169.254) cannot be reached; use a managed identity on a machine in Azure that has one, and another kind elsewhere"},
		{"IMDS without an identity", Options{UseManagedIdentity: true}, "", func(_ *testing.T, w *world) {
			w.on(imds, answer(http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": "Identity not found hush"}))
		}, "the machine's identity endpoint gives no token; assign a managed identity to the machine, or check client_id"},
		{"IMDS without that identity", Options{UseManagedIdentity: true, ClientID: "5f1c"}, "", func(_ *testing.T, w *world) {
			w.on(imds, answer(http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": "Identity not found hush"}))
		}, "the machine has no such managed identity; assign one to it, or check client_id"},
		{"CLI that is not there", Options{UseCLI: true}, "", func(t *testing.T, _ *world) {
			// a directory with a shell, and no az
			fakeCLI(t, "exit 127")
		}, "the Azure CLI is not on PATH; install it, or configure another kind"},
		{"CLI that is not signed in", Options{UseCLI: true}, "", func(t *testing.T, _ *world) {
			fakeCLI(t, `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`)
		}, "the Azure CLI is not signed in; run az login"},
		{"CLI that fails", Options{UseCLI: true}, "", func(t *testing.T, _ *world) {
			fakeCLI(t, `echo "ERROR: hush" >&2; exit 1`)
		}, "the Azure CLI gives no token; run az account get-access-token to see why"},
		{"nothing at all", Options{}, "", func(t *testing.T, _ *world) {
			fakeCLI(t, `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`)
		}, "there is no credential for Azure: the environment, workload identity, managed identity and the Azure CLI give none; run az login, or configure one kind"},
		{"workload identity without a pod", Options{UseWorkloadIdentity: true}, "", nil,
			`workload identity lacks AZURE_CLIENT_ID, AZURE_TENANT_ID or AZURE_FEDERATED_TOKEN_FILE; label the pod azure.workload.identity/use: "true"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.entra("entra", tt.refuse)
			if tt.set != nil {
				tt.set(t, w)
			}
			o := w.options(tt.options)
			if tt.options.Cloud != (Cloud{}) {
				o.Cloud = tt.options.Cloud
			}
			cred, err := Credential(o)
			if err == nil {
				_, err = cred.GetToken(impatient(t), policy.TokenRequestOptions{Scopes: []string{scope(tt.name)}})
			}
			if got := Explain(err); got != tt.want {
				t.Errorf("got  %s\nwant %s\nof %v", got, tt.want, err)
			}
		})
	}
}

func TestExplainWithoutAnAnswer(t *testing.T) {
	if got := Explain(nil); got != "" {
		t.Errorf("nil: %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := newWorld(t)
	cred, err := Credential(w.options(Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush-secret"}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://x.example/.default"}})
	if got, want := Explain(err), "Azure did not answer in time; check the network and the proxy, and run it again"; got != want {
		t.Errorf("got  %s\nwant %s\nof %v", got, want, err)
	}

	if got, want := Explain(ctx.Err()), "Azure did not answer before the run ended: context canceled"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	// a port that nobody listens on
	server := httptest.NewServer(nil)
	addr := server.Listener.Addr().String()
	server.Close()
	_, err = net.Dial("tcp", addr)
	if got, want := Explain(err), "Azure's token endpoint cannot be reached; check the network and the proxy"; got != want {
		t.Errorf("got  %s\nwant %s\nof %v", got, want, err)
	}
}

// What fails for good is not tried for the seconds that the SDK takes.
func TestNoVainRetries(t *testing.T) {
	w := newWorld(t)
	for _, o := range []Options{
		{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush-secret", HTTP: w.client, Cloud: Cloud{AuthorityHost: "https://nowhere.example"}},
		{UseManagedIdentity: true, HTTP: w.client},
	} {
		w.calls = nil
		cred, err := Credential(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://vain.example/.default"}}); err == nil {
			t.Error("got a token")
		}
		if len(w.calls) != 1 {
			t.Errorf("called %q; want one call", w.calls)
		}
	}
}
