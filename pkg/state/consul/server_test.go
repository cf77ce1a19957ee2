package consul

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// server speaks the protocol of Consul's key/value store
// (https://developer.hashicorp.com/consul/api-docs/kv) as far as reading goes:
// single keys, listings, indexes, datacenters and the ACLs of a token.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	index    uint64
	values   map[string]*pair
	denied   map[string]bool // keys that the token may not read
	requests []string
	before   func(w http.ResponseWriter, r *http.Request) (answered bool) // faults
	reads    int
}

type pair struct {
	Key, Session                               string
	Value                                      []byte
	LockIndex, Flags, CreateIndex, ModifyIndex uint64
}

const token = "b1gs3cret-t0ken"

func newServer(t *testing.T, encrypted bool) *server {
	t.Helper()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "CONSUL_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") || strings.HasPrefix(name, "SSL_CERT_") {
			t.Setenv(name, "")
		}
	}
	s := &server{index: 10, values: make(map[string]*pair), denied: make(map[string]bool)}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if encrypted {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	t.Setenv("CONSUL_HTTP_TOKEN", token)
	return s
}

func (s *server) host() string { return s.Listener.Addr().String() }

func (s *server) put(key string, value []byte) {
	s.index++
	created := s.index
	if old := s.values[key]; old != nil {
		created = old.CreateIndex
	}
	s.values[key] = &pair{Key: key, Value: value, CreateIndex: created, ModifyIndex: s.index}
}

// store stores a state as Terraform does: in parts of size bytes where it is
// larger than that.
func (s *server) store(key string, content []byte, packed bool, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	payload := content
	if packed {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(content)
		_ = z.Close()
		payload = b.Bytes()
	}
	if len(payload) <= size {
		s.put(key, payload)
		return
	}
	hash := fmt.Sprintf("%x", md5.Sum(content))
	chunks := []string{}
	for part := range slices.Chunk(payload, size) {
		chunk := fmt.Sprintf("%s/tfstate.%s/%d", strings.TrimRight(key, "/"), hash, len(chunks))
		s.put(chunk, part)
		chunks = append(chunks, chunk)
	}
	link, _ := json.Marshal(map[string]any{"current-hash": hash, "chunks": chunks})
	s.put(key, link)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	if s.before != nil && s.before(w, r) {
		return
	}
	key, ok := strings.CutPrefix(r.URL.Path, "/v1/kv/")
	query := r.URL.Query()
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
		return
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case query.Has("dc") && query.Get("dc") != "dc1":
		http.Error(w, "No path to datacenter", http.StatusInternalServerError)
		return
	}
	s.reads++
	w.Header().Set("X-Consul-Index", strconv.FormatUint(s.index, 10))
	w.Header().Set("X-Consul-LastContact", "0")
	w.Header().Set("X-Consul-KnownLeader", "true")
	w.Header().Set("X-Consul-Default-ACL-Policy", "deny")
	w.Header().Set("Content-Type", "application/json")
	known := r.Header.Get("X-Consul-Token") == token
	may := func(key string) bool { return known && !s.denied[key] }

	if query.Has("keys") || query.Has("recurse") {
		found := []*pair{}
		filtered := false
		for _, name := range slices.Sorted(maps.Keys(s.values)) {
			switch {
			case !strings.HasPrefix(name, key):
			case may(name):
				found = append(found, s.values[name])
			default:
				filtered = true
			}
		}
		if filtered && known {
			w.Header().Set("X-Consul-Results-Filtered-By-ACLs", "true")
		}
		switch {
		case len(found) == 0:
			w.WriteHeader(http.StatusNotFound)
		case query.Has("keys"):
			names := []string{}
			for _, p := range found {
				names = append(names, p.Key)
			}
			_ = json.NewEncoder(w).Encode(names)
		default:
			_ = json.NewEncoder(w).Encode(found)
		}
		return
	}
	if !may(key) {
		http.Error(w, "Permission denied: token with AccessorID 't0psecret' lacks permission 'key:read'", http.StatusForbidden)
		return
	}
	p := s.values[key]
	switch {
	case p == nil:
		w.WriteHeader(http.StatusNotFound)
	case query.Has("raw"):
		_, _ = w.Write(p.Value)
	default:
		_ = json.NewEncoder(w).Encode([]*pair{p})
	}
}

// dump is what the server has. It fails where something but reads came in.
func (s *server) dump(t *testing.T) map[string]string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if !strings.HasPrefix(r, "GET /v1/kv/") {
			t.Errorf("the server got the request %s", r)
		}
	}
	dump := map[string]string{"index": fmt.Sprint(s.index)}
	for key, p := range s.values {
		dump["key "+key] = fmt.Sprintf("%s %x %d %d %d", p.Session, md5.Sum(p.Value), p.LockIndex, p.CreateIndex, p.ModifyIndex)
	}
	return dump
}
