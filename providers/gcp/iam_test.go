package gcp

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// answers are bodies by what a URL ends with; a body that is a number is a status.
// Whatever else is asked for is empty.
type answers map[string]string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body, longest := "{}", 0
	for end, b := range a {
		if strings.HasSuffix(r.URL.Path, end) && len(end) > longest {
			body, longest = b, len(end)
		}
	}
	status := http.StatusOK
	switch body {
	case "403":
		status, body = http.StatusForbidden, `{"error":{"code":403,"message":"denied","errors":[{"reason":"forbidden"}]}}`
	case "404":
		status, body = http.StatusNotFound, `{"error":{"code":404,"message":"not found","errors":[{"reason":"notFound"}]}}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// inState is a resource of a state, with the attributes that Terraform sets.
func inState(typ string, attrs resource.Attrs) resource.Managed {
	return resource.Managed{
		Key: resource.Key{Type: typ}, Address: typ + "." + attrs.String("id"), Source: "terraform.tfstate",
		Provider: `provider["registry.terraform.io/hashicorp/google"]`, Attrs: attrs,
	}
}

// findings reads the types whose names begin with a text, and returns what is told.
func findings(t *testing.T, cloud http.RoundTripper, types string, projects []string, managed ...resource.Managed) []string {
	t.Helper()
	return compared(t, cloud, types, projects, managed, managed)
}

// compared reads as for some resources, and compares with others: an inventory may
// have been taken for no state.
func compared(t *testing.T, cloud http.RoundTripper, types string, projects []string, read, managed []resource.Managed) []string {
	t.Helper()
	stats := &provider.Stats{}
	p := New(Options{Projects: projects, Stats: stats, Auth: gcpauth.Options{AccessToken: "test", HTTP: &http.Client{Transport: cloud}}})
	p.Locate(read, nil)
	p.Locate(managed, nil)
	known := map[string]resource.Type{}
	for _, typ := range p.Types() {
		known[typ.Name] = typ.Type
	}
	selected := func(name string) bool { return strings.HasPrefix(name, types) }
	inv := inventory.Collect(t.Context(), inventory.Request{
		Providers: []provider.Provider{p}, Managed: read, Unmanaged: true, Everything: read == nil, Depth: provider.DepthFull, Type: selected,
		Parallel: 1, Stats: stats, Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	})
	report := drift.Compare(managed, inv, drift.Options{
		Types: known, Schemas: schema.Embedded(), Unmanaged: true, Selected: func(k resource.Key) bool { return selected(k.Type) },
	})
	var out []string
	for _, f := range report.Findings {
		text := string(f.Kind) + " "
		if f.Address != "" {
			text += f.Address
		} else {
			text += f.ID
		}
		for _, c := range f.Changes {
			text += " " + c.Path
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func told(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told\n  %s\nwanted\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func member(role, who string) resource.Managed {
	return inState("google_project_iam_member", resource.Attrs{"id": "p/" + role + "/" + who, "project": "p", "role": role, "member": who, "condition": []any{}, "etag": "x"})
}

func binding(role string, who ...any) resource.Managed {
	return inState("google_project_iam_binding", resource.Attrs{"id": "p/" + role, "project": "p", "role": role, "members": who, "condition": []any{}, "etag": "x"})
}

func TestWhoOwnsAPolicy(t *testing.T) {
	cloud := answers{"/projects/p:getIamPolicy": `{"version":3,"etag":"y","bindings":[
		{"role":"roles/viewer","members":["group:a@x.example","user:eve@x.example"]},
		{"role":"roles/viewer","members":["user:late@x.example"],"condition":{"title":"t","expression":"e"}},
		{"role":"roles/owner","members":["user:boss@x.example"]},
		{"role":"roles/owner","members":["user:Eve@x.example"]},
		{"role":"roles/editor","members":["serviceAccount:1@cloudservices.gserviceaccount.com"]}]}`}
	const prefix = "unmanaged projects/p/roles/"
	conditional := binding("roles/viewer", "user:late@x.example")
	conditional.Attrs["condition"] = []any{map[string]any{"title": "t", "description": "", "expression": "e"}}
	conditional.Attrs["id"] = "p/roles/viewer/t//e"
	other := member("roles/viewer", "user:late@x.example")
	other.Attrs["condition"] = []any{map[string]any{"title": "t", "description": "", "expression": "another"}}
	numbered := member("roles/viewer", "group:a@x.example")
	numbered.Attrs["project"], numbered.Attrs["id"] = "projects/123", "projects/123/roles/viewer/group:a@x.example"
	for name, tt := range map[string]struct {
		held []resource.Managed
		want []string
	}{
		"members": {
			[]resource.Managed{member("roles/viewer", "group:A@x.example")},
			[]string{prefix + "viewer/user:eve@x.example", prefix + "viewer/user:late@x.example/t//e", prefix + "owner/user:boss@x.example", prefix + "owner/user:eve@x.example"},
		},
		"a member who is gone": {
			[]resource.Managed{member("roles/owner", "user:boss@x.example"), member("roles/owner", "user:gone@x.example")},
			[]string{"missing google_project_iam_member.p/roles/owner/user:gone@x.example", prefix + "viewer/group:a@x.example", prefix + "viewer/user:eve@x.example", prefix + "viewer/user:late@x.example/t//e", prefix + "owner/user:eve@x.example"},
		},
		"a binding": {
			[]resource.Managed{binding("roles/owner", "user:boss@x.example")},
			[]string{"changed google_project_iam_binding.p/roles/owner members[1]", prefix + "viewer/group:a@x.example", prefix + "viewer/user:eve@x.example", prefix + "viewer/user:late@x.example/t//e"},
		},
		"a binding that a member stands beside": {
			[]resource.Managed{binding("roles/owner", "user:boss@x.example", "user:eve@x.example", "user:gone@x.example"), member("roles/owner", "user:eve@x.example"), binding("roles/viewer", "user:EVE@x.example", "group:a@x.example")},
			[]string{"changed google_project_iam_binding.p/roles/owner members[2]", prefix + "viewer/user:late@x.example/t//e"},
		},
		"a binding under a condition": {
			[]resource.Managed{conditional},
			[]string{prefix + "viewer/group:a@x.example", prefix + "viewer/user:eve@x.example", prefix + "owner/user:boss@x.example", prefix + "owner/user:eve@x.example"},
		},
		"another condition": {
			[]resource.Managed{other, binding("roles/owner", "user:boss@x.example", "user:eve@x.example"), binding("roles/viewer", "user:eve@x.example", "group:a@x.example")},
			[]string{"missing google_project_iam_member.p/roles/viewer/user:late@x.example", prefix + "viewer/user:late@x.example/t//e"},
		},
		"a policy": {
			[]resource.Managed{inState("google_project_iam_policy", resource.Attrs{"id": "p", "project": "p", "policy_data": "{}"}), member("roles/viewer", "group:a@x.example"), member("roles/viewer", "group:gone@x.example")},
			[]string{"missing google_project_iam_member.p/roles/viewer/group:gone@x.example"},
		},
		"a project by its number": {
			[]resource.Managed{numbered, conditional, binding("roles/owner", "user:boss@x.example", "user:eve@x.example")},
			[]string{prefix + "viewer/user:eve@x.example"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			types := "google_project_iam_"
			if len(tt.held) > 0 && tt.held[0].Key.Type == "google_project_iam_policy" {
				types = "google_project_iam_member" // the policy has no reader
			}
			told(t, findings(t, cloud, types, nil, tt.held...), tt.want...)
			told(t, compared(t, cloud, types, []string{"p"}, nil, tt.held), tt.want...)
		})
	}
}

func bucketMember(name, role, who string) resource.Managed {
	return inState("google_storage_bucket_iam_member", resource.Attrs{"id": "b/" + name + "/" + role + "/" + who, "bucket": "b/" + name, "role": role, "member": who, "condition": []any{}, "etag": "x"})
}

func bucketOf(project, name string) resource.Managed {
	return inState("google_storage_bucket", resource.Attrs{"id": name, "name": name, "project": project})
}

func TestPoliciesOfBuckets(t *testing.T) {
	policy := `{"bindings":[{"role":"roles/storage.objectViewer","members":["user:a@x.example","user:eve@x.example"]},{"role":"roles/storage.legacyBucketReader","members":["user:acl@x.example","projectViewer:p"]}]}`
	const role, eve, acl = "roles/storage.objectViewer", "/roles/storage.objectViewer/user:eve@x.example", "/roles/storage.legacyBucketReader/user:acl@x.example"
	const types = "google_storage_bucket_iam_member"

	// Those of held buckets and those that a held member names.
	cloud := answers{"/v1/b": `{"items":[{"name":"one"},{"name":"two"},{"name":"three"}]}`, "/b/one/iam": policy, "/b/two/iam": policy, "/b/three/iam": policy}
	told(t, findings(t, cloud, types, []string{"p"}, bucketOf("p", "one"), bucketMember("two", role, "user:a@x.example")),
		"unmanaged b/one/roles/storage.objectViewer/user:a@x.example", "unmanaged b/one"+eve, "unmanaged b/one"+acl, "unmanaged b/two"+eve, "unmanaged b/two"+acl)

	// A held binding names its bucket, too.
	told(t, findings(t, cloud, types, []string{"p"}, inState("google_storage_bucket_iam_binding", resource.Attrs{
		"id": "b/three/" + role, "bucket": "three", "role": role, "members": []any{"user:a@x.example"}, "condition": []any{}, "etag": "x"})),
		"unmanaged b/three"+acl)

	// An access control list that a state manages is what the legacy roles say.
	told(t, findings(t, cloud, types, []string{"p"}, bucketMember("two", role, "user:a@x.example"),
		inState("google_storage_bucket_acl", resource.Attrs{"id": "two-acl", "bucket": "two"})),
		"unmanaged b/two"+eve)

	// A policy that may not be read hides its own grants only.
	cloud["/b/one/iam"] = "403"
	told(t, findings(t, cloud, types, []string{"p"}, bucketMember("one", role, "user:a@x.example"), bucketMember("two", role, "user:a@x.example"), bucketMember("gone", role, "user:a@x.example")),
		"unchecked google_storage_bucket_iam_member.b/one/roles/storage.objectViewer/user:a@x.example",
		"unchecked google_storage_bucket_iam_member.b/gone/roles/storage.objectViewer/user:a@x.example",
		"unmanaged b/two"+eve, "unmanaged b/two"+acl)
}

// Two projects under one provider configuration: a bucket's member does not say in
// which it is.
func TestABucketOfOneOfTwoProjects(t *testing.T) {
	cloud := answers{
		"/v1/b":       `{"items":[{"name":"mine"}]}`,
		"/b/mine/iam": `{"bindings":[{"role":"roles/storage.objectViewer","members":["user:a@x.example"]}]}`,
	}
	topic := func(project string) resource.Managed {
		return inState("google_pubsub_topic", resource.Attrs{"id": "projects/" + project + "/topics/t", "project": project, "name": "t"})
	}
	got := findings(t, cloud, "google_storage_bucket_iam_member", nil, topic("p"), topic("q"), bucketOf("p", "mine"),
		bucketMember("mine", "roles/storage.objectViewer", "user:a@x.example"))
	// The listing is the same in both projects here, as no answer knows the project.
	if len(got) != 1 || !strings.HasPrefix(got[0], "unchecked") {
		t.Errorf("told %q", got)
	}
	told(t, findings(t, answers{"/b/mine/iam": cloud["/b/mine/iam"]}, "google_storage_bucket_iam_member", nil, topic("p"), topic("q"), bucketOf("p", "mine"),
		bucketMember("mine", "roles/storage.objectViewer", "user:a@x.example")))
}

// The older type of Cloud Run's services manages the same services and policies.
func TestTheOlderTypeOfAService(t *testing.T) {
	const name = "projects/p/locations/l/services/s"
	cloud := answers{
		"/locations/l/services":    `{"services":[{"name":"` + name + `"},{"name":"projects/p/locations/l/services/new"}]}`,
		name + ":getIamPolicy":     `{"bindings":[{"role":"roles/run.invoker","members":["allUsers","user:a@x.example"]},{"role":"roles/run.viewer","members":["user:a@x.example"]}]}`,
		"/v1/projects/p/locations": `{"locations":[{"locationId":"l"}]}`,
	}
	older := inState("google_cloud_run_service", resource.Attrs{"id": "locations/l/namespaces/p/services/s", "project": "p", "location": "l", "name": "s"})
	told(t, findings(t, cloud, "google_cloud_run_v2_service", nil, older), "unmanaged projects/p/locations/l/services/new")

	service := inState("google_cloud_run_v2_service", resource.Attrs{"id": name, "project": "p", "location": "l", "name": "s"})
	public := inState("google_cloud_run_service_iam_member", resource.Attrs{
		"id": "v1/" + name + "/roles/run.invoker/allUsers", "project": "p", "location": "l", "service": "v1/" + name, "role": "roles/run.invoker", "member": "allUsers",
	})
	viewers := inState("google_cloud_run_service_iam_binding", resource.Attrs{
		"id": "v1/" + name + "/roles/run.viewer", "project": "p", "location": "l", "service": "v1/" + name, "role": "roles/run.viewer", "members": []any{"user:a@x.example"},
	})
	told(t, findings(t, cloud, "google_cloud_run_v2_service_iam", nil, service, public, viewers), "unmanaged "+name+"/roles/run.invoker/user:a@x.example")
}

func TestFoldMember(t *testing.T) {
	for member, want := range map[string]string{
		"user:Ann@Acme.Example": "user:ann@acme.example",
		"domain:Acme.Example":   "domain:acme.example",
		"allUsers":              "allUsers",
		"projectOwner:Acme":     "projectOwner:acme",
		"principalSet://iam.googleapis.com/x/attribute.y/Acme": "principalSet://iam.googleapis.com/x/attribute.y/Acme",
		"deleted:user:Ann@Acme.Example?uid=1":                  "deleted:user:ann@acme.example?uid=1",
		"deleted:principal://iam.googleapis.com/X":             "deleted:principal://iam.googleapis.com/X",
	} {
		if got := foldMember(member); got != want {
			t.Errorf("%s: %s, wanted %s", member, got, want)
		}
	}
}

func TestWhatGoogleGrants(t *testing.T) {
	for _, tt := range []struct {
		role, member string
		want         bool
	}{
		{"roles/editor", "serviceAccount:1@cloudservices.gserviceaccount.com", true},
		{"roles/editor", "serviceAccount:1-compute@developer.gserviceaccount.com", true},
		{"roles/owner", "serviceAccount:1-compute@developer.gserviceaccount.com", false},
		{"roles/editor", "serviceAccount:p@appspot.gserviceaccount.com", true},
		{"roles/pubsub.publisher", "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com", true},
		{"roles/pubsub.publisher", "serviceAccount:service-api@q.iam.gserviceaccount.com", false},
		{"roles/pubsub.publisher", "serviceAccount:service-123456789012@q.iam.gserviceaccount.com", false},
		{"roles/container.nodeServiceAgent", "serviceAccount:service-1@container-engine-robot.iam.gserviceaccount.com", true},
		{"roles/container.serviceAgent", "serviceAccount:mine@p.iam.gserviceaccount.com", false},
		{"roles/container.serviceAgent", "serviceAccount:theirs@q.iam.gserviceaccount.com", false},
		{"roles/container.serviceAgent", "serviceAccount:service-1@p.iam.gserviceaccount.com", false},
		{"roles/iam.serviceAccountTokenCreator", "serviceAccount:firebase-adminsdk-x@p.iam.gserviceaccount.com", true},
		{"roles/owner", "serviceAccount:firebase-adminsdk-x@p.iam.gserviceaccount.com", false},
		{"roles/pubsub.publisher", "serviceAccount:service-1@p.iam.gserviceaccount.com", false},
		{"roles/firebase.sdkAdminServiceAgent", "serviceAccount:firebase-adminsdk-x@p.iam.gserviceaccount.com", true},
		{"roles/cloudbuild.builds.builder", "serviceAccount:1@cloudbuild.gserviceaccount.com", true},
		{"roles/owner", "serviceAccount:1@cloudbuild.gserviceaccount.com", false},
		{"roles/storage.legacyBucketOwner", "projectOwner:p", true},
		{"roles/storage.admin", "projectOwner:p", false},
		{"roles/viewer", "deleted:user:a@x.example?uid=1", true},
		{"roles/viewer", "user:a@x.example", false},
		{"roles/viewer", "allUsers", false},
	} {
		if got := googles("p", tt.role, tt.member); got != tt.want {
			t.Errorf("%s for %s: %v", tt.role, tt.member, got)
		}
	}
}

func TestServiceAccountName(t *testing.T) {
	for name, want := range map[string]string{
		"projects/-/serviceAccounts/a@p.iam.gserviceaccount.com":         "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com",
		"projects/p/serviceAccounts/a@p.iam.gserviceaccount.com":         "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com",
		"projects/-/serviceAccounts/1-compute@developer.gserviceaccount": "projects/-/serviceAccounts/1-compute@developer.gserviceaccount",
	} {
		if got := serviceAccountName(name); got != want {
			t.Errorf("%s: %s, wanted %s", name, got, want)
		}
	}
}
