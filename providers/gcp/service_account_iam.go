package gcp

import (
	"google.golang.org/api/iam/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// serviceAccountIAM are the policies of service accounts: who may act as one.
var serviceAccountIAM = policies{
	types:   "google_service_account",
	path:    func(parent string) string { return "iam/v1/" + parent + ":getIamPolicy" },
	params:  withConditions("options.requestedPolicyVersion"),
	post:    true,
	all:     keysOf(serviceAccounts(), path[iam.ServiceAccount]),
	attrs:   func(parent string) resource.Attrs { return resource.Attrs{"service_account_id": parent} },
	actions: []string{"iam.serviceAccounts.list"},
	action:  "iam.serviceAccounts.getIamPolicy",
}
