package azureauth

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const tokenPath = "/contoso.example/oauth2/v2.0/token"

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// pemCertificate is a new certificate with its key, as PEM.
func pemCertificate(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "driftmgr"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	return b.String()
}

// fakeCLI puts an az on PATH, alone, that writes how it was called to the file it
// returns.
func fakeCLI(t *testing.T, script string) (calls string) {
	t.Helper()
	dir := t.TempDir()
	calls = filepath.Join(dir, "calls")
	body := "#!/bin/sh\necho \"$@\" >>" + calls + "\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte(body), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	return calls
}

// Each kind is used alone: its own evidence arrives, and nobody else is called.
func TestKinds(t *testing.T) {
	certificate := pemCertificate(t)
	tests := []struct {
		name    string
		options Options
		env     map[string]string
		routes  map[string]http.HandlerFunc
		hosts   []string
		sent    map[string]string // to the authority
		path    string            // that was called beside the authority
		query   map[string]string // which it was called with
		token   string
	}{
		{
			name:    "secret",
			options: Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush-secret"},
			hosts:   []string{authority},
			sent:    map[string]string{"client_id": "app", "client_secret": "hush-secret", "grant_type": "client_credentials"},
		},
		{
			name:    "secret and client id in files",
			options: Options{TenantID: "contoso.example", ClientIDFile: write(t, "id", "app\n"), ClientSecretFile: write(t, "secret", " hush-secret\n")},
			hosts:   []string{authority},
			sent:    map[string]string{"client_id": "app", "client_secret": "hush-secret"},
		},
		{
			name:    "secret, whatever else the environment offers",
			options: Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush-secret"},
			env:     map[string]string{"AZURE_CLIENT_ID": "other", "AZURE_TENANT_ID": "other", "AZURE_CLIENT_SECRET": "other", "IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi", "IDENTITY_HEADER": "x"},
			hosts:   []string{authority},
			sent:    map[string]string{"client_id": "app", "client_secret": "hush-secret"},
		},
		{
			name:    "certificate file",
			options: Options{TenantID: "contoso.example", ClientID: "app", ClientCertificatePath: write(t, "cert.pem", certificate)},
			hosts:   []string{authority},
			sent:    map[string]string{"client_id": "app", "client_secret": "", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		},
		{
			name:    "certificate as base64",
			options: Options{TenantID: "contoso.example", ClientID: "app", ClientCertificate: base64.StdEncoding.EncodeToString([]byte(certificate))},
			hosts:   []string{authority},
			sent:    map[string]string{"client_id": "app", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		},
		{
			name:    "workload identity",
			options: Options{TenantID: "contoso.example", ClientID: "app", UseWorkloadIdentity: true, TokenFile: write(t, "token", "pod-token")},
			hosts:   []string{authority},
			sent:    map[string]string{"client_id": "app", "client_assertion": "pod-token"},
		},
		{
			name:    "workload identity of the AKS webhook",
			options: Options{UseWorkloadIdentity: true},
			env:     map[string]string{"AZURE_CLIENT_ID": "app", "AZURE_TENANT_ID": "contoso.example", "AZURE_FEDERATED_TOKEN_FILE": write(t, "token", "pod-token")},
			hosts:   []string{authority},
			sent:    map[string]string{"client_id": "app", "client_assertion": "pod-token"},
		},
		{
			name:    "OIDC token",
			options: Options{TenantID: "contoso.example", ClientID: "app", UseOIDC: true, OIDCToken: "job-token"},
			hosts:   []string{authority},
			sent:    map[string]string{"client_id": "app", "client_assertion": "job-token"},
		},
		{
			name:    "OIDC token file",
			options: Options{TenantID: "contoso.example", ClientID: "app", UseOIDC: true, OIDCTokenFile: write(t, "token", "job-token\n")},
			hosts:   []string{authority},
			sent:    map[string]string{"client_assertion": "job-token"},
		},
		{
			name:    "GitHub Actions",
			options: Options{TenantID: "contoso.example", ClientID: "app", UseOIDC: true, OIDCRequestURL: "https://" + ci + "/token?job=7", OIDCRequestToken: "runner"},
			routes: map[string]http.HandlerFunc{ci: func(rw http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer runner" {
					rw.WriteHeader(http.StatusUnauthorized)
				}
				answer(http.StatusOK, map[string]any{"count": 1, "value": "job-token"})(rw, r)
			}},
			hosts: []string{ci, authority},
			sent:  map[string]string{"client_assertion": "job-token"},
			path:  "GET " + ci + "/token",
			query: map[string]string{"job": "7", "audience": "api://AzureADTokenExchange"},
		},
		{
			name:    "Azure DevOps",
			options: Options{TenantID: "contoso.example", ClientID: "app", UseOIDC: true, OIDCRequestURL: "https://" + ci + "/oidctoken", OIDCRequestToken: "runner", ServiceConnectionID: "conn"},
			routes: map[string]http.HandlerFunc{ci: func(rw http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer runner" {
					rw.WriteHeader(http.StatusUnauthorized)
				}
				answer(http.StatusOK, map[string]any{"oidcToken": "job-token"})(rw, r)
			}},
			hosts: []string{ci, authority},
			sent:  map[string]string{"client_assertion": "job-token"},
			path:  "POST " + ci + "/oidctoken",
			query: map[string]string{"serviceConnectionId": "conn", "api-version": "7.1"},
		},
		{
			name:    "managed identity of a machine (IMDS)",
			options: Options{UseManagedIdentity: true},
			routes: map[string]http.HandlerFunc{imds: func(rw http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Metadata") != "true" {
					rw.WriteHeader(http.StatusBadRequest)
				}
				answer(http.StatusOK, map[string]any{"access_token": "machine", "expires_in": "3600", "resource": "https://management.example", "token_type": "Bearer"})(rw, r)
			}},
			hosts: []string{imds},
			path:  "GET " + imds + "/metadata/identity/oauth2/token",
			query: map[string]string{"client_id": ""},
			token: "machine",
		},
		{
			name:    "user-assigned managed identity",
			options: Options{UseManagedIdentity: true, ClientID: "5f1c"},
			routes: map[string]http.HandlerFunc{imds: answer(http.StatusOK, map[string]any{
				"access_token": "machine", "expires_in": "3600", "resource": "https://management.example", "token_type": "Bearer"})},
			hosts: []string{imds},
			path:  "GET " + imds + "/metadata/identity/oauth2/token",
			query: map[string]string{"client_id": "5f1c"},
			token: "machine",
		},
		{
			name:    "managed identity of App Service",
			options: Options{UseManagedIdentity: true},
			env:     map[string]string{"IDENTITY_ENDPOINT": "http://identity.local/msi/token", "IDENTITY_HEADER": "app-service"},
			routes: map[string]http.HandlerFunc{"identity.local": func(rw http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-IDENTITY-HEADER") != "app-service" {
					rw.WriteHeader(http.StatusForbidden)
				}
				answer(http.StatusOK, map[string]any{"access_token": "machine", "expires_on": fmt.Sprint(time.Now().Add(time.Hour).Unix()), "resource": "https://management.example", "token_type": "Bearer"})(rw, r)
			}},
			hosts: []string{"identity.local"},
			path:  "GET identity.local/msi/token",
			token: "machine",
		},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// MSAL keeps the tokens of managed identities for the whole process
			resource := fmt.Sprintf("https://kind-%d.example", i)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			w := newWorld(t)
			w.entra("entra", "")
			for host, route := range tt.routes {
				w.on(host, route)
			}
			cred, err := Credential(w.options(tt.options))
			if err != nil {
				t.Fatal(err)
			}
			if len(w.calls) > 0 {
				t.Errorf("making it called %q", w.calls)
			}
			got, err := cred.GetToken(impatient(t), policy.TokenRequestOptions{Scopes: []string{resource + "/.default"}})
			if err != nil {
				t.Fatal(err)
			}
			want := tt.token
			if want == "" {
				want = "entra"
			}
			if got.Token != want {
				t.Errorf("token %q; want %q", got.Token, want)
			}
			if hosts := w.hosts(); !slices.Equal(hosts, tt.hosts) {
				t.Errorf("called %q; want %q alone", hosts, tt.hosts)
			}
			for field, value := range tt.sent {
				if got := w.form(tokenPath, field); got != value {
					t.Errorf("sent %s=%q; want %q", field, got, value)
				}
			}
			for field, value := range tt.query {
				if got := w.form(tt.path, field); got != value {
					t.Errorf("%s with %s=%q; want %q", tt.path, field, got, value)
				}
			}
			if strings.Contains(tt.name, "certificate") {
				assertion := strings.Split(w.form(tokenPath, "client_assertion"), ".")
				header, err := base64.RawURLEncoding.DecodeString(assertion[0])
				var doc map[string]any
				if err != nil || json.Unmarshal(header, &doc) != nil || doc["typ"] != "JWT" {
					t.Errorf("assertion %q is not signed with the certificate", assertion[0])
				}
			}
		})
	}
}

func TestCLI(t *testing.T) {
	calls := fakeCLI(t, `echo '{"accessToken":"person","expires_on":`+fmt.Sprint(time.Now().Add(time.Hour).Unix())+`}'`)
	w := newWorld(t)
	cred, err := Credential(w.options(Options{UseCLI: true, TenantID: "contoso.example"}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://storage.azure.com/.default"}})
	if err != nil || got.Token != "person" {
		t.Errorf("token %q, %v", got.Token, err)
	}
	if hosts := w.hosts(); len(hosts) > 0 {
		t.Errorf("called %q", hosts)
	}
	argv, _ := os.ReadFile(calls)
	if want := "account get-access-token -o json --resource https://storage.azure.com --tenant contoso.example\n"; string(argv) != want {
		t.Errorf("az %q; want %q", argv, want)
	}
}

// The zero value is the SDK's chain, which begins with the environment.
func TestDefault(t *testing.T) {
	t.Setenv("AZURE_CLIENT_ID", "app")
	t.Setenv("AZURE_TENANT_ID", "contoso.example")
	t.Setenv("AZURE_CLIENT_SECRET", "hush-secret")
	w := newWorld(t)
	w.entra("entra", "")
	cred, err := Credential(w.options(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := cred.GetToken(impatient(t), policy.TokenRequestOptions{Scopes: []string{"https://management.example/.default"}})
	if err != nil || got.Token != "entra" || w.form(tokenPath, "client_secret") != "hush-secret" {
		t.Errorf("token %q, %v", got.Token, err)
	}
}

// What is configured and fails is not made up for by what would work.
func TestNoFallback(t *testing.T) {
	calls := fakeCLI(t, `echo '{"accessToken":"person","expires_on":4102444800}'`)
	t.Setenv("AZURE_CLIENT_ID", "other")
	t.Setenv("AZURE_TENANT_ID", "contoso.example")
	t.Setenv("AZURE_CLIENT_SECRET", "other")
	for name, o := range map[string]Options{
		"secret":            {TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush-secret"},
		"OIDC":              {TenantID: "contoso.example", ClientID: "app", UseOIDC: true, OIDCToken: "job-token"},
		"workload identity": {TenantID: "contoso.example", ClientID: "app", UseWorkloadIdentity: true, TokenFile: write(t, "token", "pod-token")},
		"managed identity":  {UseManagedIdentity: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.entra("", "7000215")
			w.on(imds, answer(http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": "Identity not found"}))
			cred, err := Credential(w.options(o))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := cred.GetToken(impatient(t), policy.TokenRequestOptions{Scopes: []string{"https://no-fallback.example/.default"}}); err == nil {
				t.Errorf("got token %q", got.Token)
			}
			want := authority
			if name == "managed identity" {
				want = imds
			}
			if hosts := w.hosts(); !slices.Equal(hosts, []string{want}) {
				t.Errorf("called %q; want %q alone", hosts, want)
			}
			if w.form(tokenPath, "client_id") == "other" {
				t.Error("the environment's identity was tried")
			}
		})
	}
	if argv, err := os.ReadFile(calls); err == nil {
		t.Errorf("az was run: %s", argv)
	}
}

func TestCredentialErrors(t *testing.T) {
	base := Options{TenantID: "contoso.example", ClientID: "app"}
	with := func(change func(*Options)) Options {
		o := base
		change(&o)
		return o
	}
	missing := filepath.Join(t.TempDir(), "missing")
	empty := write(t, "empty", " \n")
	tests := []struct {
		name    string
		options Options
		want    string
	}{
		{"secret file", with(func(o *Options) { o.ClientSecretFile = missing }), "client_secret_file_path " + missing + ": no such file or directory"},
		{"empty secret file", with(func(o *Options) { o.ClientSecretFile = empty }), "client_secret_file_path " + empty + ": the file is empty"},
		{"client id file", Options{TenantID: "contoso.example", ClientIDFile: missing, ClientSecret: "hush-secret"}, "client_id_file_path " + missing + ": no such file or directory"},
		{"certificate file", with(func(o *Options) { o.ClientCertificatePath = missing }), "client_certificate_path " + missing + ": no such file or directory"},
		{"certificate that is none", with(func(o *Options) { o.ClientCertificatePath = write(t, "cert", "hush-secret") }), "holds no certificate with its private key that the client_certificate_password opens: use PEM or PKCS#12"},
		{"certificate that is not base64", with(func(o *Options) { o.ClientCertificate = "%%" }), "client_certificate is not base64"},
		{"certificate data that is none", with(func(o *Options) { o.ClientCertificate = "aHVzaA==" }), "client_certificate holds no certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cred, err := Credential(tt.options)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "\n") {
				t.Errorf("credential %T, error %v\nwant %s", cred, err, tt.want)
			}
		})
	}
}

// A redirection would take the secret to another host.
func TestRedirect(t *testing.T) {
	for name, o := range map[string]Options{
		"secret":         {TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush-secret"},
		"GitHub Actions": {TenantID: "contoso.example", ClientID: "app", UseOIDC: true, OIDCRequestURL: "https://" + ci + "/token", OIDCRequestToken: "runner"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.entra("entra", "")
			entra := w.routes[authority]
			away := func(rw http.ResponseWriter, r *http.Request) {
				http.Redirect(rw, r, "https://management.example"+r.URL.Path, http.StatusTemporaryRedirect)
			}
			w.on(ci, away)
			w.on(authority, func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == tokenPath {
					away(rw, r)
					return
				}
				entra(rw, r)
			})
			cred, err := Credential(w.options(o))
			if err != nil {
				t.Fatal(err)
			}
			got, err := cred.GetToken(impatient(t), policy.TokenRequestOptions{Scopes: []string{"https://storage.azure.com/.default"}})
			if err == nil {
				t.Errorf("got token %q", got.Token)
			}
			if hosts := w.hosts(); slices.Contains(hosts, "management.example") {
				t.Errorf("called %q", hosts)
			}
		})
	}
}
