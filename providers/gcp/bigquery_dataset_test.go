package gcp

import (
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// A list of datasets has only those that the caller may read.
func TestUnlistedDatasets(t *testing.T) {
	dataset := func(name string) resource.Managed {
		return inState("google_bigquery_dataset", resource.Attrs{"id": "projects/p/datasets/" + name, "project": "p", "dataset_id": name})
	}
	table := func(name string) resource.Managed {
		return inState("google_bigquery_table", resource.Attrs{"id": "projects/p/datasets/" + name + "/tables/t", "project": "p", "dataset_id": name, "table_id": "t"})
	}
	const ref = `"datasetReference":{"projectId":"p","datasetId":`
	cloud := answers{
		"/datasets":               `{"datasets":[{` + ref + `"seen"}}]}`,
		"/datasets/seen":          `{` + ref + `"seen"}}`,
		"/datasets/unseen":        `{` + ref + `"unseen"}}`,
		"/datasets/closed":        "403",
		"/datasets/gone":          "404",
		"/datasets/unseen/tables": `{"tables":[{"tableReference":{"projectId":"p","datasetId":"unseen","tableId":"t"}}]}`,
		"/datasets/closed/tables": "403",
		"/datasets/gone/tables":   "404",
	}
	// The closed one is unchecked, and so is what may be there for all that one knows.
	got := findings(t, cloud, "google_bigquery_dataset", nil, dataset("seen"), dataset("unseen"), dataset("closed"))
	told(t, got, "unchecked google_bigquery_dataset.projects/p/datasets/closed")
	got = findings(t, cloud, "google_bigquery_dataset", nil, dataset("seen"), dataset("unseen"), dataset("gone"))
	told(t, got, "missing google_bigquery_dataset.projects/p/datasets/gone")

	for _, f := range findings(t, cloud, "google_bigquery_table", nil, table("unseen"), table("gone")) {
		if !strings.HasPrefix(f, "missing google_bigquery_table.projects/p/datasets/gone") {
			t.Errorf("told %s", f)
		}
	}
}

func TestOwnColumns(t *testing.T) {
	type A = resource.Attrs
	cloud := A{"schema": `[{"name":"a","type":"STRING"},{"name":"day","type":"DATE"}]`}
	own := `[{"name":"A","type":"INTEGER"}]`
	if got := ownColumns(A{"ignore_auto_generated_schema": true, "schema": own}, cloud).String("schema"); got != `[{"name":"a","type":"STRING"}]` {
		t.Errorf("left %s", got)
	}
	if got := ownColumns(A{"schema": own}, cloud).String("schema"); got != cloud.String("schema") {
		t.Errorf("left %s, although the provider keeps all columns", got)
	}
}
