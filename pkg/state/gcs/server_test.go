package gcs_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/fsouza/fake-gcs-server/fakestorage"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/gcs"
)

const bucket = "states"

// server is fake-gcs-server on loopback, and what keeps it from answering as
// usual.
type server struct {
	*fakestorage.Server
	url string

	mu     sync.Mutex
	calls  []string
	wrote  []string
	faults map[string]http.HandlerFunc // object → answer; its own may follow
}

func newServer(t *testing.T) *server {
	t.Helper()
	fake, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true, Writer: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	fake.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: bucket, VersioningEnabled: true})
	s := &server{Server: fake, faults: map[string]http.HandlerFunc{}}
	local := httptest.NewServer(s)
	t.Cleanup(func() { local.Close(); fake.Stop() })
	s.url = local.URL
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, object, _ := strings.Cut(r.URL.Path, "/o/")
	s.mu.Lock()
	call := r.Method + " " + r.URL.Path
	if token := r.Header.Get("Authorization"); token != "" {
		call += " " + token
	}
	s.calls = append(s.calls, call)
	if r.Method != http.MethodGet {
		s.wrote = append(s.wrote, call)
	}
	fault := s.faults[object]
	s.mu.Unlock()
	if fault != nil {
		fault(w, r)
		return
	}
	s.HTTPHandler().ServeHTTP(w, r)
}

func (s *server) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

// answers makes an object be answered with a status and a body.
func (s *server) answers(object string, status int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[object] = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func (s *server) put(name, content string) {
	s.CreateObject(fakestorage.Object{ObjectAttrs: fakestorage.ObjectAttrs{BucketName: bucket, Name: name}, Content: []byte(content)})
}

func (s *server) generation(t *testing.T, name string) int64 {
	t.Helper()
	o, err := s.GetObject(bucket, name)
	if err != nil {
		t.Fatal(err)
	}
	return o.Generation
}

func (s *server) dump(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	listed, err := s.ListObjectsWithOptionsPaginated(bucket, fakestorage.ListOptions{Versions: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range listed.Objects {
		full, err := s.GetObjectWithGeneration(bucket, o.Name, o.Generation)
		if err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprintf("%s#%d", o.Name, o.Generation)] = fmt.Sprint(o.Updated, o.Deleted, o.Metadata, o.Etag, string(full.Content))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.wrote {
		out["request "+call] = "not a read"
	}
	return out
}

// env is an environment of its own.
func env(kv ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return func(name string) string { return m[name] }
}

// backend returns one that reads from the server with a token.
func (s *server) backend() state.Backend {
	return gcs.New(gcs.Options{
		Auth:       gcpauth.Options{AccessToken: "TOKEN"},
		Configured: true,
		Getenv:     env("GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT", s.url),
	})
}

// denied is what Cloud Storage answers who may not.
const denied = `{"error":{"code":403,"message":"reader@p.iam.gserviceaccount.com does not have storage.objects.get access to the Google Cloud Storage object. SECRET","errors":[{"reason":"forbidden"}]}}`
