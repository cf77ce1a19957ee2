package gcp

import (
	"google.golang.org/api/logging/v2"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// sharedWriter writes for the sinks that have no identity of their own.
const sharedWriter = "serviceAccount:cloud-logs@system.gserviceaccount.com"

var loggingProjectSink = define(spec[logging.LogSink]{
	Name:    "google_logging_project_sink",
	Asset:   "logging.googleapis.com/LogSink",
	Actions: []string{"logging.sinks.list"},
	List:    collection("logging/v2/projects/{project}/sinks", "sinks", 1000),
	ID:      func(it item[logging.LogSink]) string { return "projects/" + it.conn.project + "/sinks/" + it.v.Name },
	// Every project has these two.
	Default: func(it item[logging.LogSink]) bool { return it.v.Name == "_Default" || it.v.Name == "_Required" },
	Fields: fields{
		"unique_writer_identity": from("writerIdentity").then(func(v any) any { return v != sharedWriter }),
	},
	Rules: map[string]resource.Rule{
		"filter":            resource.Space(),
		"exclusions":        resource.Keyed("name"),
		"exclusions.filter": resource.Space(),
	},
})
