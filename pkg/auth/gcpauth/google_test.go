package gcpauth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "gcpauth")
	if err != nil {
		panic(err)
	}
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if up := strings.ToUpper(name); strings.HasPrefix(up, "GOOGLE_") || strings.HasPrefix(up, "GCE_") || strings.HasPrefix(up, "CLOUDSDK_") || strings.HasSuffix(up, "_PROXY") {
			os.Unsetenv(name)
		}
	}
	os.Setenv("HOME", home)
	code := m.Run()
	os.RemoveAll(home)
	os.Exit(code)
}

// google is every host of Google's that is called here, on loopback: the token
// service, STS, IAM credentials, the metadata server, and an API.
type google struct {
	url    string
	host   string
	client *http.Client // reaches it under every name

	mu      sync.Mutex
	calls   []string
	bodies  []string
	answers map[string]http.HandlerFunc // host and path → answer in place of the usual one
}

func newGoogle(t *testing.T) *google {
	t.Helper()
	g := &google{answers: map[string]http.HandlerFunc{}}
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	g.url, g.host = s.URL, s.Listener.Addr().String()
	g.client = &http.Client{Transport: reroute(g.host)}
	return g
}

// reroute sends each request to one address, under the name that it was for.
type reroute string

func (addr reroute) RoundTrip(r *http.Request) (*http.Response, error) {
	to := r.Clone(r.Context())
	to.Host = r.URL.Host
	to.URL.Scheme, to.URL.Host = "http", string(addr)
	return http.DefaultTransport.RoundTrip(to)
}

func (g *google) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	name := strings.Replace(r.Host, g.host, "loopback", 1) + r.URL.Path
	call := r.Method + " " + name
	if token := r.Header.Get("Authorization"); token != "" {
		call += " as " + strings.TrimPrefix(token, "Bearer ")
	}
	if project := r.Header.Get("X-Goog-User-Project"); project != "" {
		call += " for " + project
	}
	g.mu.Lock()
	g.calls = append(g.calls, call)
	g.bodies = append(g.bodies, r.URL.RawQuery+string(body))
	answer := g.answers[name]
	g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Metadata-Flavor", "Google")
	switch {
	case answer != nil:
		answer(w, r)
	case strings.HasSuffix(name, "/sts"):
		io.WriteString(w, `{"access_token":"federated","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}`)
	case strings.HasSuffix(name, ":generateAccessToken"):
		_, account, _ := strings.Cut(name, "/serviceAccounts/")
		account, _, _ = strings.Cut(account, "@")
		io.WriteString(w, `{"accessToken":"of-`+account+`","expireTime":"2099-01-01T00:00:00Z"}`)
	case strings.HasSuffix(name, "/service-accounts/default/token"):
		io.WriteString(w, `{"access_token":"of-machine","expires_in":3600,"token_type":"Bearer"}`)
	case strings.HasSuffix(name, "/token"):
		io.WriteString(w, `{"access_token":"exchanged","expires_in":3600,"token_type":"Bearer"}`)
	case strings.HasPrefix(name, "api."):
		io.WriteString(w, `{}`)
	default:
		http.Error(w, "unexpected call: "+name, http.StatusTeapot)
	}
}

func (g *google) seen() (calls, bodies []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls, g.bodies
}

// fails makes a call be answered with a status and a body.
func (g *google) fails(name string, status int, body string) {
	g.answers[name] = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func file(t *testing.T, content map[string]any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "credentials.json")
	if err := os.WriteFile(path, []byte(asJSON(t, content)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func asJSON(t *testing.T, content map[string]any) string {
	t.Helper()
	data, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// rsaKey is made once: that takes time.
var rsaKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

func serviceAccount(tokenURI string) map[string]any {
	return map[string]any{
		"type": "service_account", "project_id": "p", "private_key_id": "1", "private_key": rsaKey(),
		"client_email": "reader@p.iam.gserviceaccount.com", "token_uri": tokenURI,
	}
}

func user() map[string]any {
	return map[string]any{"type": "authorized_user", "client_id": "id", "client_secret": "client-secret", "refresh_token": "refresh-secret"}
}

// externalAccount is a workload identity whose token is in a file.
func externalAccount(t *testing.T, g *google, impersonate bool) map[string]any {
	t.Helper()
	path := filepath.Join(t.TempDir(), "workload.jwt")
	if err := os.WriteFile(path, []byte("workload-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := map[string]any{
		"type": "external_account", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
		"audience":          "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/gitlab",
		"token_url":         g.url + "/sts",
		"credential_source": map[string]any{"file": path},
	}
	if impersonate {
		c["service_account_impersonation_url"] = g.url + "/v1/projects/-/serviceAccounts/ci@p.iam.gserviceaccount.com:generateAccessToken"
	}
	return c
}
