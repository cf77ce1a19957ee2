package gcp

import (
	"net/url"
	"strings"

	"google.golang.org/api/serviceusage/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// projectService are the APIs that are enabled; the others are not listed.
var projectService = define(spec[serviceusage.GoogleApiServiceusageV1Service]{
	Name:    "google_project_service",
	Asset:   "serviceusage.googleapis.com/Service",
	Actions: []string{"serviceusage.services.list"},
	List: listing{
		path: "serviceusage/v1/projects/{project}/services", key: "services", limit: 200,
		params: url.Values{"filter": {"state:ENABLED"}},
	}.lister(),
	Keep: func(it item[serviceusage.GoogleApiServiceusageV1Service]) bool { return it.v.State == "ENABLED" },
	StateIDs: func(a resource.Attrs) []string {
		// acme-prod/run.googleapis.com
		project, service, _ := strings.Cut(strings.TrimPrefix(a.String("id"), "projects/"), "/")
		if project == "" || service == "" {
			return nil
		}
		return []string{"projects/" + project + "/services/" + base(service)}
	},
	Import: importNames("projects", "services"),
	Default: func(it item[serviceusage.GoogleApiServiceusageV1Service]) bool {
		name, google := strings.CutSuffix(base(it.v.Name), ".googleapis.com")
		return google && comesAlong[name]
	},
	Fields: fields{
		"service": from("name").names(),
	},
})

// comesAlong are the APIs that a new project has enabled, and those that enabling
// another one enables as well.
// Source: https://docs.cloud.google.com/service-usage/docs/enabled-service and the
// services' own dependencies (gcloud services list after gcloud services enable).
var comesAlong = map[string]bool{
	"analyticshub":         true,
	"autoscaling":          true,
	"bigquery":             true,
	"bigqueryconnection":   true,
	"bigquerydatapolicy":   true,
	"bigquerydatatransfer": true,
	"bigquerymigration":    true,
	"bigqueryreservation":  true,
	"bigquerystorage":      true,
	"cloudapis":            true,
	"clouddebugger":        true,
	"cloudtrace":           true,
	"containerfilesystem":  true,
	"containerregistry":    true,
	"dataform":             true,
	"dataplex":             true,
	"datastore":            true,
	"deploymentmanager":    true,
	"gkebackup":            true,
	"iam":                  true,
	"iamcredentials":       true,
	"logging":              true,
	"monitoring":           true,
	"networkconnectivity":  true,
	"observability":        true,
	"oslogin":              true,
	"servicemanagement":    true,
	"serviceusage":         true,
	"source":               true,
	"sql-component":        true,
	"storage":              true,
	"storage-api":          true,
	"storage-component":    true,
	"telemetry":            true,
}
