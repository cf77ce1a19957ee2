package gcp

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"strings"

	"google.golang.org/api/bigquery/v2"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var bigqueryDataset = define(spec[bigquery.Dataset]{
	Name:    "google_bigquery_dataset",
	Asset:   "bigquery.googleapis.com/Dataset",
	Actions: []string{"bigquery.datasets.get"},
	List:    withHeldDatasets(datasets()),
	ID:      datasetID,
	Get:     func(it item[bigquery.Dataset]) string { return "bigquery/v2/" + datasetID(it) },
	GetBy:   "bigquery.datasets.get",
	// Without it, entries with a condition come as if they had none.
	Params: url.Values{"accessPolicyVersion": {"3"}},
	Whole: []string{
		"access", "default_collation", "default_encryption_configuration", "default_partition_expiration_ms", "default_table_expiration_ms",
		"description", "external_catalog_dataset_options", "external_dataset_reference", "is_case_insensitive", "max_time_travel_hours",
		"resource_tags", "storage_billing_model",
	},
	Fields: fields{"dataset_id": from("datasetReference.datasetId")},
	Children: []resource.Child{
		{Type: "google_bigquery_dataset_access", Ref: "dataset_id", Path: "access", ParentOf: datasetOf},
		{Type: "google_bigquery_dataset_iam_binding", Ref: "dataset_id", Path: "access", ParentOf: datasetOf},
		{Type: "google_bigquery_dataset_iam_member", Ref: "dataset_id", Path: "access", ParentOf: datasetOf},
		{Type: "google_bigquery_dataset_iam_policy", Ref: "dataset_id", Path: "access", ParentOf: datasetOf},
	},
	Rules: map[string]resource.Rule{
		"location":              resource.Fold().WithDefault("US"),
		"access.role":           resource.CanonString(datasetRole),
		"access.user_by_email":  resource.Fold(),
		"access.group_by_email": resource.Fold(),
	},
})

func datasets() lister {
	return together("datasets", collection("bigquery/v2/projects/{project}/datasets", "datasets", 1000))
}

// withHeldDatasets asks for what a state holds and a list lacks: a list has only the
// datasets that the caller may read, and does not say that there are others.
// Source: https://docs.cloud.google.com/bigquery/docs/listing-datasets
func withHeldDatasets(list lister) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return func(yield func(object, error) bool) {
			seen := map[string]bool{}
			for o, err := range list(ctx, c, q) {
				it := item[bigquery.Dataset]{conn: c, v: new(bigquery.Dataset)}
				if err == nil && decode(o.body, it.v) == nil && it.v.DatasetReference != nil {
					seen[datasetID(it)] = true
				}
				if !yield(o, err) || err != nil {
					return
				}
			}
			var failed error
			for _, m := range q.Held("google_bigquery_dataset") {
				if seen[m.Key.ID] || !strings.HasPrefix(m.Key.ID, "projects/"+c.project+"/") {
					continue
				}
				seen[m.Key.ID] = true
				var body json.RawMessage
				_, err := c.get(ctx, "bigquery/v2/"+m.Key.ID, nil, &body)
				switch {
				case gone(err):
				case err != nil:
					failed = err
				case !yield(object{body: body}, nil):
					return
				}
			}
			if failed != nil {
				yield(object{}, failed)
			}
		}
	}
}

func datasetID(it item[bigquery.Dataset]) string {
	return "projects/" + it.conn.project + "/datasets/" + it.v.DatasetReference.DatasetId
}

// datasetOf is the join key of the dataset that something's attributes name.
func datasetOf(a resource.Attrs) string {
	if a.String("dataset_id") == "" {
		return ""
	}
	return "projects/" + a.String("project") + "/datasets/" + base(a.String("dataset_id"))
}

// datasetRole returns the role that a basic role of a dataset stands for.
// Source: https://docs.cloud.google.com/bigquery/docs/access-control-basic-roles
func datasetRole(role string) string {
	switch role {
	case "OWNER":
		return "roles/bigquery.dataOwner"
	case "WRITER":
		return "roles/bigquery.dataEditor"
	case "READER":
		return "roles/bigquery.dataViewer"
	}
	return role
}
