package gcp

import (
	"strings"

	"google.golang.org/api/iam/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// serviceAccountIAM are the policies of service accounts: who may act as one.
var serviceAccountIAM = policies{
	types:   "google_service_account",
	path:    func(parent string) string { return "iam/v1/" + parent + ":getIamPolicy" },
	params:  withConditions("options.requestedPolicyVersion"),
	post:    true,
	parent:  serviceAccountName,
	all:     keysOf(serviceAccounts(), path[iam.ServiceAccount]),
	attrs:   func(parent string) resource.Attrs { return resource.Attrs{"service_account_id": parent} },
	actions: []string{"iam.serviceAccounts.list"},
	action:  "iam.serviceAccounts.getIamPolicy",
}

// serviceAccountName returns the name of an account with its project, for which a
// name may have a wildcard: projects/-/serviceAccounts/a@p.iam.gserviceaccount.com.
func serviceAccountName(name string) string {
	email, ok := strings.CutPrefix(name, "projects/-/serviceAccounts/")
	_, domain, _ := strings.Cut(email, "@")
	project, own := strings.CutSuffix(domain, ".iam.gserviceaccount.com")
	if !ok || !own || strings.Contains(project, ".") {
		return name
	}
	return "projects/" + project + "/serviceAccounts/" + email
}
