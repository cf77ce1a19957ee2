package providertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// fixture is one type's testdata/<type>.txtar. Its files:
//
//	calls/<service>.<Operation>[~<part>][=<status>].<ext>
//	            the body with which the cloud answers the operation, as it comes
//	            over the wire. Where several answers fit, the one with the longest
//	            part that stands in the request's URL or body is taken.
//	want.json   what the reader makes of them, every detail included:
//	            [{"id", "default", "object", "attrs"}]
//	state.json  attributes as Terraform's provider writes them to a state, of
//	            some of these resources: [{…}]
//
// The comment on top says where the bodies come from.
type fixture struct {
	file    string
	archive *txtar.Archive
	answers []answer
	want    []wanted
	state   []resource.Attrs
}

type answer struct {
	operation string
	part      string
	status    int
	body      []byte
}

type wanted struct {
	ID      string         `json:"id"`
	Default bool           `json:"default,omitempty"`
	Object  string         `json:"object,omitempty"`
	Attrs   resource.Attrs `json:"attrs"`
}

func load(t *testing.T, file string) *fixture {
	t.Helper()
	f := &fixture{file: file}
	var err error
	if f.archive, err = txtar.ParseFile(file); err != nil {
		t.Fatalf("every type has a fixture: %v", err)
	}
	for _, part := range f.archive.Files {
		switch {
		case strings.HasPrefix(part.Name, "calls/"):
			f.answers = append(f.answers, parseAnswer(t, strings.TrimPrefix(part.Name, "calls/"), part.Data))
		case part.Name == "want.json":
			err = json.Unmarshal(part.Data, &f.want)
		case part.Name == "state.json":
			err = json.Unmarshal(part.Data, &f.state)
		default:
			t.Fatalf("%s: unknown part %s", file, part.Name)
		}
		if err != nil {
			t.Fatalf("%s: %s: %v", file, part.Name, err)
		}
	}
	return f
}

func parseAnswer(t *testing.T, name string, body []byte) answer {
	t.Helper()
	a := answer{status: http.StatusOK, body: bytes.TrimSpace(body)}
	name = strings.TrimSuffix(name, path.Ext(name))
	if i := strings.LastIndex(name, "="); i >= 0 {
		if n, err := strconv.Atoi(name[i+1:]); err == nil {
			a.status, name = n, name[:i]
		}
	}
	a.operation, a.part, _ = strings.Cut(name, "~")
	return a
}

func (f *fixture) answersTo(operation string) bool {
	return slices.ContainsFunc(f.answers, func(a answer) bool { return a.operation == operation })
}

// update writes what the reader returned to the fixture.
func (f *fixture) update(t *testing.T, got []wanted) {
	t.Helper()
	body, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	body = append(body, '\n')
	i := slices.IndexFunc(f.archive.Files, func(p txtar.File) bool { return p.Name == "want.json" })
	if i < 0 {
		f.archive.Files = append(f.archive.Files, txtar.File{Name: "want.json"})
		i = len(f.archive.Files) - 1
	}
	f.archive.Files[i].Data = body
	if err := os.WriteFile(f.file, txtar.Format(f.archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// server answers a provider's requests from a fixture. It stands where the
// cloud's HTTP client stands, so everything above the wire is the real thing.
type server struct {
	t       *testing.T
	fixture *fixture
	suite   Suite
	deny    string // the action to refuse

	mu     sync.Mutex
	called map[string]bool // actions
}

// Do implements the SDKs' HTTP client.
func (s *server) Do(r *http.Request) (*http.Response, error) {
	operation, action := s.suite.Operation(r)
	if body, ok := s.suite.Always[operation]; ok && !s.fixture.answersTo(operation) {
		return respond(r, http.StatusOK, []byte(body)), nil
	}
	s.mu.Lock()
	s.called[action] = true
	s.mu.Unlock()
	if action == s.deny {
		status, body := s.suite.Denied(r)
		return respond(r, status, []byte(body)), nil
	}
	text := r.URL.String()
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		text += "\n" + string(b)
	}
	best := -1
	for i, a := range s.fixture.answers {
		if a.operation == operation && strings.Contains(text, a.part) && (best < 0 || len(a.part) > len(s.fixture.answers[best].part)) {
			best = i
		}
	}
	if best < 0 {
		s.t.Errorf("%s has no answer for %s: %s", s.fixture.file, operation, text)
		return nil, fmt.Errorf("no answer for %s", operation)
	}
	return respond(r, s.fixture.answers[best].status, s.fixture.answers[best].body), nil
}

// RoundTrip implements http.RoundTripper.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) { return s.Do(r) }

func respond(r *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Request: r,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}
