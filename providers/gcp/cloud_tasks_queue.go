package gcp

import (
	"strings"

	"google.golang.org/api/cloudtasks/v2"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var cloudTasksQueue = define(spec[cloudtasks.Queue]{
	Name:    "google_cloud_tasks_queue",
	Asset:   "cloudtasks.googleapis.com/Queue",
	Actions: []string{"cloudtasks.queues.list", "cloudtasks.locations.list"},
	List: perLocation("google_cloud_tasks_queue", "cloudtasks.googleapis.com/Queue", "cloudtasks/v2/projects/{project}/locations",
		in("cloudtasks/v2/projects/{project}/locations", "queues", 1000)),
	Fields: fields{
		"name":     from("name").names(),
		"location": from("name").then(locationOf),
		// Whether somebody paused it.
		"desired_state": from("state"),
		// The API answers with the host that it makes of them.
		"app_engine_routing_override": skip(),
	},
	// A header that carries a secret is not read.
	Map: func(_ item[cloudtasks.Queue], a resource.Attrs) {
		headers, _ := a.Block("http_target")["header_overrides"].([]any)
		for _, h := range headers {
			override, _ := h.(map[string]any)
			header := resource.Attrs(override).Block("header")
			if name := header.String("key"); strings.EqualFold(name, "Authorization") || resource.SecretName(name) {
				delete(header, "value")
			}
		}
	},
	Rules: map[string]resource.Rule{
		"desired_state":                   resource.Default("RUNNING"),
		"retry_config.max_backoff":        sameDuration(),
		"retry_config.min_backoff":        sameDuration(),
		"retry_config.max_retry_duration": sameDuration().WithDefault("0s"),
	},
})
