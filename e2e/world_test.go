//go:build e2e

// Package e2e runs the whole of driftmgr against the moto server, in a world
// that the real Terraform provider made: see testdata/gold/README.md.
package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const gold = "../testdata/gold/aws"

// recordedAt is where the emulator was when the world was recorded.
const recordedAt = "http://127.0.0.1:5556"

// moto is a running emulator.
type moto struct{ endpoint string }

// startMoto starts the emulator on a free port for the duration of the test.
func startMoto(t *testing.T) *moto {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	if err != nil {
		t.Fatal("moto_server is not on the PATH: pip install 'moto[server]==5.2.1'")
	}
	port := freePort(t)
	m := &moto{endpoint: "http://127.0.0.1:" + port}
	serve(t, m.endpoint+"/moto-api/", path, "-H", "127.0.0.1", "-p", port)
	return m
}

// request is one recorded API request with its response.
type request struct {
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Headers  map[string]string `json:"headers"`
	Body     []byte            `json:"body"`
	Status   int               `json:"status"`
	Response []byte            `json:"response"`
}

func readWorld(t *testing.T) []request {
	t.Helper()
	f, err := os.Open(filepath.Join(gold, "world.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var world []request
	for dec := json.NewDecoder(bufio.NewReader(z)); ; {
		var r request
		if err := dec.Decode(&r); err == io.EOF {
			return world
		} else if err != nil {
			t.Fatal(err)
		}
		world = append(world, r)
	}
}

// rebuild makes the recorded world in an empty emulator and returns the path of
// the state with the ids that the resources got there.
func (m *moto) rebuild(t *testing.T, world []request) string {
	t.Helper()
	m.send(t, request{Method: http.MethodPost, Path: "/moto-api/reset", Status: http.StatusOK})
	ids := renamed{endpoint: m.endpoint, ids: map[string]string{}}
	for _, r := range world {
		sent := r
		sent.Path = ids.rewrite(r.Path)
		if utf8.Valid(r.Body) {
			sent.Body = []byte(ids.rewrite(string(r.Body)))
		}
		ids.learn(string(r.Response), string(m.send(t, sent)))
	}
	state, err := os.ReadFile(filepath.Join(gold, "gold.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "terraform.tfstate")
	if err := os.WriteFile(path, []byte(ids.rewrite(string(state))), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (m *moto) send(t *testing.T, r request) []byte {
	t.Helper()
	req, err := http.NewRequest(r.Method, m.endpoint+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range r.Headers {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != r.Status {
		t.Fatalf("replaying %s %s: status %d, recorded %d: %s", r.Method, r.Path, resp.StatusCode, r.Status, body)
	}
	return body
}

// renamed maps recorded ids to new ones: the emulator draws ids at random, so
// each recorded response is laid beside the new one, and where a token differs
// the old one stands for the new one in whatever follows.
type renamed struct {
	endpoint string
	ids      map[string]string
}

var (
	token = regexp.MustCompile(`[A-Za-z0-9_\-]{8,}`)
	digit = regexp.MustCompile(`[0-9]`)
	date  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}`)
)

func (n renamed) learn(recorded, now string) {
	a, b := token.FindAllString(recorded, -1), token.FindAllString(now, -1)
	if len(a) != len(b) {
		return
	}
	for i := range a {
		if a[i] != b[i] && looksLikeID(a[i]) {
			n.ids[a[i]] = b[i]
		}
	}
}

func looksLikeID(s string) bool {
	number := strings.Trim(s, "0123456789") == ""
	return !number && !date.MatchString(s) && len(s) < 50 && (digit.MatchString(s) || s == strings.ToLower(s))
}

func (n renamed) rewrite(s string) string {
	var found []string
	for id := range maps.Keys(n.ids) {
		if strings.Contains(s, id) {
			found = append(found, id)
		}
	}
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	for _, id := range found {
		s = strings.ReplaceAll(s, id, n.ids[id])
	}
	s = strings.ReplaceAll(s, recordedAt, n.endpoint)
	return strings.ReplaceAll(s, url.QueryEscape(recordedAt), url.QueryEscape(n.endpoint))
}

// environment points the SDK at the emulator, for driftmgr and for mutations.
func (m *moto) environment(t *testing.T) {
	t.Helper()
	for k, v := range map[string]string{
		"AWS_ENDPOINT_URL": m.endpoint, "AWS_REGION": "us-east-1",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(k, v)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(fmt.Errorf("mutation: %w", err))
		}
		return v
	}
}
