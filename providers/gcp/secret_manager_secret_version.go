package gcp

import (
	"strings"

	"google.golang.org/api/secretmanager/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// secretManagerSecretVersion reads what Secret Manager says of a version, never
// what is in it: secret_data is not read.
//
// A version that no state holds is what somebody put into a secret, and not
// infrastructure: so it is nobody's finding, and only the secrets of which a state
// holds a version are looked at.
var secretManagerSecretVersion = define(spec[secretmanager.SecretVersion]{
	Name:    "google_secret_manager_secret_version",
	Asset:   "secretmanager.googleapis.com/SecretVersion",
	Actions: []string{"secretmanager.secrets.list", "secretmanager.versions.list"},
	List: perParent("google_secret_manager_secret_version", resource.ChildOf{Ref: "name", ParentID: secretOf},
		keysOf(secrets(), path[secretmanager.Secret]),
		func(secret string) listing {
			return listing{path: "secretmanager/v1/" + secret + "/versions", key: "versions", limit: 25000}
		}),
	// A destroyed one is only a number.
	Keep:    func(it item[secretmanager.SecretVersion]) bool { return it.v.State != "DESTROYED" },
	Default: func(item[secretmanager.SecretVersion]) bool { return true },
	Fields: fields{
		"secret":  from("name").then(func(v any) any { name, _ := v.(string); return secretOf(name) }),
		"enabled": from("state").then(func(v any) any { return v == "ENABLED" }),
	},
})

func secretOf(version string) string {
	secret, _, _ := strings.Cut(version, "/versions/")
	return secret
}
