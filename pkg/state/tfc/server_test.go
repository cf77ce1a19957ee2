package tfc_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/tfc"
)

// TestMain keeps the machine's own Terraform settings out of the tests.
func TestMain(m *testing.M) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "TF_") || strings.HasPrefix(name, "TFE_") || strings.HasSuffix(strings.ToLower(name), "_proxy") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

const token = "s3cr3t.atlasv1.token"

// hcp is a local platform: the API, and the archivist that serves the states
// from another host, under URLs that are secrets.
type hcp struct {
	t         *testing.T
	api       *httptest.Server
	archivist *httptest.Server

	mu       sync.Mutex
	org      string
	projects []string // by name; the id is prj-NAME
	spaces   []*workspace
	requests []string // "GET /api/v2/…"
	// hook answers a request itself where it returns true.
	hook func(w http.ResponseWriter, r *http.Request) bool
	// noIncludes makes it a platform that knows no current-state-version to
	// include, as older ones do.
	noIncludes bool
	// hosted makes the API serve the states, and redirect to the archivist.
	hosted bool
}

type workspace struct {
	id, name, project string
	tags              []string
	versions          [][]byte
	denied            bool
	lock              map[string]any // the resource that locked-by points to
}

func newHCP(t *testing.T) *hcp {
	t.Helper()
	h := &hcp{t: t, org: "acme"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/terraform.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"modules.v1":"/api/registry/v1/modules/","motd.v1":"/api/terraform/motd","state.v2":"/api/v2/","tfe.v2":"/api/v2/","tfe.v2.1":"/api/v2/","tfe.v2.2":"/api/v2/","versions.v1":"https://checkpoint-api.hashicorp.com/v1/versions/"}`)
	})
	mux.HandleFunc("GET /api/v2/ping", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("TFP-API-Version", "2.6")
		w.Header().Set("TFP-AppName", "HCP Terraform")
		w.Header().Set("X-RateLimit-Limit", "5000")
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /api/v2/organizations/{org}/workspaces", h.list)
	mux.HandleFunc("GET /api/v2/organizations/{org}/workspaces/{name}", h.show)
	mux.HandleFunc("GET /api/v2/organizations/{org}/projects", h.listProjects)
	mux.HandleFunc("GET /api/v2/workspaces/{id}/current-state-version", h.current)
	mux.HandleFunc("GET /api/state-versions/{sv}/hosted_state", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, h.archivist.URL+"/v1/object/secret-"+r.PathValue("sv"), http.StatusFound)
	})
	h.api = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.note(w, r) {
			return
		}
		if strings.HasPrefix(r.URL.Path, "/api/v2/") && r.URL.Path != "/api/v2/ping" && r.Header.Get("Authorization") != "Bearer "+token {
			h.error(w, http.StatusUnauthorized, "unauthorized", "")
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(h.api.Close)
	h.archivist = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.note(w, r) {
			return
		}
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("the archivist got %q", got)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, ws := range h.spaces {
			if n := len(ws.versions); n > 0 && r.URL.Path == "/v1/object/secret-"+ws.version() {
				w.Header().Set("Content-Length", strconv.Itoa(len(ws.versions[n-1])))
				w.Write(ws.versions[n-1])
				return
			}
		}
		http.Error(w, "no such object: "+r.URL.String(), http.StatusNotFound)
	}))
	t.Cleanup(h.archivist.Close)
	return h
}

// note keeps a request, and lets the hook answer it.
func (h *hcp) note(w http.ResponseWriter, r *http.Request) bool {
	h.mu.Lock()
	h.requests = append(h.requests, r.Method+" "+r.URL.RequestURI())
	hook := h.hook
	h.mu.Unlock()
	return hook != nil && hook(w, r)
}

func (h *hcp) error(w http.ResponseWriter, status int, title, detail string) {
	w.Header().Set("Content-Type", "application/vnd.api+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{"status": strconv.Itoa(status), "title": title, "detail": detail}}})
}

func (h *hcp) host() string { return strings.TrimPrefix(h.api.URL, "https://") }

func (h *hcp) ref(name string) string { return "tfc://" + h.host() + "/" + h.org + "/" + name }

func (h *hcp) put(name string, content []byte) *workspace {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ws := range h.spaces {
		if ws.name == name {
			ws.versions = append(ws.versions, content)
			return ws
		}
	}
	ws := &workspace{id: fmt.Sprintf("ws-%016d", len(h.spaces)), name: name, project: "Default Project"}
	if content != nil {
		ws.versions = [][]byte{content}
	}
	h.spaces = append(h.spaces, ws)
	return ws
}

func (h *hcp) find(name string) *workspace {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.spaces, func(ws *workspace) bool { return ws.name == name })
	if i < 0 {
		return nil
	}
	return h.spaces[i]
}

// dump is what statetest compares.
func (h *hcp) dump(t *testing.T) map[string]string {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make(map[string]string)
	for _, ws := range h.spaces {
		out[ws.name] = fmt.Sprintf("%d %x %v", len(ws.versions), sha256.Sum256(slices.Concat(ws.versions...)), ws.lock)
	}
	for _, r := range h.requests {
		if !strings.HasPrefix(r, "GET ") && !strings.HasPrefix(r, "HEAD ") {
			t.Errorf("request %s", r)
		}
	}
	return out
}

// took returns the requests since the last call.
func (h *hcp) took() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	requests := h.requests
	h.requests = nil
	return requests
}

// backend returns one that trusts the platform and has its token.
func (h *hcp) backend(options ...func(*tfc.Options)) state.Backend {
	o := tfc.Options{
		Getenv:   env(),
		Home:     h.t.TempDir(),
		Hostname: h.host(),
		Token:    token,
		HTTP:     h.api.Client().Transport,
	}
	for _, f := range options {
		f(&o)
	}
	return tfc.NewQuick(o)
}

// env is an environment of names and values.
func env(pairs ...string) func(string) string {
	vars := make(map[string]string)
	for i := 0; i+1 < len(pairs); i += 2 {
		vars[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return vars[name] }
}

func (ws *workspace) version() string { return fmt.Sprintf("sv-%s-%d", ws.id[3:], len(ws.versions)) }

func link(kind, id string) map[string]any {
	if id == "" {
		return map[string]any{"data": nil}
	}
	return map[string]any{"data": map[string]any{"id": id, "type": kind}}
}

// document is a workspace as the API's reference shows it.
func (h *hcp) document(ws *workspace) map[string]any {
	version := ""
	if len(ws.versions) > 0 && !ws.denied {
		version = ws.version()
	}
	related := map[string]any{
		"agent-pool":                    link("agent-pools", ""),
		"current-configuration-version": link("configuration-versions", ""),
		"current-run":                   link("runs", ""),
		"latest-run":                    link("runs", ""),
		"current-state-version":         link("state-versions", version),
		"current-assessment-result":     link("assessment-results", ""),
		"organization":                  link("organizations", h.org),
		"outputs":                       map[string]any{"data": []any{}, "links": map[string]any{"related": "/api/v2/workspaces/" + ws.id + "/current-state-version-outputs"}},
		"project":                       link("projects", "prj-"+ws.project),
		"readme":                        link("workspace-readme", ""),
		"remote-state-consumers":        map[string]any{"links": map[string]any{"related": "/api/v2/workspaces/" + ws.id + "/relationships/remote-state-consumers"}},
		"ssh-key":                       link("ssh-keys", ""),
		"vars":                          map[string]any{"data": []any{}},
	}
	if ws.lock != nil {
		related["locked-by"] = map[string]any{"data": map[string]any{"id": ws.lock["id"], "type": ws.lock["type"]}}
		if ws.lock["type"] == "runs" {
			related["current-run"] = link("runs", ws.lock["id"].(string))
		}
	}
	return map[string]any{
		"id": ws.id, "type": "workspaces",
		"attributes": map[string]any{
			"actions":            map[string]any{"is-destroyable": true},
			"allow-destroy-plan": true, "assessments-enabled": false, "auto-apply": false, "auto-apply-run-trigger": false,
			"auto-destroy-at": nil, "auto-destroy-status": nil, "auto-destroy-activity-duration": nil, "inherits-project-auto-destroy": true,
			"created-at": "2021-08-16T21:22:49.566Z", "description": nil, "environment": "default", "execution-mode": "remote",
			"file-triggers-enabled": true, "global-remote-state": false, "latest-change-at": "2021-08-16T21:22:49.566Z",
			"last-assessment-result-at": nil, "locked": ws.lock != nil, "locked-reason": nil, "name": ws.name,
			"oauth-client-name": nil, "operations": true,
			"permissions": map[string]any{
				"can-update": false, "can-destroy": false, "can-queue-run": false, "can-read-run": true, "can-read-variable": true,
				"can-update-variable": false, "can-read-state-versions": !ws.denied, "can-read-state-outputs": !ws.denied,
				"can-create-state-versions": false, "can-queue-apply": false, "can-lock": false, "can-unlock": false,
				"can-force-unlock": false, "can-read-settings": true, "can-manage-tags": false, "can-manage-run-tasks": false,
				"can-force-delete": false, "can-manage-assessments": false, "can-manage-ephemeral-workspaces": false,
				"can-read-assessment-results": true, "can-queue-destroy": false,
			},
			"apply-duration-average": 35000, "plan-duration-average": 53000, "policy-check-failures": nil, "queue-all-runs": false,
			"resource-count": 10, "run-failures": 3, "source": "tfe-api", "source-name": nil, "source-url": nil,
			"speculative-enabled": true, "structured-run-output-enabled": true, "tag-names": ws.tags, "terraform-version": "1.11.4",
			"trigger-prefixes": []any{}, "updated-at": "2021-08-16T21:22:49.566Z", "vcs-repo": nil, "vcs-repo-identifier": nil,
			"working-directory": nil, "workspace-kpis-runs-count": 8,
			"setting-overwrites": map[string]any{"execution-mode": true, "agent-pool": true},
		},
		"links": map[string]any{
			"self":      "/api/v2/organizations/" + h.org + "/workspaces/" + ws.name,
			"self-html": "/app/" + h.org + "/workspaces/" + ws.name,
		},
		"relationships": related,
	}
}

// stateVersion is one as the API's reference shows it.
func (h *hcp) stateVersion(ws *workspace) map[string]any {
	id := ws.version()
	url := h.archivist.URL + "/v1/object/secret-" + id
	if h.hosted {
		url = h.api.URL + "/api/state-versions/" + id + "/hosted_state"
	}
	return map[string]any{
		"id": id, "type": "state-versions",
		"attributes": map[string]any{
			"billable-rum-count": 0, "created-at": "2021-06-08T01:22:03.794Z", "size": len(ws.versions[len(ws.versions)-1]),
			"hosted-state-download-url": url, "hosted-state-upload-url": nil,
			"hosted-json-state-download-url": url + "-json", "hosted-json-state-upload-url": nil,
			"status": "finalized", "intermediate": false,
			"modules":   map[string]any{"root": map[string]any{"null-resource": 1, "data.terraform-remote-state": 1}},
			"providers": map[string]any{`provider["registry.terraform.io/hashicorp/null"]`: map[string]any{"null-resource": 1}},
			"resources": []any{map[string]any{"name": "random", "type": "null_resource", "count": 1, "module": "root", "provider": `provider["registry.terraform.io/hashicorp/null"]`}},

			"resources-processed": true, "serial": len(ws.versions), "state-version": 4, "terraform-version": "1.11.4",
			"vcs-commit-url": nil, "vcs-commit-sha": nil,
		},
		"relationships": map[string]any{
			"run":        link("runs", "run-YfmFLWpgTv31VZsP"),
			"created-by": link("users", "user-onZs69ThPZjBK2wo"),
			"workspace":  link("workspaces", ws.id),
			"outputs":    map[string]any{"data": []any{map[string]any{"id": "wsout-V22qbeM92xb5mw9n", "type": "state-version-outputs"}}},
		},
		"links": map[string]any{"self": "/api/v2/state-versions/" + id},
	}
}

func (h *hcp) answer(w http.ResponseWriter, document map[string]any) {
	w.Header().Set("Content-Type", "application/vnd.api+json; charset=utf-8")
	json.NewEncoder(w).Encode(document)
}

// included returns what a request wants with the workspaces, false where it
// wants what the platform does not know.
func (h *hcp) included(w http.ResponseWriter, r *http.Request, spaces ...*workspace) ([]any, bool) {
	included := []any{}
	for what := range strings.SplitSeq(r.URL.Query().Get("include"), ",") {
		switch {
		case what == "":
		case what == "current-state-version" && !h.noIncludes:
			for _, ws := range spaces {
				if len(ws.versions) > 0 && !ws.denied {
					included = append(included, h.stateVersion(ws))
				}
			}
		case what == "locked_by", what == "current_run":
			for _, ws := range spaces {
				if ws.lock != nil && (what == "locked_by" || ws.lock["type"] == "runs") && !slices.ContainsFunc(included, func(i any) bool { return i.(map[string]any)["id"] == ws.lock["id"] }) {
					included = append(included, ws.lock)
				}
			}
		default:
			h.error(w, http.StatusBadRequest, "Invalid include parameter", "the include parameter "+what+" is not known")
			return nil, false
		}
	}
	return included, true
}

func (h *hcp) list(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.PathValue("org") != h.org {
		h.error(w, http.StatusNotFound, "not found", "")
		return
	}
	q := r.URL.Query()
	var matching []*workspace
	for _, ws := range h.spaces {
		ok := strings.Contains(ws.name, q.Get("search[name]"))
		for t := range strings.SplitSeq(q.Get("search[tags]"), ",") {
			ok = ok && (t == "" || slices.ContainsFunc(ws.tags, func(tag string) bool { return tag == t || strings.HasPrefix(tag, t+"=") }))
		}
		for i := 0; q.Has(fmt.Sprintf("filter[tagged][%d][key]", i)); i++ {
			ok = ok && slices.Contains(ws.tags, q.Get(fmt.Sprintf("filter[tagged][%d][key]", i))+"="+q.Get(fmt.Sprintf("filter[tagged][%d][value]", i)))
		}
		if id := q.Get("filter[project][id]"); id != "" {
			ok = ok && id == "prj-"+ws.project
		}
		if ok {
			matching = append(matching, ws)
		}
	}
	slices.SortFunc(matching, func(a, b *workspace) int { return strings.Compare(a.name, b.name) })
	page, meta := paged(q.Get("page[number]"), q.Get("page[size]"), matching)
	included, ok := h.included(w, r, page...)
	if !ok {
		return
	}
	data := []any{}
	for _, ws := range page {
		data = append(data, h.document(ws))
	}
	h.answer(w, map[string]any{"data": data, "included": included, "meta": meta})
}

// paged cuts a page as the API does: 20 a page, and 100 at most.
func paged[T any](number, size string, all []T) ([]T, map[string]any) {
	n, _ := strconv.Atoi(number)
	s, _ := strconv.Atoi(size)
	if s < 1 {
		s = 20
	}
	n, s = max(n, 1), min(s, 100)
	pages := max((len(all)+s-1)/s, 1)
	from, to := min((n-1)*s, len(all)), min(n*s, len(all))
	meta := map[string]any{"current-page": n, "page-size": s, "prev-page": nil, "next-page": nil, "total-pages": pages, "total-count": len(all)}
	if n > 1 {
		meta["prev-page"] = n - 1
	}
	if n < pages {
		meta["next-page"] = n + 1
	}
	return all[from:to], map[string]any{"pagination": meta}
}

func (h *hcp) show(w http.ResponseWriter, r *http.Request) {
	ws := h.find(r.PathValue("name"))
	h.mu.Lock()
	defer h.mu.Unlock()
	if ws == nil || r.PathValue("org") != h.org {
		h.error(w, http.StatusNotFound, "not found", "")
		return
	}
	if included, ok := h.included(w, r, ws); ok {
		h.answer(w, map[string]any{"data": h.document(ws), "included": included})
	}
}

func (h *hcp) current(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ws := range h.spaces {
		if ws.id == r.PathValue("id") && len(ws.versions) > 0 && !ws.denied {
			h.answer(w, map[string]any{"data": h.stateVersion(ws)})
			return
		}
	}
	h.error(w, http.StatusNotFound, "not found", "")
}

func (h *hcp) listProjects(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	data := []any{}
	for _, name := range h.projects {
		if want := r.URL.Query().Get("filter[names]"); want == "" || strings.EqualFold(want, name) {
			data = append(data, map[string]any{
				"id": "prj-" + name, "type": "projects",
				"attributes":    map[string]any{"name": name, "description": nil, "permissions": map[string]any{"can-read": true}},
				"relationships": map[string]any{"organization": link("organizations", h.org)},
				"links":         map[string]any{"self": "/api/v2/projects/prj-" + name},
			})
		}
	}
	page, meta := paged(r.URL.Query().Get("page[number]"), r.URL.Query().Get("page[size]"), data)
	h.answer(w, map[string]any{"data": page, "meta": meta})
}
