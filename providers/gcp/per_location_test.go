package gcp

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// byPath are a project's responses by path. What is not in it is not found, and a
// path that begins with ! is forbidden.
type byPath map[string]string

func (a byPath) RoundTrip(r *http.Request) (*http.Response, error) {
	body, status := a[r.URL.Path], http.StatusOK
	switch {
	case a["!"+r.URL.Path] != "":
		body, status = `{"error":{"code":403,"message":"denied"}}`, http.StatusForbidden
	case body == "":
		body, status = `{"error":{"code":404,"message":"not found"}}`, http.StatusNotFound
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// project connects to one that byPath so.
func project(t *testing.T, a byPath) *conn {
	t.Helper()
	p := New(Options{Auth: gcpauth.Options{AccessToken: "test", HTTP: &http.Client{Transport: a}}}).(*cloud)
	client, err := p.client()
	if err != nil {
		t.Fatal(err)
	}
	return p.connect(client, "acme-prod")
}

// names lists, and returns the names of what came and the error that came last.
func names(t *testing.T, list lister, c *conn, q provider.Query) (got []string, failed error) {
	t.Helper()
	for o, err := range list(t.Context(), c, q) {
		if err != nil {
			return got, err
		}
		var v struct{ Name string }
		if err := json.Unmarshal(o.body, &v); err != nil {
			t.Fatal(err)
		}
		got = append(got, base(v.Name))
	}
	return got, nil
}

func holding(resources ...resource.Managed) func(string) []*resource.Managed {
	return func(typ string) []*resource.Managed {
		var held []*resource.Managed
		for i := range resources {
			if resources[i].Key.Type == typ {
				held = append(held, &resources[i])
			}
		}
		return held
	}
}

func TestPerLocation(t *testing.T) {
	const at = "/v2/projects/acme-prod/locations"
	queue := func(location, name string) string {
		return `{"queues":[{"name":"projects/acme-prod/locations/` + location + `/queues/` + name + `"}]}`
	}
	world := byPath{
		at:                 `{"locations":[{"locationId":"a"},{"locationId":"b"},{"locationId":"c"}]}`,
		at + "/a/queues":   queue("a", "one"),
		at + "/b/queues":   queue("b", "two"),
		"!" + at + "/none": "x",
	}
	held := holding(resource.Managed{Key: resource.Key{Type: "google_cloud_tasks_queue", ID: "projects/acme-prod/locations/b/queues/two"}})
	inventory := `{"assets":[{"assetType":"cloudresourcemanager.googleapis.com/Project"},
		{"assetType":"cloudtasks.googleapis.com/Queue","name":"//cloudtasks.googleapis.com/projects/acme-prod/locations/a/queues/one"}]}`
	tests := map[string]struct {
		query provider.Query
		with  byPath
		want  []string
		fails string
	}{
		"what is held":                      {provider.Query{Wanted: []string{"x"}, Held: held}, nil, []string{"two"}, ""},
		"everything":                        {provider.Query{Everything: true, Held: holding()}, nil, []string{"one", "two"}, ""},
		"what nobody manages":               {provider.Query{Held: held}, nil, []string{"one", "two"}, ""},
		"with the inventory's locations":    {provider.Query{Held: held}, byPath{"/v1/projects/acme-prod/assets": inventory, "!" + at: "x"}, []string{"one", "two"}, ""},
		"a location that is denied":         {provider.Query{Everything: true, Held: holding()}, byPath{"!" + at + "/a/queues": "x"}, []string{"two"}, "cloudtasks.queues.list"},
		"the locations are denied":          {provider.Query{Held: held}, byPath{"!" + at: "x"}, []string{"two"}, "cloudtasks.locations.list"},
		"nothing is held, nothing is asked": {provider.Query{Wanted: []string{}, Held: holding()}, nil, nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			all := byPath{}
			for _, m := range []byPath{world, tt.with} {
				for path, body := range m {
					all[path] = body
				}
			}
			list := perLocation("google_cloud_tasks_queue", "cloudtasks.googleapis.com/Queue", "cloudtasks/v2/projects/{project}/locations", in("cloudtasks/v2/projects/{project}/locations", "queues", 10))
			got, err := names(t, list, project(t, all), tt.query)
			if !slices.Equal(got, tt.want) {
				t.Errorf("listed %v, want %v", got, tt.want)
			}
			if (err != nil) != (tt.fails != "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("error %v, want one of %q", err, tt.fails)
			}
		})
	}
}

func TestOneParentHidesNoOther(t *testing.T) {
	const at = "/dns/v1/projects/acme-prod/managedZones"
	c := project(t, byPath{
		at:                          `{"managedZones":[{"name":"closed"},{"name":"gone"},{"name":"open"}]}`,
		"!" + at + "/closed/rrsets": "x",
		at + "/open/rrsets":         `{"rrsets":[{"name":"acme.example.","type":"SOA"}]}`,
	})
	got, err := names(t, dnsRecords(), c, provider.Query{Everything: true, Held: holding()})
	if !slices.Equal(got, []string{"acme.example."}) || err == nil {
		t.Errorf("listed %v, error %v; want the records of the open zone, and the closed one's error", got, err)
	}
}

func TestStoppedSQLInstance(t *testing.T) {
	const at = "/sql/v1beta4/projects/acme-prod/instances"
	c := project(t, byPath{
		at: `{"items":[
			{"name":"asleep","state":"RUNNABLE","settings":{"activationPolicy":"NEVER"}},
			{"name":"copy","state":"RUNNABLE","masterInstanceName":"acme-prod:main"},
			{"name":"main","state":"RUNNABLE","settings":{"activationPolicy":"ALWAYS"}}]}`,
		at + "/copy/databases": `{"items":[{"name":"twice"}]}`,
		at + "/main/databases": `{"items":[{"name":"app"}]}`,
	})
	got, err := names(t, inEachSQLInstance("google_sql_database", "databases"), c, provider.Query{Everything: true, Held: holding()})
	if !slices.Equal(got, []string{"app"}) {
		t.Errorf("listed %v, want the primary's", got)
	}
	if f := (&cloud{}).Explain(err); f.Action != "cloudsql.databases.list" || !strings.Contains(f.Detail, "asleep") {
		t.Errorf("explained as %+v, want that asleep does not run", f)
	}
}

// After a switchover the instance that a state names as the primary is a replica.
func TestSwitchedSQLInstance(t *testing.T) {
	const at = "/sql/v1beta4/projects/acme-prod/instances"
	c := project(t, byPath{
		at: `{"items":[
			{"name":"copy","state":"RUNNABLE"},
			{"name":"main","state":"RUNNABLE","masterInstanceName":"acme-prod:copy"},
			{"name":"outside","instanceType":"ON_PREMISES_INSTANCE","state":"RUNNABLE"}]}`,
		at + "/copy/databases": `{"items":[{"name":"app"}]}`,
		at + "/main/databases": `{"items":[{"name":"app"}]}`,
	})
	app := resource.Managed{Key: resource.Key{Type: "google_sql_database"}, Attrs: resource.Attrs{"project": "acme-prod", "instance": "main", "name": "app"}}
	for _, everything := range []bool{false, true} {
		var in []string
		for o, err := range inEachSQLInstance("google_sql_database", "databases")(t.Context(), c, provider.Query{Everything: everything, Held: holding(app)}) {
			if err != nil {
				t.Fatal(err)
			}
			in = append(in, base(o.parent))
		}
		if !slices.Contains(in, "main") || slices.Contains(in, "copy") != everything {
			t.Errorf("everything is %v: listed the databases of %v", everything, in)
		}
	}
}

// recorded counts the requests by path.
type recorded struct {
	answers
	paths map[string]int
}

func (r recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	r.paths[req.URL.Path]++
	return r.answers.RoundTrip(req)
}

func TestLocations(t *testing.T) {
	ring := func(location string) string {
		return `{"keyRings":[{"name":"projects/p/locations/` + location + `/keyRings/r"}]}`
	}
	cloud := answers{
		"/locations":               `{"locations":[{"locationId":"here"},{"locationId":"there"},{"locationId":"far"}]}`,
		"/locations/here/keyRings": ring("here"), "/locations/there/keyRings": ring("there"), "/locations/far/keyRings": ring("far"),
	}
	inventory := `{"assets":[{"name":"//cloudresourcemanager.googleapis.com/projects/1","assetType":"cloudresourcemanager.googleapis.com/Project"},
		{"name":"//cloudkms.googleapis.com/projects/p/locations/there/keyRings/r","assetType":"cloudkms.googleapis.com/KeyRing"}]}`
	here := inState("google_kms_key_ring", resource.Attrs{"id": "projects/p/locations/here/keyRings/r", "project": "p", "location": "here", "name": "r"})
	const prefix, path = "unmanaged projects/p/locations/", "/v1/projects/p/locations/"

	// Without an inventory every location is asked, the held one once.
	all := recorded{cloud, map[string]int{}}
	told(t, findings(t, all, "google_kms_key_ring", nil, here), prefix+"far/keyRings/r", prefix+"there/keyRings/r")
	if all.paths[path+"here/keyRings"] != 1 || all.paths["/v1/projects/p/locations"] != 1 {
		t.Errorf("asked %v", all.paths)
	}

	// With one, only those that it knows.
	cloud["/assets"] = inventory
	known := recorded{cloud, map[string]int{}}
	told(t, findings(t, known, "google_kms_key_ring", nil, here), prefix+"there/keyRings/r")
	if known.paths["/v1/projects/p/locations"] != 0 || known.paths[path+"far/keyRings"] != 0 {
		t.Errorf("asked %v", known.paths)
	}

	// What is held is checked although the list of locations is denied.
	delete(cloud, "/assets")
	cloud["/locations"] = "403"
	denied := findings(t, cloud, "google_kms_key_ring", nil, here)
	if len(denied) != 1 || denied[0] == "unchecked google_kms_key_ring."+here.Attrs.String("id") {
		t.Errorf("told %v", denied)
	}
}
