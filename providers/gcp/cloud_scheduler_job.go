package gcp

import (
	"encoding/base64"
	"maps"
	"strings"

	"google.golang.org/api/cloudscheduler/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var cloudSchedulerJob = define(spec[cloudscheduler.Job]{
	Name:    "google_cloud_scheduler_job",
	Asset:   "cloudscheduler.googleapis.com/Job",
	Actions: []string{"cloudscheduler.jobs.list", "cloudscheduler.locations.list"},
	List: perLocation("google_cloud_scheduler_job", "cloudscheduler.googleapis.com/Job", "cloudscheduler/v1/projects/{project}/locations",
		in("cloudscheduler/v1/projects/{project}/locations", "jobs", 500)),
	Fields: fields{
		"name":   from("name").names(),
		"region": from("name").then(locationOf),
		"paused": from("state").then(func(v any) any { return v == "PAUSED" }),
		// The API answers with the host that it makes of them.
		"app_engine_http_target.app_engine_routing": skip(),
		"app_engine_http_target.headers":            from("headers").then(ownHeaders),
		"http_target.headers":                       from("headers").then(ownHeaders),
	},
	// What a job sends is in base64, in which a secret does not look like one.
	Map: func(_ item[cloudscheduler.Job], a resource.Attrs) {
		for target, name := range map[string]string{"app_engine_http_target": "body", "http_target": "body", "pubsub_target": "data"} {
			block := a.Block(target)
			if text, err := base64.StdEncoding.DecodeString(block.String(name)); err == nil && resource.SecretValue(string(text)) {
				delete(block, name)
			}
		}
	},
	Rules: map[string]resource.Rule{
		"attempt_deadline":               sameDuration().WithDefault("180s"),
		"time_zone":                      resource.Default("Etc/UTC"),
		"http_target.uri":                resource.TrimSuffix("/"),
		"http_target.headers":            resource.Canon(ownHeaders),
		"app_engine_http_target.headers": resource.Canon(ownHeaders),
		"retry_config": noBlock(map[string]any{
			"max_backoff_duration": "3600s", "min_backoff_duration": "5s", "max_retry_duration": "0s", "max_doublings": 5.0,
		}),
		"retry_config.max_backoff_duration": sameDuration(),
		"retry_config.min_backoff_duration": sameDuration(),
		"retry_config.max_retry_duration":   sameDuration().WithDefault("0s"),
	},
})

// ownHeaders leaves out the headers that the service sets by itself, and the one
// that is a secret where it is not the service's.
func ownHeaders(v any) any {
	headers, ok := v.(map[string]any)
	if !ok {
		return v
	}
	headers = maps.Clone(headers)
	maps.DeleteFunc(headers, func(name string, value any) bool {
		return hasPrefix(name, "X-Google-", "X-AppEngine-", "X-CloudScheduler", "Content-Length") ||
			strings.EqualFold(name, "Authorization") ||
			name == "Content-Type" && value == "application/octet-stream"
	})
	if agent, ok := headers["User-Agent"].(string); ok {
		agent = strings.ReplaceAll(agent, "AppEngine-Google; (+http://code.google.com/appengine)", "")
		agent = strings.TrimSpace(strings.ReplaceAll(agent, "Google-Cloud-Scheduler", ""))
		if headers["User-Agent"] = agent; agent == "" {
			delete(headers, "User-Agent")
		}
	}
	return headers
}
