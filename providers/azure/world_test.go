package azure

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

const (
	sub1 = "00000000-0000-0000-0000-000000000001"
	sub2 = "00000000-0000-0000-0000-000000000002"
	sub3 = "00000000-0000-0000-0000-000000000003"
)

// world is Resource Manager with what a test puts into it. A path that nothing was
// put at is an empty list, or, of a resource, not found.
type world struct {
	t *testing.T

	mu     sync.Mutex
	routes map[string]http.HandlerFunc // by path in lower case
	calls  []string                    // "GET /path"
}

func newWorld(t *testing.T) *world { return &world{t: t, routes: map[string]http.HandlerFunc{}} }

func (w *world) on(path string, h http.HandlerFunc) { w.routes[strings.ToLower(path)] = h }

// RoundTrip implements http.RoundTripper.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, r.Method+" "+r.URL.Path)
	rec := httptest.NewRecorder()
	switch h, ok := w.routes[strings.ToLower(r.URL.Path)]; {
	case ok:
		h(rec, r)
	case strings.HasSuffix(r.URL.Path, "/permissions"):
		reply(200, map[string]any{"value": []any{map[string]any{"actions": []string{"*/read"}, "notActions": []string{}}}})(rec, r)
	case isList(r.URL.Path):
		reply(200, map[string]any{"value": []any{}})(rec, r)
	case r.Method == http.MethodPost:
		rows(w.t, nil)(rec, r)
	default:
		refuse(404, "ResourceNotFound")(rec, r)
	}
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

func isList(path string) bool {
	_, _, types, names := splitPath(path)
	return len(types) > len(names) && pathType(path) != graphType
}

// count is how many calls began so.
func (w *world) count(prefix string) int {
	n := 0
	for _, c := range w.calls {
		if strings.HasPrefix(strings.ToLower(c), strings.ToLower(prefix)) {
			n++
		}
	}
	return n
}

func reply(status int, body any) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
		_ = json.NewEncoder(rw).Encode(body)
	}
}

func listed(items ...any) http.HandlerFunc { return reply(200, map[string]any{"value": items}) }

func refuse(status int, code string) http.HandlerFunc {
	return reply(status, map[string]any{"error": map[string]any{"code": code, "message": "of " + sub1}})
}

// rows answers Resource Graph's query with ids.
func rows(t *testing.T, ids []string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		var q struct {
			Subscriptions []string
			Options       struct {
				Top       int    `json:"$top"`
				SkipToken string `json:"$skipToken"`
			}
		}
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &q); err != nil {
			t.Error(err)
		}
		var data []any
		for _, id := range ids {
			if slices.Contains(q.Subscriptions, subscriptionOf(id)) {
				data = append(data, map[string]any{"id": id, "type": strings.ToLower(pathType(id)), "subscriptionId": subscriptionOf(id), "tags": nil, "managedBy": ""})
			}
		}
		from := 0
		_, _ = fmt.Sscan(q.Options.SkipToken, &from)
		to := min(from+q.Options.Top, len(data))
		out := map[string]any{"count": to - from, "totalRecords": len(data), "resultTruncated": "false", "data": data[from:to], "facets": []any{}}
		if to < len(data) {
			out["$skipToken"] = fmt.Sprint(to)
		}
		reply(200, out)(rw, r)
	}
}

const graphPath = "/providers/Microsoft.ResourceGraph/resources"

func vnetsOf(sub string) string {
	return "/subscriptions/" + sub + "/providers/Microsoft.Network/virtualNetworks"
}

func vnetID(sub, group, name string) string {
	return "/subscriptions/" + sub + "/resourceGroups/" + group + "/providers/Microsoft.Network/virtualNetworks/" + name
}

func thing(id string) map[string]any {
	return map[string]any{"id": id, "name": id[strings.LastIndex(id, "/")+1:], "location": "westeurope", "properties": map[string]any{}}
}

// run is one pass over the world.
type run struct {
	inv    *inventory.Inventory
	report *drift.Report
	counts provider.Counts
}

// look detects: managed are ids by type, of which a state holds no more than that.
func (w *world) look(t *testing.T, unmanaged bool, subscriptions []string, managed ...resource.Managed) run {
	t.Helper()
	stats := &provider.Stats{}
	p := withToken(Options{Subscriptions: subscriptions, Stats: stats, Auth: azureauth.Options{HTTP: &http.Client{Transport: w}}})
	p.Locate(managed, nil)
	inv := inventory.Collect(t.Context(), inventory.Request{
		Providers: []provider.Provider{p}, Managed: managed, Unmanaged: unmanaged, Clouds: []string{"azure"},
		Depth: provider.DepthFull, Parallel: 4, Stats: stats, Now: time.Now,
	})
	types := map[string]resource.Type{}
	for _, typ := range p.Types() {
		types[typ.Name] = typ.Type
	}
	return run{inv, drift.Compare(managed, inv, drift.Options{Types: types, Schemas: schema.Embedded(), Unmanaged: unmanaged}), stats.Counts()}
}

func held(typ, id string) resource.Managed {
	return resource.Managed{Key: resource.Key{Type: typ}, Address: typ + "." + id[strings.LastIndex(id, "/")+1:], Source: "s", Attrs: resource.Attrs{"id": id}}
}

// told are the findings: "missing azurerm_subnet.web", "unmanaged <id>".
func (r run) told() []string {
	out := []string{}
	for _, f := range r.report.Findings {
		name := f.Address
		if name == "" {
			name = f.ID
		}
		if name == "" {
			name = f.Type + " " + f.Account
		}
		out = append(out, string(f.Kind)+" "+name)
	}
	slices.Sort(out)
	return out
}

func (r run) tells(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := r.told(); !slices.Equal(got, want) {
		t.Errorf("told\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
