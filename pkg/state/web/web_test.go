package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
	"github.com/driftmgr/driftmgr/pkg/state/web"
)

const document = `{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"2f3c","outputs":{},"resources":[]}`

// server is a web server with states, as GitLab has them: basic authentication,
// and a log of what it was asked.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	states   map[string][]byte
	denied   map[string]bool
	requests []string
	handle   http.HandlerFunc // answers what begins with /special
}

const user, password = "gitlab-ci-token", "glpat-h0rse"

func newServer(t *testing.T, encrypted bool) *server {
	t.Helper()
	s := &server{states: make(map[string][]byte), denied: make(map[string]bool)}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	if encrypted {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	if strings.HasPrefix(r.URL.Path, "/special") {
		s.handle(w, r)
		return
	}
	if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	content, ok := s.states[r.URL.Path]
	switch {
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case s.denied[r.URL.Path]:
		w.WriteHeader(http.StatusForbidden)
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	default:
		digest := md5.Sum(content)
		w.Header().Set("Content-MD5", base64.StdEncoding.EncodeToString(digest[:]))
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(content)
	}
}

func (s *server) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

func (s *server) ca() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

// env is an environment in which the server can be read and nobody waits.
func (s *server) env(more ...string) func(string) string {
	vars := map[string]string{
		"TF_HTTP_USERNAME": user, "TF_HTTP_PASSWORD": password,
		"TF_HTTP_RETRY_WAIT_MIN": "0", "TF_HTTP_RETRY_WAIT_MAX": "0",
	}
	if s.TLS != nil {
		vars["TF_HTTP_CLIENT_CA_CERTIFICATE_PEM"] = s.ca()
	}
	for i := 0; i < len(more); i += 2 {
		vars[more[i]] = more[i+1]
	}
	return func(name string) string { return vars[name] }
}

// backend is that of the server's scheme.
func (s *server) backend(o web.Options) state.Backend {
	for _, b := range web.New(o) {
		if strings.HasPrefix(s.URL, b.Scheme()+"://") {
			return b
		}
	}
	panic("no backend")
}

func TestMain(m *testing.M) {
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		_ = os.Unsetenv(name)
	}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "TF_HTTP_") {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) {
	for _, encrypted := range []bool{true, false} {
		s := newServer(t, encrypted)
		b := s.backend(web.Options{Getenv: s.env()})
		t.Run(b.Scheme(), func(t *testing.T) {
			path := func(name string) string { return "/api/v4/projects/7/terraform/state/" + name }
			ref := func(name string) string { return s.URL + path(name) }
			statetest.Run(t, statetest.Store{
				Backend: b,
				Ref:     ref,
				Put: func(_ *testing.T, name string, content []byte) string {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.states[path(name)] = content
					return ref(name)
				},
				Dump: func(t *testing.T) map[string]string {
					s.mu.Lock()
					defer s.mu.Unlock()
					dump := make(map[string]string)
					for name, content := range s.states {
						dump[name] = string(content)
					}
					for _, r := range s.requests {
						if !strings.HasPrefix(r, "GET ") {
							t.Errorf("the server got the request %s", r)
						}
					}
					return dump
				},
				Deny: func(t *testing.T, name string) bool {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.denied[path(name)] = true
					return true
				},
				Block: func(name string) state.Block {
					return state.Block{Type: "http", Workspace: "default", Dir: "/code", Attrs: map[string]any{
						"address": ref(name), "lock_address": ref(name) + "/lock", "unlock_address": ref(name) + "/lock",
						"lock_method": "POST", "unlock_method": "DELETE", "retry_wait_min": float64(0),
					}}
				},
			})
		})
	}
}

func open(t *testing.T, b state.Backend, ref string) (io.ReadCloser, error) {
	t.Helper()
	found, err := b.Parse(t.Context(), ref)
	if err != nil {
		return nil, err
	}
	return found[0].Open(t.Context())
}

func read(t *testing.T, b state.Backend, ref string) (string, error) {
	t.Helper()
	r, err := open(t, b, ref)
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return string(data), err
}

func TestReference(t *testing.T) {
	for _, tt := range []struct{ name, ref, want, err string }{
		{"plain", "https://host/path", "https://host/path", ""},
		{"upper case", "HTTPS://Host.Example/Path", "https://host.example/Path", ""},
		{"port that goes without saying", "https://host:443/path", "https://host/path", ""},
		{"other port", "https://host:8443/path", "https://host:8443/path", ""},
		{"no path", "https://host", "https://host/", ""},
		{"fragment", "https://host/path#token=t0psecret", "https://host/path", ""},
		{"escapes", "https://host/a%20b%2Fc", "https://host/a%20b%2Fc", ""},
		{"query", "https://host/path?ref=main&key=prod/a.tfstate", "https://host/path?ref=main&key=prod/a.tfstate", ""},
		{"token", "https://host/path?ref=main&private_token=t0psecret", "https://host/path?ref=main&private_token=***", ""},
		{"signed", "https://host/path?X-Amz-Credential=t0psecret&X-Amz-Signature=t0psecret&X-Amz-Expires=60", "https://host/path?X-Amz-Credential=***&X-Amz-Signature=***&X-Amz-Expires=60", ""},
		{"name with escapes", "https://host/path?pass%77ord=t0psecret", "https://host/path?pass%77ord=***", ""},
		{"shared access signature", "https://host/path?sv=2024&sig=t0psecret", "https://host/path?sv=2024&sig=***", ""},
		{"value that is a token", "https://host/path?x=glpat-t0psecret", "https://host/path?x=***", ""},

		{"user and password", "https://ann:t0psecret@host/path", "", "state https://host/path: holds a user or a password; leave them out, and set TF_HTTP_USERNAME and TF_HTTP_PASSWORD"},
		{"token as the user", "https://t0psecret@host/path", "", "state https://host/path: holds a user or a password; leave them out, and set TF_HTTP_USERNAME and TF_HTTP_PASSWORD"},
		{"bad escape", "https://ann:t0psecret@host/a%zz?token=t0psecret", "", "state https://***@host/a%zz: is not a valid URL; write a % in it as %25 and other special characters as % and their code"},
		{"bad port", "https://ann:t0psecret@host:port/", "", "state https://***@host:port/: is not a valid URL; write a % in it as %25 and other special characters as % and their code"},
		{"password with a slash", "https://ann:t0p/secret@host/", "", "state https://***@host/: is not a valid URL; write a % in it as %25 and other special characters as % and their code"},
		{"password with a question mark", "https://ann:t0p?secret@host/", "", "state https://***: is not a valid URL; write a % in it as %25 and other special characters as % and their code"},
		{"password with a hash", "https://ann:t0p#secret@host/", "", "state https://***: is not a valid URL; write a % in it as %25 and other special characters as % and their code"},
		{"no host", "https:///path", "", "state https:///path: names no host; write https://HOST/PATH"},
		{"pattern", "https://host/envs/*/state", "", "state https://host/envs/*/state: is a pattern, and a web server does not say which states it has; name each state, or write a literal * as %2A"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := web.New(web.Options{Getenv: func(string) string { return "" }})[0].Parse(t.Context(), tt.ref)
			if tt.err != "" {
				var e *state.Error
				if !errors.As(err, &e) || err.Error() != tt.err {
					t.Errorf("got  %v\nwant %v", err, tt.err)
				}
				return
			}
			if err != nil || len(found) != 1 || found[0].String() != tt.want {
				t.Errorf("got  %v, %v\nwant %v", found, err, tt.want)
			}
		})
	}
}

func TestConfigure(t *testing.T) {
	const address = "https://host/state"
	for _, tt := range []struct {
		name      string
		attrs     map[string]any
		env       map[string]string
		workspace string
		want, err string
	}{
		{"address", map[string]any{"address": address}, nil, "", address, ""},
		{"address of the environment", nil, map[string]string{"TF_HTTP_ADDRESS": address}, "", address, ""},
		{"the block before the environment", map[string]any{"address": address}, map[string]string{"TF_HTTP_ADDRESS": "https://other/"}, "default", address, ""},
		{"user in the address", map[string]any{"address": "https://ann:t0psecret@host/state"}, nil, "", address, ""},
		{"text where a number is expected", map[string]any{"address": address, "retry_max": "3"}, nil, "", address, ""},
		{"methods that driftmgr does not use", map[string]any{"address": address, "update_method": "PUT", "lock_method": "LOCK"}, nil, "", address, ""},

		{"no address", nil, nil, "", "", "state dir: the http backend has no address; set address in the block, or TF_HTTP_ADDRESS"},
		{"workspace", map[string]any{"address": address}, nil, "prod", "", "state dir: the workspace prod is selected, but the http backend has no workspaces; select the default one: terraform workspace select default"},
		{"address of another kind", map[string]any{"address": "ftp://ann:t0psecret@host/state"}, nil, "", "", "state dir: the http backend's address ftp://***@host/state is not the address of a web server; begin it with https://"},
		{"number that is none", map[string]any{"address": address, "retry_max": "many"}, nil, "", "", "state dir: the http backend's retry_max has not the right type; see https://developer.hashicorp.com/terraform/language/backend/http"},
		{"switch that is none", map[string]any{"address": address, "skip_cert_verification": "maybe"}, nil, "", "", "state dir: the http backend's skip_cert_verification has not the right type; see https://developer.hashicorp.com/terraform/language/backend/http"},
		{"certificate without key", map[string]any{"address": address, "client_certificate_pem": "x"}, nil, "", "", "state dir: a client certificate is set, but not its key; set client_private_key_pem or TF_HTTP_CLIENT_PRIVATE_KEY_PEM"},
		{"key without certificate", map[string]any{"address": address, "client_private_key_pem": "t0psecret"}, nil, "", "", "state dir: a client certificate's key is set, but not the certificate; set client_certificate_pem or TF_HTTP_CLIENT_CERTIFICATE_PEM"},
		{"certificate that is none", map[string]any{"address": address, "client_certificate_pem": "x", "client_private_key_pem": "t0psecret"}, nil, "", "", "state dir: the client certificate and its key cannot be used together; set client_certificate_pem and client_private_key_pem to PEM of the same pair"},
		{"authority that is none", map[string]any{"address": address, "client_ca_certificate_pem": "x"}, nil, "", "", "state dir: the certificate authority that is set is no certificate in PEM; set client_ca_certificate_pem or TF_HTTP_CLIENT_CA_CERTIFICATE_PEM to what begins with -----BEGIN CERTIFICATE-----"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := web.New(web.Options{Getenv: func(name string) string { return tt.env[name] }})[0]
			found, err := b.Configure(t.Context(), state.Block{Type: "http", Attrs: tt.attrs, Workspace: tt.workspace, Dir: "dir"})
			if tt.err != "" {
				var e *state.Error
				if !errors.As(err, &e) || err.Error() != tt.err {
					t.Errorf("got  %v\nwant %v", err, tt.err)
				}
				return
			}
			if err != nil || len(found) != 1 || found[0].String() != tt.want {
				t.Errorf("got  %v, %v\nwant %v", found, err, tt.want)
			}
		})
	}
}

// TestCredentials proves who is told which user and password.
func TestCredentials(t *testing.T) {
	s := newServer(t, true)
	var got string
	s.handle = func(w http.ResponseWriter, r *http.Request) {
		u, p, _ := r.BasicAuth()
		got = u + ":" + p + " " + r.Header.Get("PRIVATE-TOKEN")
		_, _ = io.WriteString(w, document)
	}
	ref := s.URL + "/special"
	for _, tt := range []struct {
		name    string
		options web.Options
		env     []string
		attrs   map[string]any // of a block; nil for a reference
		want    string
	}{
		{"reference", web.Options{}, nil, nil, user + ":" + password + " "},
		{"reference to the environment's host", web.Options{}, []string{"TF_HTTP_ADDRESS", s.URL + "/other"}, nil, user + ":" + password + " "},
		{"reference to another host", web.Options{}, []string{"TF_HTTP_ADDRESS", "https://gitlab.example/other"}, nil, ": "},
		{"options", web.Options{Username: "a", Password: "b"}, []string{"TF_HTTP_ADDRESS", "https://gitlab.example/other"}, nil, "a:b "},
		{"options of this host", web.Options{Username: "a", Password: "b", Host: strings.TrimPrefix(s.URL, "https://")}, nil, nil, "a:b "},
		{"options of this host, at any port", web.Options{Username: "a", Password: "b", Host: "127.0.0.1"}, nil, map[string]any{}, "a:b "},
		{"options of another host", web.Options{Username: "a", Password: "b", Host: "gitlab.example"}, []string{"TF_HTTP_USERNAME", ""}, nil, ": "},
		{"options of another port, for a block with its own", web.Options{Username: "a", Password: "b", Host: "127.0.0.1:1"}, nil, map[string]any{"username": "c", "password": "d"}, "c:d "},
		{"options before the block", web.Options{Username: "a", Password: "b"}, nil, map[string]any{"username": "c", "password": "d"}, "a:b "},
		{"block", web.Options{}, nil, map[string]any{"username": "c", "password": "d"}, "c:d "},
		{"block with the environment's", web.Options{}, []string{"TF_HTTP_ADDRESS", "https://gitlab.example/other"}, map[string]any{}, user + ":" + password + " "},
		{"block of OpenTofu with headers", web.Options{}, []string{"TF_HTTP_USERNAME", ""}, map[string]any{"headers": map[string]any{"private-token": "e"}}, ": e"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.Getenv = s.env(tt.env...)
			b := s.backend(tt.options)
			found, err := b.Parse(t.Context(), ref)
			if tt.attrs != nil {
				tt.attrs["address"] = ref
				found, err = b.Configure(t.Context(), state.Block{Type: "http", Attrs: tt.attrs})
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := state.Load(t.Context(), found[0], 0); err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("the server was told %q; want %q", got, tt.want)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	s := newServer(t, true)
	other := newServer(t, true)
	ref := s.URL + "/special"
	host, otherHost := strings.TrimPrefix(s.URL, "https://"), strings.TrimPrefix(other.URL, "https://")
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			if code != http.StatusNoContent {
				_, _ = io.WriteString(w, "t0psecret of the server")
			}
		}
	}
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	for _, tt := range []struct {
		name   string
		handle http.HandlerFunc
		env    []string
		want   string // after the source
		is     error
	}{
		{"204", status(204), nil, "there is no state at this address (HTTP 204 No Content); check the address", fs.ErrNotExist},
		{"404", status(404), nil, "there is no state at this address (HTTP 404 Not Found); check the address", fs.ErrNotExist},
		{"404 to a stranger", status(404), []string{"TF_HTTP_USERNAME", ""}, "there is no state at this address (HTTP 404 Not Found); check the address, and set TF_HTTP_USERNAME and TF_HTTP_PASSWORD if the server hides states from who has not signed in, as GitLab does", fs.ErrNotExist},
		{"401", status(401), nil, "the server does not take the user and the password (HTTP 401 Unauthorized); check TF_HTTP_USERNAME and TF_HTTP_PASSWORD, and that a token has not expired", fs.ErrPermission},
		{"401 to a stranger", status(401), []string{"TF_HTTP_USERNAME", ""}, "the server asks for a user and a password (HTTP 401 Unauthorized); set TF_HTTP_USERNAME and TF_HTTP_PASSWORD, and TF_HTTP_ADDRESS, if it is set, to this host", fs.ErrPermission},
		{"403", status(403), nil, "may not be read by this user (HTTP 403 Forbidden); give the user, or its token, read access to the state", fs.ErrPermission},
		{"423", status(423), nil, "the server does not hand the state out while it is locked (HTTP 423 Locked); try again when what holds the lock has ended", nil},
		{"429", status(429), nil, "the server asks for fewer requests (HTTP 429 Too Many Requests); try again later", nil},
		{"400", status(400), nil, "the server answers with something else than a state (HTTP 400 Bad Request); check the address", nil},
		{"500", status(500), nil, "the server failed (HTTP 500 Internal Server Error); try again later, and look into the server's log if it goes on", nil},
		{"code without a name", status(599), nil, "the server failed (HTTP 599); try again later, and look into the server's log if it goes on", nil},
		{"retry after longer than configured", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, nil, "the server asks for fewer requests (HTTP 503 Service Unavailable); try again in 1h0m0s", nil},
		{"redirect to another host", redirect(other.URL + "/special?token=t0psecret"), nil,
			"redirects from " + host + " to another host, " + otherHost + ", which was not followed; if the state is there, name its address there", nil},
		{"redirect from https to http", redirect("http://" + host + "/special"), nil,
			"redirects from https to http, which anybody on the way can read and change; ask who runs the server to redirect to https", nil},
		{"redirect to another kind", redirect("ftp://" + host + "/special"), nil, "redirects to something that is not a web server; check the address, or ask who runs the server", nil},
		{"redirect in a circle", redirect("/special"), nil, "redirects in a circle; check the address, or ask who runs the server", nil},
		{"redirect without a target", status(304), nil, "the server answers with a redirect that leads nowhere (HTTP 304 Not Modified); check the address, or ask who runs the server", nil},
		{"digest that is none", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-MD5", "t0psecret")
			_, _ = io.WriteString(w, document)
		}, nil, "sends a Content-MD5 that is no MD5 digest; ask who runs the server to send the digest in base64, or none", nil},
		{"encoding that is not gzip", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, document)
		}, nil, "says that it sends gzip, but does not; ask who runs the server to set Content-Encoding right", nil},
		{"encoding that nobody asked for", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, document)
		}, nil, `sends the encoding "br", which nobody asked for; ask who runs the server to send gzip or plain text`, nil},
		{"HTML", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<!doctype html>t0psecret") }, nil,
			"is not JSON: it looks like HTML or XML; name a state, as written by: terraform state pull > FILE", nil},
		{"nothing", status(200), nil, "is not a JSON object; name a state, as written by: terraform state pull > FILE", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.handle = tt.handle
			other.handle = func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") }
			found, err := s.backend(web.Options{Getenv: s.env(tt.env...)}).Parse(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			_, err = state.Load(t.Context(), found[0], 0)
			var e *state.Error
			if want := "state " + ref + ": " + tt.want; !errors.As(err, &e) || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
		})
	}
}

func TestGoodAnswers(t *testing.T) {
	s := newServer(t, true)
	packed := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		return b.Bytes()
	}
	digest := func(data []byte) string {
		sum := md5.Sum(data)
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	send := func(body []byte, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			_, _ = w.Write(body)
		}
	}
	hexDigest := md5.Sum([]byte(document))
	for _, tt := range []struct {
		name     string
		handle   func(attempt int) http.HandlerFunc
		requests int
	}{
		{"packed", func(int) http.HandlerFunc { return send(packed(document), "Content-Encoding", "gzip") }, 1},
		{"packed, with the digest of what is sent", func(int) http.HandlerFunc {
			return send(packed(document), "Content-Encoding", "gzip", "Content-MD5", digest(packed(document)))
		}, 1},
		{"packed, with the digest of what it holds", func(int) http.HandlerFunc {
			return send(packed(document), "Content-Encoding", "gzip", "Content-MD5", digest([]byte(document)))
		}, 1},
		{"digest in hex", func(int) http.HandlerFunc {
			return send([]byte(document), "Content-MD5", hex.EncodeToString(hexDigest[:]))
		}, 1},
		{"500, then success", func(attempt int) http.HandlerFunc {
			if attempt < 3 {
				return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
			}
			return send([]byte(document))
		}, 3},
		{"429, then success", func(attempt int) http.HandlerFunc {
			if attempt < 2 {
				return func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Retry-After", "0")
					w.WriteHeader(http.StatusTooManyRequests)
				}
			}
			return send([]byte(document))
		}, 2},
		{"connection lost, then success", func(attempt int) http.HandlerFunc {
			if attempt < 2 {
				return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
			}
			return send([]byte(document))
		}, 2},
		{"wrong digest, then the right one", func(attempt int) http.HandlerFunc {
			if attempt < 2 {
				return send([]byte(document), "Content-MD5", digest([]byte("other")))
			}
			return send([]byte(document), "Content-MD5", digest([]byte(document)))
		}, 2},
		{"cut off, then whole", func(attempt int) http.HandlerFunc {
			if attempt < 2 {
				return cutOff
			}
			return send([]byte(document))
		}, 2},
		{"redirect on the same host", func(attempt int) http.HandlerFunc {
			if attempt < 2 {
				return func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, "/special/2", http.StatusTemporaryRedirect)
				}
			}
			return func(w http.ResponseWriter, r *http.Request) {
				if _, p, _ := r.BasicAuth(); p != password {
					t.Errorf("the redirect's target was told the password %q", p)
				}
				_, _ = io.WriteString(w, document)
			}
		}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			attempt := 0
			s.handle = func(w http.ResponseWriter, r *http.Request) {
				attempt++
				tt.handle(attempt)(w, r)
			}
			found, err := s.backend(web.Options{Getenv: s.env()}).Parse(t.Context(), s.URL+"/special")
			if err != nil {
				t.Fatal(err)
			}
			f, err := state.Load(t.Context(), found[0], 0)
			if err != nil || f.Serial != 7 {
				t.Errorf("loaded %v, %v", f, err)
			}
			if attempt != tt.requests {
				t.Errorf("%d requests; want %d", attempt, tt.requests)
			}
		})
	}
}

// cutOff promises more than it sends.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", fmt.Sprint(2*len(document)))
	_, _ = io.WriteString(w, document)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func TestBrokenStreams(t *testing.T) {
	for _, encrypted := range []bool{true, false} { // HTTP/2 and HTTP/1.1
		s := newServer(t, encrypted)
		s.handle = cutOff
		b := s.backend(web.Options{Getenv: s.env()})
		if _, err := read(t, b, s.URL+"/special"); err == nil || !encrypted && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut off: %v", err)
		}
		s.handle = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")
			_, _ = io.WriteString(w, document)
		}
		if _, err := read(t, b, s.URL+"/special"); err == nil || err.Error() != "what arrived does not match the server's Content-MD5" {
			t.Errorf("other digest: %v", err)
		}
		if !encrypted {
			continue
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = io.WriteString(z, document)
		_ = z.Close()
		s.handle = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes()[:packed.Len()-6])
		}
		if _, err := read(t, b, s.URL+"/special"); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut off while packed: %v", err)
		}
	}
}

// TestRetryStops proves that what cannot get better is asked once.
func TestRetryStops(t *testing.T) {
	s := newServer(t, true)
	s.handle = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.invalid/", http.StatusFound)
	}
	before := s.asked()
	_, err := open(t, s.backend(web.Options{Getenv: s.env()}), s.URL+"/special")
	if n := s.asked() - before; err == nil || n != 1 {
		t.Errorf("%d requests, %v; want 1 and an error", n, err)
	}
}

func TestConnections(t *testing.T) {
	s := newServer(t, true)
	plain := newServer(t, false)
	s.handle = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, document) }
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := free.Addr().String()
	_ = free.Close()
	host := strings.TrimPrefix(s.URL, "https://")
	_, port, _ := net.SplitHostPort(host)
	expired := newTLS(t, certificate(t, time.Now().Add(-time.Hour), "127.0.0.1"))

	for _, tt := range []struct {
		name, ref string
		env       []string
		want      string
	}{
		{"self-signed certificate", s.URL + "/special", []string{"TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", ""},
			"the certificate of " + host + " is signed by an authority that is not known here; set client_ca_certificate_pem or TF_HTTP_CLIENT_CA_CERTIFICATE_PEM to the authority's certificate, or state_storage.http.ca_file to its file"},
		{"certificate of another name", "https://localhost:" + port + "/special", nil,
			"the certificate of localhost:" + port + " is for another name; name the server as its certificate does, or have it made for this name"},
		{"expired certificate", "https://" + expired.address + "/", []string{"TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", expired.ca},
			"the certificate of " + expired.address + " has expired or is not valid yet; have it renewed, and check this machine's clock"},
		{"http where https was named", strings.Replace(plain.URL, "http://", "https://", 1) + "/special", nil,
			strings.TrimPrefix(plain.URL, "http://") + " speaks http, not https; check the port, or write http:// if that is meant"},
		{"nobody there", "https://" + closed + "/special", nil,
			"nothing listens on " + closed + "; check the address and that the server runs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t, s.backend(web.Options{Getenv: s.env(tt.env...)}), tt.ref)
			var e *state.Error
			if want := "state " + tt.ref + ": " + tt.want; !errors.As(err, &e) || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
		})
	}

	t.Run("verification that the block leaves out", func(t *testing.T) {
		b := s.backend(web.Options{Getenv: s.env("TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", "")})
		found, err := b.Configure(t.Context(), state.Block{Type: "http", Attrs: map[string]any{"address": s.URL + "/special", "skip_cert_verification": true}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := state.Load(t.Context(), found[0], 0); err != nil {
			t.Error(err)
		}
	})
}

// TestClientCertificate reads from a server that asks for a certificate.
func TestClientCertificate(t *testing.T) {
	pair := certificate(t, time.Now().Add(time.Hour), "127.0.0.1")
	server := newTLS(t, pair)
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	none := func(string) string { return "" }
	ref := "https://" + server.address + "/"
	b := web.New(web.Options{Getenv: none, CAFile: write("ca", server.ca), CertFile: write("cert", pair.cert), KeyFile: write("key", pair.key)})[0]
	if got, err := read(t, b, ref); err != nil || got != document {
		t.Errorf("with a certificate: %q, %v", got, err)
	}
	b = web.New(web.Options{Getenv: func(name string) string {
		return map[string]string{"TF_HTTP_RETRY_MAX": "0", "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM": server.ca}[name]
	}})[0]
	_, err := open(t, b, ref)
	want := "state " + ref + ": " + server.address + " refuses the connection: tls: certificate required; set client_certificate_pem and client_private_key_pem if it asks for a certificate"
	if err == nil || err.Error() != want {
		t.Errorf("without: %v\nwant     %v", err, want)
	}
	b = web.New(web.Options{Getenv: none, CAFile: filepath.Join(dir, "none")})[0]
	_, err = open(t, b, ref)
	if want := "state " + ref + ": " + filepath.Join(dir, "none") + " cannot be read; check the path and give this user read access"; err == nil || err.Error() != want {
		t.Errorf("missing file: %v\nwant          %v", err, want)
	}
}

// TestUpgrade follows a server that sends from http to https.
func TestUpgrade(t *testing.T) {
	plain, s := newServer(t, false), newServer(t, true)
	plain.handle = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.URL+"/special", http.StatusMovedPermanently)
	}
	s.handle = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, document) }
	got, err := read(t, plain.backend(web.Options{Getenv: s.env()}), plain.URL+"/special")
	if err != nil || got != document {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestSilentServer(t *testing.T) {
	s := newServer(t, true)
	s.handle = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	found, err := s.backend(web.Options{Getenv: s.env()}).Parse(ctx, s.URL+"/special")
	if err != nil {
		t.Fatal(err)
	}
	_, err = found[0].Open(ctx)
	want := "state " + s.URL + "/special: was not opened: context deadline exceeded"
	if !errors.Is(err, context.DeadlineExceeded) || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

type pair struct{ cert, key string }

// certificate makes a self-signed one for an address.
func certificate(t *testing.T, end time.Time, ip string) pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: end.Add(-time.Hour), NotAfter: end,
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.ParseIP(ip)},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pair{
		cert: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		key:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	}
}

type tlsServer struct{ address, ca string }

// newTLS is a server with one state that asks for the certificate which it shows.
func newTLS(t *testing.T, p pair) tlsServer {
	t.Helper()
	own, err := tls.X509KeyPair([]byte(p.cert), []byte(p.key))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(p.cert))
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, document) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{own}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	return tlsServer{strings.TrimPrefix(s.URL, "https://"), p.cert}
}
