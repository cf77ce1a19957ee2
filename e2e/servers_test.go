//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain makes the process trust a certificate of its own, as a user does for a
// private cloud: what asks Azure for a token takes no plain http, not even from
// this machine. It has to be there before the first TLS connection.
func TestMain(m *testing.M) {
	os.Exit(trusting(m.Run))
}

func trusting(run func() int) int {
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "certificate.pem")
	if err := os.WriteFile(file, selfSigned(), 0o600); err != nil {
		panic(err)
	}
	if err := os.Setenv("SSL_CERT_FILE", file); err != nil {
		panic(err)
	}
	return run()
}

// selfSigned returns a certificate for this machine with its key, as PEM.
func selfSigned() []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "e2e"}, NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
}

// trusted starts a TLS server whose certificate is the process's.
func trusted(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	file := os.Getenv("SSL_CERT_FILE")
	certificate, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// freePort returns a port of this machine that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}

// serve runs a server for the duration of the test, and waits until it answers.
func serve(t *testing.T, ready, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(ready)
		if err == nil {
			_ = resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer: %s", program, log.String())
		}
	}
}

// estate is the gold data of a cloud with its server: see testdata/gold/README.md.
type estate struct {
	dir      string
	endpoint string
	log      string // the file with the server's requests

	start     []byte // the world that the state was made in
	mutations map[string]change
	held      []instance // what the state manages
}

// change is what somebody does to the cloud behind Terraform's back.
type change struct {
	Doc string
	Ops json.RawMessage
}

// instance is one resource of a state.
type instance struct{ typ, address, id string }

// atOnce runs a server's script that answers at once. Python's writes the head and
// the body of an answer apart, and the kernel keeps back the second for 40 ms.
const atOnce = `
import os, runpy, socketserver, sys
socketserver.StreamRequestHandler.disable_nagle_algorithm = True
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
`

// startEstate starts the server of testdata/gold/<cloud>.
func startEstate(t *testing.T, cloud, script string, args ...string) *estate {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("python3 is not on the PATH: install Python 3.9 or later")
	}
	dir := filepath.Join("../testdata/gold", cloud)
	port := freePort(t)
	e := &estate{
		dir:       dir,
		endpoint:  "http://127.0.0.1:" + port,
		log:       filepath.Join(t.TempDir(), "calls.log"),
		start:     read(t, filepath.Join(dir, "world.json")),
		mutations: map[string]change{},
	}
	if err := json.Unmarshal(read(t, filepath.Join(dir, "mutations.json")), &e.mutations); err != nil {
		t.Fatal(err)
	}
	e.held = instances(t, e.state())
	serve(t, e.endpoint+"/_world", python, append([]string{
		"-c", atOnce, filepath.Join(dir, script), "--port", port, "--load", filepath.Join(dir, "world.json"), "--log", e.log,
	}, args...)...)
	return e
}

func (e *estate) state() string { return filepath.Join(e.dir, "gold.tfstate") }

// instances lists what a state manages.
func instances(t *testing.T, state string) []instance {
	t.Helper()
	var doc struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []struct {
				IndexKey   any `json:"index_key"`
				Attributes struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal(read(t, state), &doc); err != nil {
		t.Fatal(err)
	}
	var out []instance
	for _, r := range doc.Resources {
		for _, i := range r.Instances {
			address := r.Type + "." + r.Name
			if i.IndexKey != nil {
				address += "[" + string(must[[]byte](t)(json.Marshal(i.IndexKey))) + "]"
			}
			if r.Mode == "managed" {
				out = append(out, instance{r.Type, address, i.Attributes.ID})
			}
		}
	}
	return out
}

// renew makes the world as it was when the state was written.
func (e *estate) renew(t *testing.T) {
	t.Helper()
	e.admin(t, http.MethodPut, "/_world", e.start)
}

// mutate makes one of the changes of mutations.json.
func (e *estate) mutate(t *testing.T, name string) {
	t.Helper()
	m, ok := e.mutations[name]
	if !ok {
		t.Fatalf("%s has no mutation %s", e.dir, name)
	}
	e.admin(t, http.MethodPost, "/_mutate", m.Ops)
}

// world is what the server has now.
func (e *estate) world(t *testing.T) []byte {
	t.Helper()
	return e.admin(t, http.MethodGet, "/_world", nil)
}

func (e *estate) admin(t *testing.T, method, path string, body []byte) []byte {
	t.Helper()
	req, err := http.NewRequest(method, e.endpoint+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return answer
}

// calls are the requests that the server logged since it started, without those of
// the test itself and those for a token.
func (e *estate) calls(t *testing.T) []string {
	t.Helper()
	e.world(t) // a request is answered when those before it are logged
	log, err := os.ReadFile(e.log)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // it begins with the first call
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(log)) {
		call := strings.TrimSpace(line)
		_, target, _ := strings.Cut(call, " ")
		target, _, _ = strings.Cut(target, " ")
		if strings.HasPrefix(target, "/_") || strings.HasSuffix(target, "/token") || strings.HasSuffix(target, "/openid-configuration") {
			continue
		}
		out = append(out, call)
	}
	return out
}

// during returns the requests that the server logged while f ran.
func (e *estate) during(t *testing.T, f func()) []string {
	t.Helper()
	before := len(e.calls(t))
	f()
	return e.calls(t)[before:]
}

// proxy returns a server before another one; it may answer a request itself.
func proxy(t *testing.T, endpoint string, answer func(http.ResponseWriter, *http.Request) bool) *httptest.Server {
	t.Helper()
	pass := httputil.NewSingleHostReverseProxy(must[*url.URL](t)(url.Parse(endpoint)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// isolate takes what the machine's own configuration says of a cloud out of the
// environment.
func isolate(t *testing.T, prefixes ...string) {
	t.Helper()
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		for _, p := range prefixes {
			if strings.HasPrefix(name, p) {
				t.Setenv(name, "")
			}
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	return must[[]byte](t)(os.ReadFile(path))
}
