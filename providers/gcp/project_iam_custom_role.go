package gcp

import (
	"net/url"

	"google.golang.org/api/iam/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// projectIAMCustomRole are the roles that a project made for itself. A deleted one
// is none, although its name stays taken for weeks.
var projectIAMCustomRole = define(spec[iam.Role]{
	Name:    "google_project_iam_custom_role",
	Asset:   "iam.googleapis.com/Role",
	Actions: []string{"iam.roles.list"},
	List: listing{
		path: "iam/v1/projects/{project}/roles", key: "roles", limit: 1000,
		params: url.Values{"view": {"FULL"}}, // with the permissions
	}.lister(),
	Keep: func(it item[iam.Role]) bool { return !it.v.Deleted },
	Fields: fields{
		"role_id":     from("name").names(),
		"permissions": from("includedPermissions"),
	},
	// The API leaves out the first of the stages.
	Rules: map[string]resource.Rule{"stage": resource.Default("ALPHA")},
})
