package gcp

import (
	"google.golang.org/api/run/v2"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var cloudRunV2Service = define(spec[run.GoogleCloudRunV2Service]{
	Name:    "google_cloud_run_v2_service",
	Asset:   "run.googleapis.com/Service",
	Actions: []string{"run.locations.list", "run.services.list"},
	List:    runServices(),
	// The service behind a function, or behind what else Google runs there.
	Default: func(it item[run.GoogleCloudRunV2Service]) bool {
		return it.v.Labels["goog-managed-by"] != "" || it.v.Labels["goog-cloudfunctions-runtime"] != ""
	},
	Fields: fields{
		"name":     from("name").names(),
		"location": from("name").then(locationOf),
		"tags":     skip(),
	},
	Map: func(_ item[run.GoogleCloudRunV2Service], a resource.Attrs) {
		containers, _ := a.Block("template")["containers"].([]any)
		for _, c := range containers {
			withoutSecretValues(c)
		}
	},
	// The older type of the same services.
	Owners: []resource.Owner{{
		Type: "google_cloud_run_service",
		Owns: func(m *resource.Managed) string {
			return "projects/" + m.Key.Account + "/locations/" + m.Attrs.String("location") + "/services/" + m.Attrs.String("name")
		},
		Key: func(r *resource.Resource) string { return r.Key.ID },
	}},
	Rules: map[string]resource.Rule{
		"template.containers.resources.limits": {Same: sameLimits},
		// The tools of Google mark each revision that they make.
		"template.annotations": withoutKeys("client.knative.dev/", "run.googleapis.com/"),
		"template.labels":      withoutKeys("client.knative.dev/", "run.googleapis.com/", "goog-"),
	},
})

func runServices() lister {
	return together("run services", perLocation("google_cloud_run_v2_service", "run.googleapis.com/Service", "run/v1/projects/{project}/locations",
		func(location string) listing {
			// The API refuses `-` for the location.
			return listing{path: "run/v2/projects/{project}/locations/" + location + "/services", key: "services", limit: 1000}
		}))
}

// sameLimits relates the limits of a container. Cloud Run adds the CPUs that
// nobody asked for.
func sameLimits(state, cloud any) bool {
	before, ok := state.(map[string]any)
	after, also := cloud.(map[string]any)
	if !ok || !also {
		return false
	}
	for name, limit := range after {
		if before[name] != limit && (name != "cpu" || before[name] != nil) {
			return false
		}
	}
	for name := range before {
		if after[name] == nil {
			return false
		}
	}
	return true
}

// withoutSecretValues takes out the values of those environment variables of a
// container whose name says that they are secrets.
func withoutSecretValues(container any) {
	c, _ := container.(map[string]any)
	env, _ := c["env"].([]any)
	for _, e := range env {
		v, _ := e.(map[string]any)
		if name, _ := v["name"].(string); resource.SecretName(name) {
			delete(v, "value")
		}
	}
}
