package kubernetes_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/kubernetes"
)

func TestMain(m *testing.M) {
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if up := strings.ToUpper(name); strings.HasPrefix(up, "KUBE") || strings.HasSuffix(up, "_PROXY") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// server speaks what of the Kubernetes API concerns secrets, leases and
// namespaces
// (https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/).
type server struct {
	*httptest.Server

	mu      sync.Mutex
	objects map[string]map[string]any // path → object
	status  map[string]int            // path → answer in its place
	serving map[string]http.HandlerFunc
	calls   []string
	page    int
}

const token = "TOKEN"

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{objects: map[string]map[string]any{}, status: map[string]int{}, serving: map[string]http.HandlerFunc{}, page: 500}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	s.objects["/api/v1/namespaces/tf"] = map[string]any{"kind": "Namespace"}
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	code, serve := s.status[r.URL.Path], s.serving[r.URL.Path]
	s.mu.Unlock()
	if serve != nil {
		serve(w, r)
		return
	}
	s.serve(w, r, code)
}

func (s *server) serve(w http.ResponseWriter, r *http.Request, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	object, exists := s.objects[r.URL.Path]
	switch {
	case code != 0:
		fail(w, code)
	case r.Header.Get("Authorization") != "Bearer "+token:
		fail(w, http.StatusUnauthorized)
	case strings.HasSuffix(r.URL.Path, "/secrets"), strings.HasSuffix(r.URL.Path, "/leases"):
		s.list(w, r)
	case !exists:
		fail(w, http.StatusNotFound)
	default:
		json.NewEncoder(w).Encode(object)
	}
}

func fail(w http.ResponseWriter, code int) {
	w.WriteHeader(code)
	fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"SECRET message","code":%d}`, code)
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("labelSelector") != "tfstate=true" {
		fail(w, http.StatusBadRequest)
		return
	}
	var items []any
	for _, path := range slices.Sorted(maps.Keys(s.objects)) {
		metadata, _ := s.objects[path]["metadata"].(map[string]any)
		labels, _ := metadata["labels"].(map[string]string)
		if !strings.HasPrefix(path, r.URL.Path+"/") || labels["tfstate"] != "true" {
			continue
		}
		if strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadataList") {
			items = append(items, map[string]any{"metadata": metadata})
		} else {
			items = append(items, s.objects[path])
		}
	}
	from, _ := strconv.Atoi(q.Get("continue"))
	to := min(from+s.page, len(items))
	next := ""
	if to < len(items) {
		next = strconv.Itoa(to)
	}
	json.NewEncoder(w).Encode(map[string]any{"metadata": map[string]any{"continue": next}, "items": items[from:to]})
}

func (s *server) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

func (s *server) dump(*testing.T) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for path, object := range s.objects {
		out[path] = fmt.Sprint(object)
	}
	for _, call := range s.calls {
		if !strings.HasPrefix(call, "GET ") {
			out[call] = "not a read"
		}
	}
	return out
}

const secrets = "/api/v1/namespaces/tf/secrets/"

// put stores a state as Terraform does: compressed, in pieces of 1 MiB.
func (s *server) put(workspace, suffix string, content []byte) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(content)
	z.Close()
	s.putRaw(workspace, suffix, b.Bytes(), 1<<20)
}

func (s *server) putRaw(workspace, suffix string, data []byte, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := 0; n == 0 || len(data) > 0; n++ {
		piece := data[:min(size, len(data))]
		data = data[len(piece):]
		name := "tfstate-" + workspace + "-" + suffix
		if n > 0 {
			name += "-part-" + strconv.Itoa(n)
		}
		s.objects[secrets+name] = map[string]any{"kind": "Secret", "metadata": metadata(name, workspace, suffix), "data": map[string][]byte{"tfstate": piece}}
	}
}

func metadata(name, workspace, suffix string) map[string]any {
	return map[string]any{
		"name":        name,
		"labels":      map[string]string{"tfstate": "true", "tfstateSecretSuffix": suffix, "tfstateWorkspace": workspace, "app.kubernetes.io/managed-by": "terraform"},
		"annotations": map[string]string{"encoding": "gzip"},
	}
}

// lock makes somebody hold the lease; nobody where info is empty, as after
// unlocking.
func (s *server) lock(workspace, suffix, info string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "lock-tfstate-" + workspace + "-" + suffix
	m := metadata(name, workspace, suffix)
	spec := map[string]any{}
	if info != "" {
		m["annotations"] = map[string]string{"app.terraform.io/lock-info": info}
		spec["holderIdentity"] = "5f1c"
	}
	s.objects["/apis/coordination.k8s.io/v1/namespaces/tf/leases/"+name] = map[string]any{"metadata": m, "spec": spec}
}

// ca is the certificate that the server is known by.
func (s *server) ca() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

// kubeconfig writes one whose current context is good.
func (s *server) kubeconfig(t *testing.T, token string) string {
	t.Helper()
	cluster := map[string]any{"server": s.URL, "certificate-authority-data": []byte(s.ca())}
	return writeConfig(t, map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "local",
		"clusters": []any{map[string]any{"name": "c", "cluster": cluster}},
		"users":    []any{map[string]any{"name": "u", "user": map[string]any{"token": token}}},
		"contexts": []any{map[string]any{"name": "local", "context": map[string]any{"cluster": "c", "user": "u", "namespace": "elsewhere"}}},
	})
}

func writeConfig(t *testing.T, config map[string]any) string {
	t.Helper()
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (s *server) backend(t *testing.T) state.Backend {
	return kubernetes.New(kubernetes.Options{ConfigPaths: []string{s.kubeconfig(t, token)}, Getenv: env()})
}

// env is an environment of its own.
func env(kv ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return func(name string) string { return m[name] }
}
