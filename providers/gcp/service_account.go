package gcp

import (
	"strings"

	"google.golang.org/api/iam/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var serviceAccount = define(spec[iam.ServiceAccount]{
	Name:    "google_service_account",
	Asset:   "iam.googleapis.com/ServiceAccount",
	Actions: []string{"iam.serviceAccounts.list"},
	List:    serviceAccounts(),
	// The default accounts of Compute and App Engine, and Firebase's.
	Default: func(it item[iam.ServiceAccount]) bool {
		account, domain, _ := strings.Cut(it.v.Email, "@")
		return !strings.HasSuffix(domain, ".iam.gserviceaccount.com") || hasPrefix(account, "firebase-adminsdk-")
	},
	Fields: fields{
		"account_id": from("email").then(func(v any) any {
			email, _ := v.(string)
			account, _, _ := strings.Cut(email, "@")
			return account
		}),
		"unique_id": keep(),
	},
	// What was made anew under the same name has none of the old one's grants.
	Rules: map[string]resource.Rule{"unique_id": resource.Identity()},
})

func serviceAccounts() lister {
	return together("service accounts", collection("iam/v1/projects/{project}/serviceAccounts", "accounts", 100))
}
