package tfc_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
	"github.com/driftmgr/driftmgr/pkg/state/tfc"
)

func runLock() (map[string]any, state.Lock) {
	return map[string]any{
			"id": "run-CZcmD7eagjhyX0vN", "type": "runs",
			"attributes": map[string]any{
				"actions":    map[string]any{"is-cancelable": true, "is-confirmable": false, "is-discardable": false, "is-force-cancelable": false},
				"auto-apply": false, "canceled-at": nil, "created-at": "2026-11-02T10:00:00.500Z", "has-changes": false, "is-destroy": false,
				"message": "deploy", "plan-only": false, "refresh": true, "refresh-only": false, "source": "tfe-api", "status": "applying",
				"status-timestamps": map[string]any{"applying-at": "2026-11-02T10:01:00+00:00"}, "terraform-version": "1.11.4", "trigger-reason": "manual",
			},
			"relationships": map[string]any{"created-by": link("users", "user-MA4GL63FmYRpSFxa")},
			"links":         map[string]any{"self": "/api/v2/runs/run-CZcmD7eagjhyX0vN"},
		}, state.Lock{
			ID: "run-CZcmD7eagjhyX0vN", Operation: "OperationTypeApply", Who: "run run-CZcmD7eagjhyX0vN",
			Since: time.Date(2026, 11, 2, 10, 0, 0, 5e8, time.UTC),
		}
}

func TestConformance(t *testing.T) {
	for _, kind := range []string{"states with the archivist", "states behind the API", "an older platform"} {
		t.Run(kind, func(t *testing.T) {
			h := newHCP(t)
			h.hosted, h.noIncludes = kind == "states behind the API", kind == "an older platform"
			block := func(name string) state.Block {
				if kind == "states behind the API" {
					return state.Block{Type: "remote", Dir: "envs/prod", Attrs: map[string]any{
						"hostname": h.host(), "organization": h.org, "workspaces": []any{map[string]any{"name": name}},
					}}
				}
				return state.Block{Type: "cloud", Workspace: "default", Dir: "envs/prod", Attrs: map[string]any{
					"hostname": h.host(), "organization": h.org, "workspaces": []any{map[string]any{"name": name}},
				}}
			}
			statetest.Run(t, statetest.Store{
				Backend: h.backend(),
				Ref:     h.ref,
				Put: func(t *testing.T, name string, content []byte) string {
					h.put(name, content)
					return h.ref(name)
				},
				Dump: h.dump,
				Deny: func(t *testing.T, name string) bool {
					h.find(name).denied = true
					t.Cleanup(func() { h.find(name).denied = false })
					return true
				},
				Block: block,
				Lock: func(t *testing.T, name string) state.Lock {
					document, lock := runLock()
					h.find(name).lock = document
					return lock
				},
				Pattern: func(prefix string) string { return h.ref(prefix + "*") },
			})
		})
	}
}

// names resolves a reference to the names of its workspaces.
func names(t *testing.T, b state.Backend, ref string) []string {
	t.Helper()
	found, err := b.Parse(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range found {
		got = append(got, s.String()[strings.LastIndex(s.String(), "/")+1:])
	}
	return got
}

func read(t *testing.T, s state.Source) string {
	t.Helper()
	r, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestLists(t *testing.T) {
	h := newHCP(t)
	h.projects = []string{"Default Project", "Net", "net", "Shop, EU"}
	for _, w := range []struct{ name, project, tags string }{
		{"app-dev", "net", "app env=dev"},
		{"app-prod", "Shop, EU", "app env=prod cloud:aws"},
		{"my-app-prod", "net", "env=prod"},
		{"net-prod", "Net", "net env=prod cloud:aws"},
	} {
		ws := h.put(w.name, []byte(w.name))
		ws.project, ws.tags = w.project, strings.Fields(w.tags)
	}
	tests := []struct{ name, rest, want string }{
		{"all", "/*", "app-dev app-prod my-app-prod net-prod"},
		{"prefix", "/app-*", "app-dev app-prod"},
		{"suffix", "/*-prod", "app-prod my-app-prod net-prod"},
		{"one character", "/app-de?", "app-dev"},
		{"alternatives", "/{app,net}-prod", "app-prod net-prod"},
		{"tag", "?tags=app", "app-dev app-prod"},
		{"tags", "?tags=cloud:aws,app", "app-prod"},
		{"tag with a value", "?tags=env=prod", "app-prod my-app-prod net-prod"},
		{"project", "?project=net", "app-dev my-app-prod"},
		{"project with a comma", "?project=Shop,%20EU", "app-prod"},
		{"all of them", "/*-prod?tags=env=prod&project=net", "my-app-prod"},
		{"question mark before a query", "/app-?ro?tags=app&project=net", ""},
	}
	b := h.backend()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				_, err := b.Parse(t.Context(), "tfc://"+h.org+tt.rest)
				if err == nil || !strings.Contains(err.Error(), "nothing matches the pattern") {
					t.Errorf("error %v", err)
				}
				return
			}
			// the host is the configured one
			if got := strings.Join(names(t, b, "tfc://"+h.org+tt.rest), " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	const n = 250
	h := newHCP(t)
	for i := range n {
		h.put(fmt.Sprintf("app-%03d", i), fmt.Appendf(nil, "state %d", i))
	}
	b := h.backend()
	found, err := b.Parse(t.Context(), h.ref("*"))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(h.took()); got != 2+3 {
		t.Errorf("listing took %d requests; want discovery, ping and 3 pages", got)
	}
	if len(found) != n {
		t.Fatalf("%d sources; want %d", len(found), n)
	}
	for i, s := range found {
		if got := read(t, s); got != fmt.Sprintf("state %d", i) {
			t.Fatalf("%s: read %q", s, got)
		}
	}
	if got := len(h.took()); got != n {
		t.Errorf("reading took %d requests; want a download each", got)
	}

	// read again, a state is asked for anew
	h.put("app-007", []byte("state of 007"))
	if got := read(t, found[7]); got != "state of 007" {
		t.Errorf("read again: %q", got)
	}
	if got := len(h.took()); got != 2 {
		t.Errorf("reading again took %d requests; want 2", got)
	}
	one, err := b.Parse(t.Context(), h.ref("app-008"))
	if err != nil || len(h.took()) != 0 {
		t.Fatalf("one reference was looked up: %v", err)
	}
	read(t, one[0])
	if got := h.took(); len(got) != 2 {
		t.Errorf("one state took %q; want 2 requests", got)
	}
	if _, err := one[0].(state.Locked).Lock(t.Context()); err != nil || len(h.took()) != 1 {
		t.Errorf("lock: %v", err)
	}
}

// Together, many sources of one host make one connection.
func TestConnectOnce(t *testing.T) {
	h := newHCP(t)
	b := h.backend()
	done := make(chan error)
	for i := range 20 {
		name := fmt.Sprintf("app-%d", i)
		h.put(name, []byte("{}"))
		found, err := b.Parse(t.Context(), h.ref(name))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			r, err := found[0].Open(t.Context())
			if err == nil {
				r.Close()
			}
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	var discoveries int
	for _, r := range h.took() {
		if strings.Contains(r, ".well-known") {
			discoveries++
		}
	}
	if discoveries != 1 {
		t.Errorf("%d service discoveries; want 1", discoveries)
	}
}

// A workspace that goes while pages are read moves another one to a page that
// has been read: the listing is made anew.
func TestListChangesMeanwhile(t *testing.T) {
	h := newHCP(t)
	for i := range 150 {
		h.put(fmt.Sprintf("app-%03d", i), []byte("{}"))
	}
	removed := false
	h.hook = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("page[number]") == "2" && !removed {
			removed = true
			h.mu.Lock()
			h.spaces = slices.Delete(h.spaces, 0, 1)
			h.mu.Unlock()
		}
		return false
	}
	if got := names(t, h.backend(), h.ref("*")); len(got) != 149 {
		t.Errorf("%d workspaces; want 149", len(got))
	}
}

func TestLocks(t *testing.T) {
	run, wantRun := runLock()
	plan, _ := runLock()
	plan["attributes"].(map[string]any)["plan-only"] = true
	wantPlan := wantRun
	wantPlan.Operation = "OperationTypePlan"
	tests := []struct {
		name string
		lock map[string]any
		want state.Lock
		text string
	}{
		{"run", run, wantRun, "locked by run run-CZcmD7eagjhyX0vN for apply since 2026-11-02T10:00:00Z"},
		{"plan", plan, wantPlan, "locked by run run-CZcmD7eagjhyX0vN for plan since 2026-11-02T10:00:00Z"},
		{"user", map[string]any{"id": "user-1", "type": "users", "attributes": map[string]any{"username": "ann", "is-service-account": false, "email": "ann@example.com"}},
			state.Lock{Who: "user ann"}, "locked by user ann"},
		{"team", map[string]any{"id": "team-1", "type": "teams", "attributes": map[string]any{"name": "owners", "users-count": 1}},
			state.Lock{Who: "team owners"}, "locked by team owners"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHCP(t)
			h.put("app", []byte("{}")).lock = tt.lock
			found, err := h.backend().Parse(t.Context(), h.ref("app"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := found[0].(state.Locked).Lock(t.Context())
			if err != nil || got == nil || *got != tt.want || got.String() != tt.text {
				t.Errorf("got  %+v %v\nwant %+v %s", got, err, tt.want, tt.text)
			}
		})
	}
}

func TestCanonicalNames(t *testing.T) {
	tests := []struct{ name, configured, ref, want string }{
		{"default host", "", "tfc://acme/app", "tfc://acme/app"},
		{"default host by name", "", "tfc://app.terraform.io/acme/app", "tfc://acme/app"},
		{"scheme in capitals", "", "TFC://acme/app", "tfc://acme/app"},
		{"other host", "", "tfc://TFE.example.com:443/acme/app", "tfc://tfe.example.com/acme/app"},
		{"other host as parameter", "", "tfc://acme/app?host=tfe.example.com", "tfc://tfe.example.com/acme/app"},
		{"host without a dot", "", "tfc://acme/app?host=tfe", "tfc://tfe/acme/app"},
		{"host with a port", "", "tfc://localhost:8443/acme/app", "tfc://localhost:8443/acme/app"},
		{"host beyond ASCII", "", "tfc://Café.fr/acme/app", "tfc://xn--caf-dma.fr/acme/app"},
		{"configured host", "tfe.example.com", "tfc://acme/app", "tfc://tfe.example.com/acme/app"},
		{"default host where another is configured", "tfe.example.com", "tfc://app.terraform.io/acme/app", "tfc://app.terraform.io/acme/app"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := tfc.New(tfc.Options{Getenv: env(), Home: t.TempDir(), Hostname: tt.configured})
			found, err := b.Parse(t.Context(), tt.ref)
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			if got := found[0].String(); got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
			again, err := b.Parse(t.Context(), tt.want)
			if err != nil || again[0].String() != tt.want {
				t.Errorf("parsed again: %v, %v", again, err)
			}
		})
	}
}
