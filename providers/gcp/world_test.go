package gcp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// world is Google Cloud as one server: lists by path, and what goes wrong.
type world struct {
	t   *testing.T
	url string

	mu    sync.Mutex
	lists map[string]list
	fail  map[string][]int // statuses to answer with before the list, by path
	calls []string
}

// list is a collection. Compute's aggregated ones have their items in scopes.
type list struct {
	key    string
	items  []map[string]any
	scopes map[string][]map[string]any
	more   map[string]any // beside the items on every page
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, lists: map[string]list{}, fail: map[string][]int{}}
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

// reasons are what Google gives with a status.
var reasons = map[int]string{403: "forbidden", 404: "notFound", 429: "rateLimitExceeded", 503: "backendError"}

const disabled = -403

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	path := strings.Trim(r.URL.Path, "/")
	w.calls = append(w.calls, path)
	answer := func(status int, v any) {
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(status)
		if err := json.NewEncoder(rw).Encode(v); err != nil {
			w.t.Error(err)
		}
	}
	if left := w.fail[path]; len(left) > 0 {
		status, reason := left[0], reasons[left[0]]
		if w.fail[path] = left[1:]; status == http.StatusTooManyRequests {
			rw.Header().Set("Retry-After", "0")
		}
		if status == disabled {
			status, reason = http.StatusForbidden, "accessNotConfigured"
			w.fail[path] = left
		}
		answer(status, map[string]any{"error": map[string]any{"code": status, "message": "no", "errors": []any{map[string]any{"reason": reason}}}})
		return
	}
	l, ok := w.lists[path]
	if !ok {
		answer(http.StatusNotFound, map[string]any{"error": map[string]any{"code": 404, "errors": []any{map[string]any{"reason": "notFound"}}}})
		return
	}
	size := 500
	for _, name := range []string{"maxResults", "pageSize"} {
		if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
			size = n
		}
	}
	page := map[string]any{}
	for k, v := range l.more {
		page[k] = v
	}
	items, from := l.items, 0
	if token := r.URL.Query().Get("pageToken"); token != "" {
		from, _ = strconv.Atoi(token)
	}
	to := min(from+size, len(items))
	page[l.key] = items[from:to]
	if l.scopes != nil {
		scopes := map[string]any{}
		for name, in := range l.scopes {
			scopes[name] = map[string]any{base(path): in}
		}
		page[l.key] = scopes
	}
	if to < len(items) {
		page["nextPageToken"] = strconv.Itoa(to)
	}
	answer(http.StatusOK, page)
}

// called returns how often a path was asked for.
func (w *world) called(path string) int {
	n := 0
	for _, c := range w.calls {
		if c == path {
			n++
		}
	}
	return n
}

const (
	topicList = "pubsub/v1/projects/p/topics"
	assetList = "cloudasset/v1/projects/p/assets"
	diskList  = "compute/v1/projects/p/aggregated/disks"
)

func topic(name string, labels map[string]any) map[string]any {
	return map[string]any{"name": "projects/p/topics/" + name, "labels": labels}
}

func heldTopic(name string, labels map[string]any) resource.Managed {
	id := "projects/p/topics/" + name
	return resource.Managed{
		Key: resource.Key{Type: "google_pubsub_topic"}, Address: "google_pubsub_topic." + name, Source: "s",
		Attrs: resource.Attrs{"id": id, "name": name, "project": "p", "labels": labels, "effective_labels": labels, "message_retention_duration": ""},
	}
}

// asset is a resource as the asset inventory has it.
func inventoried(typ, name string, data any) map[string]any {
	return map[string]any{"name": name, "assetType": typ, "resource": map[string]any{"data": data}}
}

func (w *world) inventory(assets ...map[string]any) {
	project := inventoried(projectAsset, "//cloudresourcemanager.googleapis.com/projects/1", map[string]any{"projectId": "p"})
	w.lists[assetList] = list{key: "assets", items: append([]map[string]any{project}, assets...)}
}

// look compares states with the world, with the types that match.
func (w *world) look(managed []resource.Managed, settle bool, types ...string) (*drift.Report, provider.Counts) {
	w.t.Helper()
	stats := &provider.Stats{}
	p := New(Options{Auth: gcpauth.Options{AccessToken: "test"}, Endpoint: w.url, Projects: []string{"p"}, Assets: settle, Stats: stats})
	known := map[string]resource.Type{}
	for _, t := range p.Types() {
		known[t.Name] = t.Type
	}
	p.Locate(managed, nil)
	o := drift.Options{Types: known, Schemas: schema.Embedded(), Unmanaged: true}
	inv := inventory.Collect(w.t.Context(), inventory.Request{
		Providers: []provider.Provider{p}, Managed: managed, Unmanaged: true, Depth: provider.DepthFull,
		Type:  func(name string) bool { return slices.Contains(types, name) },
		Agree: drift.Agree(o), Parallel: 4, Stats: stats, Now: time.Now,
	})
	return drift.Compare(managed, inv, o), stats.Counts()
}

func tell(r *drift.Report) string {
	var lines []string
	for _, f := range r.Findings {
		line := fmt.Sprintf("%s %s", f.Kind, f.Address+f.ID)
		if f.Address != "" {
			line = fmt.Sprintf("%s %s", f.Kind, f.Address)
		}
		for _, c := range f.Changes {
			line += " " + c.Path
		}
		if f.Reason != "" {
			line += ": " + f.Reason
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
