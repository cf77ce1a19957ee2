package gcp

import (
	"strings"

	"google.golang.org/api/run/v2"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// cloudRunV2ServiceIAM are the policies of Cloud Run services.
var cloudRunV2ServiceIAM = policies{
	types:  "google_cloud_run_v2_service",
	twin:   "google_cloud_run_service",
	parent: func(name string) string { return strings.TrimPrefix(name, "v1/") },
	path:   func(parent string) string { return "run/v2/" + parent + ":getIamPolicy" },
	params: withConditions("options.requestedPolicyVersion"),
	all:    keysOf(runServices(), path[run.GoogleCloudRunV2Service]),
	attrs: func(parent string) resource.Attrs {
		return resource.Attrs{"name": parent, "location": part(parent, "locations"), "project": part(parent, "projects")}
	},
	actions: []string{"run.locations.list", "run.services.list"},
	action:  "run.services.getIamPolicy",
}
