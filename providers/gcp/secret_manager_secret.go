package gcp

import (
	"time"

	"google.golang.org/api/secretmanager/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var secretManagerSecret = define(spec[secretmanager.Secret]{
	Name:    "google_secret_manager_secret",
	Asset:   "secretmanager.googleapis.com/Secret",
	Actions: []string{"secretmanager.secrets.list"},
	List:    secrets(),
	Fields: fields{
		"secret_id":        from("name").names(),
		"replication.auto": from("automatic"),
		"ttl":              skip(), // input only: it becomes expire_time
		"tags":             skip(), // input only
	},
	Rules: map[string]resource.Rule{
		// Each rotation moves it on.
		"rotation.next_rotation_time": {Same: sameOrLater},
		"version_destroy_ttl":         duration(),
		"rotation.rotation_period":    duration(),
	},
})

func secrets() lister {
	return together("secrets", collection("secretmanager/v1/projects/{project}/secrets", "secrets", 25000))
}

// sameOrLater is for a time that moves forward by itself.
func sameOrLater(state, cloud any) bool {
	a, _ := state.(string)
	b, _ := cloud.(string)
	before, err := time.Parse(time.RFC3339, a)
	if err != nil {
		return a == b
	}
	after, err := time.Parse(time.RFC3339, b)
	return err == nil && !after.Before(before)
}
