package consul

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/consul/api"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/readonly"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

const document = `{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"2f3c","outputs":{},"resources":[]}`

// chunk is the size of a part of a large state, as Terraform cuts it.
const chunk = 524288

func quick() Options { return Options{Wait: time.Millisecond} }

func TestConformance(t *testing.T) {
	for _, packed := range []bool{false, true} {
		t.Run(fmt.Sprintf("packed=%v", packed), func(t *testing.T) {
			s := newServer(t, false)
			key := func(name string) string { return "tf/team a/" + name }
			ref := func(name string) string { return "consul://" + s.host() + "/tf/team%20a/" + name }
			statetest.Run(t, statetest.Store{
				Backend: New(quick()),
				Ref:     ref,
				Put: func(_ *testing.T, name string, content []byte) string {
					s.store(key(name), content, packed, chunk)
					return ref(name)
				},
				Dump: s.dump,
				Deny: func(t *testing.T, name string) bool {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.denied[key(name)] = true
					t.Cleanup(func() { delete(s.denied, key(name)) })
					return true
				},
				Block: func(name string) state.Block {
					return state.Block{Type: "consul", Workspace: "default", Dir: "/code", Attrs: map[string]any{
						"address": s.host(), "path": key(name), "gzip": packed, "lock": true,
					}}
				},
				Lock: func(_ *testing.T, name string) state.Lock {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.put(key(name)+"/.lock", nil)
					s.values[key(name)+"/.lock"].Session = "5f1c"
					s.put(key(name)+"/.lockinfo", []byte(`{"ID":"5f1c","Operation":"OperationTypeApply","Info":"consul session: 5f1c","Who":"ann@ci","Version":"1.11.4","Created":"2026-11-02T12:00:00.123Z","Path":"x"}`))
					return state.Lock{ID: "5f1c", Operation: "OperationTypeApply", Who: "ann@ci", Since: time.Date(2026, 11, 2, 12, 0, 0, 123e6, time.UTC)}
				},
				Pattern: func(prefix string) string { return ref(prefix + "*") },
			})
		})
	}
}

func TestReference(t *testing.T) {
	for _, tt := range []struct {
		name, ref string
		env       []string
		want      string // the source's name, or the error
	}{
		{"whole", "consul://host:8500/tf/state", nil, "consul://host:8500/tf/state"},
		{"workspace", "consul://host:8500/tf/state-env:prod", nil, "consul://host:8500/tf/state-env:prod"},
		{"upper case", "CONSUL://Host:8500/tf/State", nil, "consul://host:8500/tf/State"},
		{"slashes", "consul://host:8500//tf/state", nil, "consul://host:8500/tf/state"},
		{"parameters", "consul://host:8500/tf?scheme=https&dc=dc1&partition=p&ns=n", nil, "consul://host:8500/tf?dc=dc1&ns=n&partition=p&scheme=https"},
		{"what goes without saying", "consul://host:8500/tf?scheme=http", nil, "consul://host:8500/tf"},
		{"address of the environment", "consul:///tf", []string{"CONSUL_HTTP_ADDR", "https://host:8501/behind/"}, "consul://host:8501/tf?prefix=/behind&scheme=https"},
		{"default address", "consul:///tf", nil, "consul://localhost:8500/tf"},
		{"TLS of the environment", "consul://host/tf", []string{"CONSUL_HTTP_SSL", "true"}, "consul://host/tf?scheme=https"},
		{"namespace of the environment", "consul://host/tf", []string{"CONSUL_NAMESPACE", "n"}, "consul://host/tf?ns=n"},
		{"socket", "consul:///tf?socket=/run/consul.sock", nil, "consul:///tf?socket=/run/consul.sock"},
		{"socket of the environment", "consul:///tf", []string{"CONSUL_HTTP_ADDR", "unix:///run/consul.sock"}, "consul:///tf?socket=/run/consul.sock"},
		{"the reference before the environment", "consul://host/tf", []string{"CONSUL_HTTP_ADDR", "unix:///run/consul.sock"}, "consul://host/tf"},
		{"key with special characters", "consul://host/a%20b%2A%3Fc%25", nil, "consul://host/a%20b%2A%3Fc%25"},
		{"IPv6", "consul://[::1]:8500/tf", nil, "consul://[::1]:8500/tf"},

		{"user and password", "consul://ann:t0psecret@host/tf", nil, "state consul://***@host/tf: holds a user, a password or a token; leave it out, and set CONSUL_HTTP_TOKEN or CONSUL_HTTP_AUTH"},
		{"password with a slash", "consul://ann:t0p/secret@host/tf", nil, "state consul://***@host/tf: has a host that is none; write it as consul://HOST:PORT/KEY"},
		{"password with a question mark", "consul://ann:t0p?secret@host/tf", nil, "state consul://***: has a host that is none; write it as consul://HOST:PORT/KEY"},
		{"token", "consul://host/tf?token=t0psecret", nil, "state consul://host/tf: holds a token; leave it out, and set CONSUL_HTTP_TOKEN"},
		{"unknown parameter", "consul://host/tf?datacenter=x", nil, "state consul://host/tf: has the unknown parameter datacenter; use dc, scheme, ns, partition, prefix or socket"},
		{"parameter without a value", "consul://host/tf?dc=", nil, "state consul://host/tf: has parameters that cannot be read; give each of dc, scheme, ns, partition, prefix and socket one value"},
		{"bad escape in a parameter", "consul://host/tf?dc=%zz", nil, "state consul://host/tf: has parameters that cannot be read; write special characters as % and their code"},
		{"bad escape", "consul://host/tf%zz", nil, "state consul://host/tf%zz: is not a valid reference; write a % in it as %25"},
		{"bad escape in a pattern", "consul://host/*%zz", nil, "state consul://host/*%zz: is not a valid reference; write a % in it as %25"},
		{"bad pattern", "consul://host/tf[", nil, "state consul://host/tf[: is not a valid pattern; close every [ and {, or name one state"},
		{"bad port", "consul://host:port/tf", nil, "state consul://host:port/tf: has a host that is none; write it as consul://HOST:PORT/KEY"},
		{"no key", "consul://host:8500", nil, "state consul://host:8500: names no key; write it as consul://HOST:PORT/KEY"},
		{"other scheme", "consul://host/tf?scheme=ftp", nil, "state consul://host/tf: the scheme to talk to Consul with is neither http nor https; set it to one of them"},
		{"switch that is none", "consul://host/tf", []string{"CONSUL_HTTP_SSL_VERIFY", "perhaps"}, "state consul://host/tf: CONSUL_HTTP_SSL or CONSUL_HTTP_SSL_VERIFY is neither true nor false; set it to one of them"},
		{"prefix without a slash", "consul://host/tf?prefix=x", nil, "state consul://host/tf: the prefix of Consul's paths does not begin with /; write it as prefix=/PATH"},
		{"password in the environment's address", "consul:///tf", []string{"CONSUL_HTTP_ADDR", "http://ann:t0psecret@host:8500"}, "state consul:///tf: Consul's address is none; write it as HOST:PORT in the reference, as address or as CONSUL_HTTP_ADDR, without user and password"},
		{"missing certificate", "consul://host/tf", []string{"CONSUL_CACERT", "/no/where"}, "state consul://host/tf: /no/where cannot be read; check ca_file, cert_file and key_file, or CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY and CONSUL_HTTP_TOKEN_FILE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			newServer(t, false) // for its environment
			for i := 0; i < len(tt.env); i += 2 {
				t.Setenv(tt.env[i], tt.env[i+1])
			}
			found, err := New(quick()).Parse(t.Context(), tt.ref)
			got := ""
			switch {
			case err != nil:
				got = err.Error()
			case len(found) == 1:
				got = found[0].String()
				again, err := New(quick()).Parse(t.Context(), got)
				if err != nil || again[0].String() != got {
					t.Errorf("the name %q is that of %v, %v", got, again, err)
				}
			}
			if got != tt.want {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
}

func TestConfigure(t *testing.T) {
	for _, tt := range []struct {
		name      string
		attrs     map[string]any
		env       []string
		workspace string
		want      string
	}{
		{"default workspace", map[string]any{"address": "host:8500", "path": "tf/state"}, nil, "default", "consul://host:8500/tf/state"},
		{"other workspace", map[string]any{"address": "host:8500", "path": "tf/state"}, nil, "prod", "consul://host:8500/tf/state-env:prod"},
		{"URL", map[string]any{"address": "https://host:8501", "path": "tf"}, nil, "", "consul://host:8501/tf?scheme=https"},
		{"scheme and datacenter", map[string]any{"address": "host:8501", "scheme": "https", "datacenter": "dc2", "path": "tf"}, nil, "", "consul://host:8501/tf?dc=dc2&scheme=https"},
		{"address of the environment", map[string]any{"path": "tf"}, []string{"CONSUL_HTTP_ADDR", "host:8500"}, "", "consul://host:8500/tf"},
		{"the block before the environment", map[string]any{"address": "host:8500", "path": "tf"}, []string{"CONSUL_HTTP_ADDR", "unix:///x"}, "", "consul://host:8500/tf"},

		{"no path", map[string]any{"address": "host:8500"}, nil, "", "state dir: the consul backend has no path; set path in the block"},
		{"what is no text", map[string]any{"address": "host:8500", "path": float64(1)}, nil, "", "state dir: the consul backend's path is not text; see https://developer.hashicorp.com/terraform/language/backend/consul"},
		{"no address", map[string]any{"address": "http://ann:t0psecret@host", "path": "tf"}, nil, "", "state dir: Consul's address is none; write it as HOST:PORT in the reference, as address or as CONSUL_HTTP_ADDR, without user and password"},
		{"missing certificate in the module", map[string]any{"ca_file": "ca.pem", "path": "tf"}, nil, "", "state dir: " + filepath.Join("dir", "ca.pem") + " cannot be read; check ca_file, cert_file and key_file, or CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY and CONSUL_HTTP_TOKEN_FILE"},
		{"missing certificate", map[string]any{"ca_file": "/no/where", "path": "tf"}, nil, "", "state dir: /no/where cannot be read; check ca_file, cert_file and key_file, or CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY and CONSUL_HTTP_TOKEN_FILE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			newServer(t, false)
			for i := 0; i < len(tt.env); i += 2 {
				t.Setenv(tt.env[i], tt.env[i+1])
			}
			found, err := New(quick()).Configure(t.Context(), state.Block{Type: "consul", Attrs: tt.attrs, Workspace: tt.workspace, Dir: "dir"})
			got := ""
			switch {
			case err != nil:
				got = err.Error()
			case len(found) == 1:
				got = found[0].String()
			}
			if got != tt.want {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
}

// TestCredentials proves which token and password a request carries.
func TestCredentials(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		options Options
		env     []string
		attrs   map[string]any
		want    string
	}{
		{"environment", Options{}, []string{"CONSUL_HTTP_AUTH", "ann:pw"}, nil, token + " ann pw"},
		{"file of the environment", Options{}, []string{"CONSUL_HTTP_TOKEN", "", "CONSUL_HTTP_TOKEN_FILE", file}, nil, "from-file  "},
		{"block", Options{}, nil, map[string]any{"access_token": "own", "http_auth": "bob:p:w"}, "own bob p:w"},
		{"block before a file", Options{}, []string{"CONSUL_HTTP_TOKEN_FILE", file}, map[string]any{"access_token": "own"}, "own  "},
		{"options", Options{Token: "best"}, nil, map[string]any{"access_token": "own"}, "best  "},
		{"options of this host", Options{Token: "best", Host: "127.0.0.1"}, nil, map[string]any{"access_token": "own"}, "best  "},
		{"options of another host", Options{Token: "best", Host: "127.0.0.1:1"}, nil, map[string]any{"access_token": "own"}, "own  "},
		{"nobody", Options{}, []string{"CONSUL_HTTP_TOKEN", ""}, nil, "  "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, false)
			var got string
			s.before = func(_ http.ResponseWriter, r *http.Request) bool {
				user, password, _ := r.BasicAuth()
				got = r.Header.Get("X-Consul-Token") + " " + user + " " + password
				return false
			}
			for i := 0; i < len(tt.env); i += 2 {
				t.Setenv(tt.env[i], tt.env[i+1])
			}
			attrs := map[string]any{"address": s.host(), "path": "tf"}
			for name, v := range tt.attrs {
				attrs[name] = v
			}
			found, err := New(tt.options).Configure(t.Context(), state.Block{Type: "consul", Attrs: attrs})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = found[0].Open(t.Context())
			if got != tt.want {
				t.Errorf("the server was told %q; want %q", got, tt.want)
			}
		})
	}
}

func open(t *testing.T, o Options, ref string) (string, error) {
	t.Helper()
	found, err := New(o).Parse(t.Context(), ref)
	if err != nil {
		return "", err
	}
	r, err := found[0].Open(t.Context())
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return string(data), err
}

func answer(code int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
		return true
	}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(http.ResponseWriter, *http.Request) bool
		env    []string
		query  string
		want   string
		is     error
	}{
		{"missing key", nil, nil, "", "Consul has no key tf/none; check the key, the workspace and the datacenter", fs.ErrNotExist},
		{"no permission", answer(403, "Permission denied: t0psecret"), nil, "", `may not be read with this token (HTTP 403); give the token's policy key_prefix "tf/none" { policy = "read" }`, fs.ErrPermission},
		{"no permission, as old agents say", answer(500, "rpc error making call: Permission denied"), nil, "", `may not be read with this token (HTTP 500); give the token's policy key_prefix "tf/none" { policy = "read" }`, fs.ErrPermission},
		{"no token", nil, []string{"CONSUL_HTTP_TOKEN", ""}, "", "may not be read without a token (HTTP 403); set CONSUL_HTTP_TOKEN or access_token", fs.ErrPermission},
		{"unknown token", answer(403, "ACL not found"), nil, "", "Consul does not know the token (HTTP 403); set CONSUL_HTTP_TOKEN or access_token to one that is valid in this datacenter", fs.ErrPermission},
		{"proxy", answer(401, "t0psecret"), nil, "", "who stands before Consul asks for a user and a password, or does not take them (HTTP 401); set CONSUL_HTTP_AUTH or http_auth to USER:PASSWORD", fs.ErrPermission},
		{"datacenter", nil, nil, "?dc=mars", "Consul knows no datacenter mars (HTTP 500); check dc or datacenter: consul catalog datacenters", nil},
		{"no leader", answer(500, "No cluster leader"), nil, "", "Consul has no leader (HTTP 500); try again in a minute, and look into Consul's log if it goes on", nil},
		{"429", answer(429, ""), nil, "", "Consul asks for fewer requests (HTTP 429); try again later", nil},
		{"503", answer(503, "t0psecret"), nil, "", "Consul failed (HTTP 503); try again later, and look into Consul's log if it goes on", nil},
		{"400", answer(400, "t0psecret"), nil, "", "HOST does not answer as Consul does (HTTP 400); check the address and its port", nil},
		{"another kind of server", answer(200, "<html>t0psecret"), nil, "", "the answer of HOST broke off or is none of Consul's; check the address and its port, and try again", nil},
		{"another kind of server that has nothing", answer(404, "t0psecret"), nil, "", "HOST does not answer as Consul does; check the address and its port", nil},
		{"redirect", func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://elsewhere.example/ui?token=t0psecret", http.StatusFound)
			return true
		}, nil, "", "redirects to elsewhere.example, which was not followed; if Consul is there, name that address", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, false)
			s.before = tt.before
			for i := 0; i < len(tt.env); i += 2 {
				t.Setenv(tt.env[i], tt.env[i+1])
			}
			ref := "consul://" + s.host() + "/tf/none" + tt.query
			_, err := open(t, quick(), ref)
			var e *state.Error
			want := "state " + ref + ": " + strings.ReplaceAll(tt.want, "HOST", s.host())
			if !errors.As(err, &e) || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
		})
	}
}

// TestFaultsThatPass reads in spite of what a second request heals.
func TestFaultsThatPass(t *testing.T) {
	for name, fault := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"500":             answer(500, "No cluster leader"),
		"429":             answer(429, ""),
		"connection lost": func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
		"cut off": func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("X-Consul-Index", "10")
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `[{"Key":"tf`)
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, false)
			s.store("tf", []byte(document), false, chunk)
			n := 0
			s.before = func(w http.ResponseWriter, r *http.Request) bool {
				n++
				return n < 2 && fault(w, r)
			}
			got, err := open(t, quick(), "consul://"+s.host()+"/tf")
			if err != nil || got != document {
				t.Errorf("read %q, %v", got, err)
			}
		})
	}
}

func TestConnections(t *testing.T) {
	s := newServer(t, true)
	plain := newServer(t, false)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(s.host())
	socket := filepath.Join(t.TempDir(), "s")
	for _, tt := range []struct{ name, ref, want string }{
		{"nobody there", "consul://" + closed + "/tf", "nothing listens on " + closed + "; check the address and its port, which is 8500 unless Consul is told otherwise"},
		{"no socket", "consul:///tf?socket=" + socket, "nothing listens on " + socket + "; check the address and its port, which is 8500 unless Consul is told otherwise"},
		{"self-signed certificate", "consul://" + s.host() + "/tf?scheme=https", "the certificate of " + s.host() + " is signed by an authority that is not known here; name the authority's certificate: ca_file or CONSUL_CACERT"},
		{"http where https was named", "consul://" + plain.host() + "/tf?scheme=https", plain.host() + " speaks http, not https; check the port, or leave out scheme=https"},
		{"https where http was named", "consul://" + s.host() + "/tf", s.host() + " speaks https, not http; say scheme=https in the reference or the block, or set CONSUL_HTTP_SSL=true"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t, quick(), tt.ref)
			var e *state.Error
			if want := "state " + tt.ref + ": " + tt.want; !errors.As(err, &e) || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
		})
	}
	t.Setenv("CONSUL_CACERT", ca)
	t.Run("known authority", func(t *testing.T) {
		s.store("tf", []byte(document), false, chunk)
		if got, err := open(t, quick(), "consul://"+s.host()+"/tf?scheme=https"); err != nil || got != document {
			t.Errorf("read %q, %v", got, err)
		}
	})
	t.Run("certificate of another name", func(t *testing.T) {
		_, err := open(t, quick(), "consul://localhost:"+port+"/tf?scheme=https")
		if want := "the certificate of localhost:" + port + " is for another name; name Consul as its certificate does, or set CONSUL_TLS_SERVER_NAME"; err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	})
}

// TestSocket reads from an agent on a socket, and proves that it is only read
// there, too.
func TestSocket(t *testing.T) {
	s := newServer(t, false)
	s.store("tf", []byte(document), false, chunk)
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	on := httptest.NewUnstartedServer(s)
	on.Listener = l
	on.Start()
	defer on.Close()
	t.Setenv("CONSUL_HTTP_ADDR", "unix://"+l.Addr().String())
	found, err := New(quick()).Parse(t.Context(), "consul:///tf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := state.Load(t.Context(), found[0], 0); err != nil {
		t.Error(err)
	}
	refusesWrites(t, found[0])
}

func TestReadOnly(t *testing.T) {
	s := newServer(t, false)
	found, err := New(quick()).Parse(t.Context(), "consul://"+s.host()+"/tf")
	if err != nil {
		t.Fatal(err)
	}
	refusesWrites(t, found[0])
	if len(s.requests) != 0 {
		t.Errorf("the server got %q", s.requests)
	}
}

func refusesWrites(t *testing.T, src state.Source) {
	t.Helper()
	kv := src.(*source).kv
	pair := &api.KVPair{Key: "tf", Value: []byte("{}"), Session: "x"}
	_, put := kv.Put(pair, nil)
	_, _, cas := kv.CAS(pair, nil)
	_, _, acquire := kv.Acquire(pair, nil)
	_, _, release := kv.Release(pair, nil)
	_, remove := kv.Delete("tf", nil)
	_, tree := kv.DeleteTree("tf", nil)
	_, _, _, txn := kv.Txn(api.KVTxnOps{{Verb: api.KVSet, Key: "tf"}}, nil)
	for name, err := range map[string]error{"put": put, "cas": cas, "acquire": acquire, "release": release, "delete": remove, "delete tree": tree, "transaction": txn} {
		if !errors.Is(err, readonly.ErrRefused) {
			t.Errorf("%s: %v; want a refusal", name, err)
		}
	}
}

// TestChanges reads a large state that Terraform writes meanwhile.
func TestChanges(t *testing.T) {
	next := strings.Replace(document, `"serial":7`, `"serial":8`, 1)
	for _, tt := range []struct {
		name   string
		change func(s *server)
	}{
		{"parts are gone", func(s *server) {
			for key := range s.values {
				if strings.Contains(key, "/tfstate.") {
					delete(s.values, key)
				}
			}
		}},
		{"parts are others", func(s *server) {
			for key, p := range s.values {
				if strings.HasSuffix(key, "/4") { // the last one
					p.Value = append(p.Value, '\n')
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, false)
			s.store("tf", []byte(document), false, 20)
			changed := false
			s.before = func(http.ResponseWriter, *http.Request) bool {
				if !changed && s.reads == 2 { // the index and one part
					changed = true
					tt.change(s)
				}
				return false
			}
			ref := "consul://" + s.host() + "/tf"
			if _, err := open(t, quick(), ref); err == nil || err.Error() != "it changed while it was read" {
				t.Errorf("while it changes: %v", err)
			}
			// it stays like that: the line of a state that cannot be read
			found, _ := New(quick()).Parse(t.Context(), ref)
			_, err := state.Load(t.Context(), found[0], 0)
			if want := "state " + ref + ": could not be read: it changed while it was read; try again"; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
			// Load reads anew what changed while it was read.
			s.mu.Lock()
			s.reads, changed = 0, false
			s.mu.Unlock()
			s.store("tf", []byte(document), false, 20)
			s.before = func(http.ResponseWriter, *http.Request) bool {
				if !changed && s.reads == 2 {
					changed = true
					tt.change(s)
					s.put("tf", []byte(next))
				}
				return false
			}
			f, err := state.Load(t.Context(), found[0], 0)
			if err != nil || f.Serial != 8 {
				t.Errorf("read anew: %+v, %v", f, err)
			}
		})
	}

	t.Run("a part may not be read", func(t *testing.T) {
		s := newServer(t, false)
		s.store("tf", []byte(document), false, 20)
		for key := range s.values {
			if strings.HasSuffix(key, "/3") {
				s.denied[key] = true
			}
		}
		if _, err := open(t, quick(), "consul://"+s.host()+"/tf"); !errors.Is(err, fs.ErrPermission) || err.Error() != "may not be read with this token (HTTP 403)" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("packed, and cut off", func(t *testing.T) {
		s := newServer(t, false)
		s.store("tf", []byte(document), true, chunk)
		s.values["tf"].Value = s.values["tf"].Value[:40]
		if _, err := open(t, quick(), "consul://"+s.host()+"/tf"); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
	})
}

func TestPatterns(t *testing.T) {
	s := newServer(t, false)
	for _, key := range []string{"tf/a", "tf/a-env:dev", "tf/a-env:prod", "tf/b/c", "tf/odd*", "tf/slash/", "other"} {
		s.store(key, []byte(document), false, chunk)
	}
	s.store("tf/large", []byte(document), false, 20)
	s.put("tf/folder/", nil)
	s.put("tf/a/.lock", nil)
	s.put("tf/a/.lockinfo", []byte("{}"))
	host := "consul://" + s.host() + "/"
	for pattern, want := range map[string]string{
		"tf/a*":          "tf/a tf/a-env:dev tf/a-env:prod",
		"tf/a-env:*":     "tf/a-env:dev tf/a-env:prod",
		"tf/**":          "tf/a tf/a-env:dev tf/a-env:prod tf/b/c tf/large tf/odd%2A tf/slash/",
		"**":             "other tf/a tf/a-env:dev tf/a-env:prod tf/b/c tf/large tf/odd%2A tf/slash/",
		"tf/{a,large}":   "tf/a tf/large",
		"tf/od[d]%2A":    "tf/odd%2A",
		"tf/*?dc=dc1":    "tf/a?dc=dc1 tf/a-env:dev?dc=dc1 tf/a-env:prod?dc=dc1 tf/large?dc=dc1 tf/odd%2A?dc=dc1",
		"t[f]/b/[a-c]":   "tf/b/c",
		"%74f/%62/[a-c]": "tf/b/c",
	} {
		found, err := New(quick()).Parse(t.Context(), host+pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
		var names []string
		for _, src := range found {
			names = append(names, strings.TrimPrefix(src.String(), host))
			if _, err := state.Load(t.Context(), src, 0); err != nil {
				t.Error(err)
			}
			if again, err := New(quick()).Parse(t.Context(), src.String()); err != nil || len(again) != 1 || again[0].String() != src.String() {
				t.Errorf("the name %s is that of %v, %v", src, again, err)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s\nwant %s", pattern, got, want)
		}
	}

	for _, tt := range []struct {
		name, pattern string
		prepare       func(t *testing.T)
		want          string
		is            error
	}{
		{"nothing", "none/*", func(*testing.T) {}, "nothing matches the pattern; check it, and quote it so that the shell leaves it alone", fs.ErrNotExist},
		{"a part may not be seen", "tf/*", func(t *testing.T) {
			s.denied["tf/b/c"] = true
			t.Cleanup(func() { delete(s.denied, "tf/b/c") })
		}, `this token may not read all keys that begin with tf/; give it key_prefix "tf/" { policy = "read" }, or name the states that it may read`, fs.ErrPermission},
		{"nobody asks", "tf/*", func(t *testing.T) { t.Setenv("CONSUL_HTTP_TOKEN", "") }, "without a token Consul does not say whether it has shown all keys; set CONSUL_HTTP_TOKEN, or name each state", fs.ErrPermission},
		{"the server is another", "tf/*", func(t *testing.T) {
			s.before = answer(404, "t0psecret")
			t.Cleanup(func() { s.before = nil })
		}, s.host() + " does not answer as Consul does; check the address and its port", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.prepare(t)
			_, err := New(quick()).Parse(t.Context(), host+tt.pattern)
			var e *state.Error
			if want := "state " + host + tt.pattern + ": " + tt.want; !errors.As(err, &e) || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
		})
	}
}

func TestLocks(t *testing.T) {
	s := newServer(t, false)
	s.store("tf/", []byte(document), false, chunk) // Terraform takes the slash off for the lock
	found, err := New(quick()).Parse(t.Context(), "consul://"+s.host()+"/tf/")
	if err != nil {
		t.Fatal(err)
	}
	lock := func(want string) {
		t.Helper()
		got, err := found[0].(state.Locked).Lock(t.Context())
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("lock %v, %v; want %s", got, err, want)
		}
	}
	none := fmt.Sprint((*state.Lock)(nil))
	s.put("tf/.lockinfo", []byte(`{"ID":"old","Who":"ann@ci"}`))
	lock(none) // left by one that was killed
	s.put("tf/.lock", nil)
	lock(none) // was held, and is free
	s.values["tf/.lock"].Session = "new"
	lock("locked") // by somebody who has not said who
	s.put("tf/.lockinfo", []byte(`{"ID":"new","Who":"bob@ci","Operation":"OperationTypePlan"}`))
	lock("locked by bob@ci for plan")
	s.denied["tf/.lock"] = true
	if _, err := found[0].(state.Locked).Lock(t.Context()); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("lock that may not be read: %v", err)
	}
}

func TestEndedContext(t *testing.T) {
	s := newServer(t, false)
	s.before = func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
	b := New(quick())
	found, err := b.Parse(t.Context(), "consul://"+s.host()+"/tf")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := found[0].Open(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), ": was not opened: context deadline exceeded") {
		t.Errorf("open: %v", err)
	}
	if _, err := b.Parse(ctx, "consul://ann:t0psecret@h/*"); !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "t0psecret") {
		t.Errorf("parse: %v", err)
	}
	if _, err := b.Configure(ctx, state.Block{Type: "consul", Dir: "dir"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("configure: %v", err)
	}
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"host:8500/tf/state?dc=x&scheme=https", "[::1]/a%2Ab/{c,d}*", "a:b@c/d", "/x?socket=/y&prefix=/z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		r, err := parseReference("consul://" + ref)
		if err != nil {
			if e := (*state.Error)(nil); !errors.As(err, &e) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		if r.pattern {
			return
		}
		first := r.connection.name(escape(r.key))
		again, err := parseReference(first)
		if err != nil || again.key != r.key || again.connection.name(escape(again.key)) != first {
			t.Errorf("%q is named %q, and that %+v, %v", ref, first, again, err)
		}
	})
}
