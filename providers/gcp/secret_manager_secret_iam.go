package gcp

import (
	"google.golang.org/api/secretmanager/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// secretManagerSecretIAM are the policies of secrets.
var secretManagerSecretIAM = policies{
	types:  "google_secret_manager_secret",
	path:   func(parent string) string { return "secretmanager/v1/" + parent + ":getIamPolicy" },
	params: withConditions("options.requestedPolicyVersion"),
	all:    keysOf(secrets(), path[secretmanager.Secret]),
	attrs: func(parent string) resource.Attrs {
		return resource.Attrs{"secret_id": parent, "project": part(parent, "projects")}
	},
	actions: []string{"secretmanager.secrets.list"},
	action:  "secretmanager.secrets.getIamPolicy",
}
