package azureauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// TestMain takes away what the SDK reads of this machine's environment.
func TestMain(m *testing.M) {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		upper := strings.ToUpper(name)
		for _, prefix := range []string{"AZURE_", "ARM_", "MSI_", "IDENTITY_", "IMDS_", "SSL_CERT_", "ACTIONS_", "SYSTEM_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"} {
			if strings.HasPrefix(upper, prefix) {
				os.Unsetenv(name)
			}
		}
	}
	os.Exit(m.Run())
}

// The hosts of the world.
const (
	authority = "login.private.example"
	ci        = "ci.example"
	vaultHost = "team.vault.azure.net"
)

// world is the network as a client of driftmgr's sees it: every host is this
// process, and a host that is not there does not exist.
type world struct {
	client *http.Client
	mu     sync.Mutex
	calls  []string // METHOD host/path
	forms  []url.Values
	routes map[string]http.HandlerFunc
}

func newWorld(t *testing.T, hosts ...string) *world {
	t.Helper()
	w := &world{routes: make(map[string]http.HandlerFunc)}
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		w.mu.Lock()
		r.ParseForm()
		w.calls = append(w.calls, r.Method+" "+host+r.URL.Path)
		w.forms = append(w.forms, r.Form)
		route := w.routes[host]
		w.mu.Unlock()
		if route == nil {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		route(rw, r)
	})
	hosts = append(hosts, authority, ci, vaultHost, "management.example")
	certificate, pool := selfSigned(t, hosts)
	secure := httptest.NewUnstartedServer(handler)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(handler)
	t.Cleanup(plain.Close)

	w.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, port, _ := net.SplitHostPort(addr)
			target := ""
			switch {
			case port == "443" && slices.Contains(hosts, host):
				target = secure.Listener.Addr().String()
			case port == "80" && w.has(host):
				target = plain.Listener.Addr().String()
			default:
				w.mu.Lock()
				w.calls = append(w.calls, "DIAL "+host)
				w.mu.Unlock()
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return (&net.Dialer{}).DialContext(ctx, network, target)
		},
	}}
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

func (w *world) has(host string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.routes[host] != nil
}

func (w *world) on(host string, route http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.routes[host] = route
}

// answer is a handler that always gives the same document.
func answer(status int, doc any) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
		json.NewEncoder(rw).Encode(doc)
	}
}

// entra plays Entra ID for the authority: it gives out the token, or refuses with
// an AADSTS code where one is given.
func (w *world) entra(token, refuse string) {
	w.on(authority, func(rw http.ResponseWriter, r *http.Request) {
		base := "https://" + authority + "/contoso.example"
		switch {
		case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
			answer(http.StatusOK, map[string]any{
				"issuer": base + "/v2.0", "token_endpoint": base + "/oauth2/v2.0/token", "authorization_endpoint": base + "/oauth2/v2.0/authorize",
			})(rw, r)
		case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") && refuse != "":
			answer(http.StatusUnauthorized, map[string]any{
				"error": "invalid_client", "trace_id": "7f0d-trace", "correlation_id": "9a1b-correlation",
				"error_description": "AADSTS" + refuse + ": something is wrong with hush-secret. Trace ID: 7f0d-trace Correlation ID: 9a1b-correlation Timestamp: 2026-01-01 00:00:00Z",
			})(rw, r)
		case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
			answer(http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": token})(rw, r)
		default:
			http.NotFound(rw, r)
		}
	})
}

// hosts returns the hosts that were called, each once, sorted.
func (w *world) hosts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var hosts []string
	for _, call := range w.calls {
		method, rest, _ := strings.Cut(call, " ")
		host, _, _ := strings.Cut(rest, "/")
		if method == "DIAL" {
			host = "missing " + host
		}
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// form returns the last value of a field that was sent to a path.
func (w *world) form(path, field string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.calls) - 1; i >= 0; i-- {
		if strings.HasSuffix(w.calls[i], path) {
			return w.forms[i].Get(field)
		}
	}
	return ""
}

// options are the given ones in this world, whose cloud is a private one.
func (w *world) options(o Options) Options {
	o.HTTP = w.client
	o.Cloud = Cloud{AuthorityHost: "https://" + authority, ResourceManager: "https://management.example"}
	return o
}

// impatient makes the SDK try once.
func impatient(t *testing.T) context.Context {
	return policy.WithRetryOptions(t.Context(), policy.RetryOptions{MaxRetries: -1})
}

func selfSigned(t *testing.T, hosts []string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "driftmgr test"}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}
