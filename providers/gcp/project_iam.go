package gcp

import (
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// projectIAM is the policy of a project.
var projectIAM = policies{
	types:   "google_project",
	scope:   true,
	path:    func(parent string) string { return "cloudresourcemanager/v1/" + parent + ":getIamPolicy" },
	post:    true,
	body:    []byte(`{"options":{"requestedPolicyVersion":3}}`),
	parent:  func(name string) string { return "projects/" + strings.TrimPrefix(name, "projects/") },
	imports: func(parent string) string { return part(parent, "projects") },
	attrs:   func(parent string) resource.Attrs { return resource.Attrs{"project": part(parent, "projects")} },
	action:  "resourcemanager.projects.getIamPolicy",
}
