package azurerm

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// TestMain takes away what the SDK reads of this machine's environment.
func TestMain(m *testing.M) {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		for _, prefix := range []string{"AZURE_", "ARM_", "MSI_", "IDENTITY_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"} {
			if strings.HasPrefix(strings.ToUpper(name), prefix) {
				os.Unsetenv(name)
			}
		}
	}
	os.Exit(m.Run())
}

const (
	accountHost = "account.blob.core.windows.net"
	accessKey   = "aHVzaCBodXNoIGh1c2ggaHVzaA==" // hush hush …
)

// stored is a blob.
type stored struct {
	content []byte
	lock    string // Terraform's lock info; leased where it is not empty
	folder  bool
	denied  bool
}

// server is a network in which every host is this process, and a storage account in
// it. What it is asked for it records.
type server struct {
	mu       sync.Mutex
	blobs    map[string]*stored // CONTAINER/KEY
	pageSize int
	requests []string // METHOD host/path?query, as far as it is of interest
	headers  []http.Header
	routes   map[string]http.HandlerFunc // by host, in front of the account
	client   *http.Client
	addr     string // of TLS
	plain    string // of plain HTTP
}

func newServer(t *testing.T, hosts ...string) *server {
	t.Helper()
	s := &server{blobs: make(map[string]*stored), routes: make(map[string]http.HandlerFunc), pageSize: 2}
	hosts = append(hosts, accountHost, "login.private.example", "management.example", "account.z7.blob.storage.azure.net", "account.blob.core.usgovcloudapi.net", "account.blob.stack.example")
	certificate, pool := selfSigned(t, hosts)
	secure := httptest.NewUnstartedServer(s)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(s)
	t.Cleanup(plain.Close)
	s.addr, s.plain = secure.Listener.Addr().String(), plain.Listener.Addr().String()
	s.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, _, _ := net.SplitHostPort(addr)
			switch {
			case slices.Contains(hosts, host):
				addr = s.addr
			case host != "127.0.0.1":
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
	}}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

func (s *server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+host+r.URL.Path)
	s.headers = append(s.headers, r.Header.Clone())
	route := s.routes[host]
	s.mu.Unlock()
	if route != nil {
		route(rw, r)
		return
	}
	s.account(rw, r)
}

// account plays the storage account.
func (s *server) account(rw http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuse(rw, http.StatusMethodNotAllowed, "UnsupportedHttpVerb")
		return
	}
	if r.URL.Query().Get("comp") == "list" {
		s.list(rw, r, path)
		return
	}
	container, _, _ := strings.Cut(path, "/")
	b := s.blobs[path]
	switch {
	case container != "tfstate":
		refuse(rw, http.StatusNotFound, "ContainerNotFound")
	case b == nil:
		refuse(rw, http.StatusNotFound, "BlobNotFound")
	case b.denied:
		refuse(rw, http.StatusForbidden, "AuthorizationPermissionMismatch")
	default:
		h := rw.Header()
		h.Set("x-ms-lease-status", "unlocked")
		if b.lock != "" {
			h.Set("x-ms-lease-status", "locked")
			h.Set("x-ms-meta-terraformlockid", base64.StdEncoding.EncodeToString([]byte(b.lock)))
		}
		h.Set("Content-Length", strconv.Itoa(len(b.content)))
		if r.Method == http.MethodGet {
			rw.Write(b.content)
		}
	}
}

// list answers List Blobs in pages.
func (s *server) list(rw http.ResponseWriter, r *http.Request, container string) {
	type metadata struct {
		Lock   string `xml:"terraformlockid,omitempty"`
		Folder string `xml:"hdi_isfolder,omitempty"`
	}
	type item struct {
		Name     string
		Lease    string `xml:"Properties>LeaseStatus"`
		Metadata metadata
	}
	if container != "tfstate" {
		refuse(rw, http.StatusNotFound, "ContainerNotFound")
		return
	}
	q := r.URL.Query()
	var page struct {
		XMLName    xml.Name `xml:"EnumerationResults"`
		Blobs      []item   `xml:"Blobs>Blob"`
		NextMarker string
	}
	for _, path := range slices.Sorted(maps.Keys(s.blobs)) {
		name := strings.TrimPrefix(path, container+"/")
		if !strings.HasPrefix(name, q.Get("prefix")) || name < q.Get("marker") {
			continue
		}
		if len(page.Blobs) == s.pageSize {
			page.NextMarker = name
			break
		}
		b := s.blobs[path]
		i := item{Name: name, Lease: "unlocked"}
		if b.lock != "" {
			i.Lease = "locked"
			i.Metadata.Lock = base64.StdEncoding.EncodeToString([]byte(b.lock))
		}
		if b.folder {
			i.Metadata.Folder = "true"
		}
		page.Blobs = append(page.Blobs, i)
	}
	rw.Header().Set("Content-Type", "application/xml")
	xml.NewEncoder(rw).Encode(page)
}

// refuse answers as Azure does, with more in the body than may be shown.
func refuse(rw http.ResponseWriter, status int, code string) {
	rw.Header().Set("x-ms-error-code", code)
	rw.Header().Set("Content-Type", "application/xml")
	rw.WriteHeader(status)
	fmt.Fprintf(rw, "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>hush\nRequestId:7f0d</Message></Error>", code)
}

func always(status int, code string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) { refuse(rw, status, code) }
}

func (s *server) on(host string, route http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.routes[host] = route
}

// entra plays Entra ID and gives out a token.
func (s *server) entra() azureauth.Cloud {
	const host = "login.private.example"
	s.on(host, func(rw http.ResponseWriter, r *http.Request) {
		base := "https://" + host + "/contoso.example"
		doc := map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": "entra"}
		if strings.HasSuffix(r.URL.Path, "openid-configuration") {
			doc = map[string]any{"issuer": base + "/v2.0", "token_endpoint": base + "/oauth2/v2.0/token", "authorization_endpoint": base + "/authorize"}
		}
		rw.Header().Set("Content-Type", "application/json")
		json.NewEncoder(rw).Encode(doc)
	})
	return azureauth.Cloud{AuthorityHost: "https://" + host, ResourceManager: "https://management.example"}
}

func (s *server) put(key string, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs["tfstate/"+key] = &stored{content: []byte(content)}
}

// dump is what the account holds, and that it was only read.
func (s *server) dump(t *testing.T) map[string]string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	dump := make(map[string]string)
	for path, b := range s.blobs {
		dump[path] = fmt.Sprintf("%x %s", sha256.Sum256(b.content), b.lock)
	}
	for _, r := range s.requests {
		if !strings.HasPrefix(r, "GET ") && !strings.HasPrefix(r, "HEAD ") {
			t.Errorf("the account got %s", r)
		}
	}
	return dump
}

// seen returns the requests so far, and forgets them.
func (s *server) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests
	s.requests, s.headers = nil, nil
	return r
}

// backend is one in this network, with an environment: NAME=VALUE.
func (s *server) backend(env ...string) state.Backend {
	return New(Options{Auth: azureauth.Options{HTTP: s.client}, Getenv: environment(env...)})
}

func environment(pairs ...string) func(string) string {
	env := make(map[string]string)
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return func(name string) string { return env[name] }
}

// impatient makes the SDK try again at once, and three times at most.
func impatient(t *testing.T) context.Context {
	return policy.WithRetryOptions(t.Context(), policy.RetryOptions{MaxRetries: 2, RetryDelay: time.Millisecond, MaxRetryDelay: time.Millisecond})
}

// open reads the one state that a reference stands for.
func open(ctx context.Context, b state.Backend, ref string) (string, error) {
	found, err := b.Parse(ctx, ref)
	if err != nil {
		return "", err
	}
	return readSource(ctx, found[0])
}

func readSource(ctx context.Context, s state.Source) (string, error) {
	r, err := s.Open(ctx)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(r)
	return string(data), cmp.Or(err, r.Close())
}

func selfSigned(t *testing.T, hosts []string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "driftmgr test"},
		DNSNames: hosts, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
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
