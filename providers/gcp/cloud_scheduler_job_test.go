package gcp

import (
	"encoding/base64"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func TestWhatAJobSends(t *testing.T) {
	const name = "projects/acme-prod/locations/l/jobs/j"
	for text, shown := range map[string]bool{`{"report":"daily"}`: true, `{"api_token":"of-acme"}`: false} {
		body := base64.StdEncoding.EncodeToString([]byte(text))
		c := project(t, byPath{"/v1/projects/acme-prod/locations/l/jobs": `{"jobs":[{"name":"` + name + `","httpTarget":{"uri":"https://acme.example","body":"` + body + `"}}]}`})
		held := holding(resource.Managed{Key: resource.Key{Type: "google_cloud_scheduler_job", ID: name}})
		jobs := 0
		for it, err := range cloudSchedulerJob.List(t.Context(), c, provider.Query{Wanted: []string{name}, Held: held}) {
			if err != nil {
				t.Fatal(err)
			}
			jobs++
			if got, read := it.Resource.Attrs.Block("http_target")["body"]; read != shown || shown && got != body {
				t.Errorf("%s: read %v", text, got)
			}
		}
		if jobs != 1 {
			t.Errorf("%d jobs", jobs)
		}
	}
}
