package gcp

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/api/bigquery/v2"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

func inDataset() resource.ChildOf {
	return resource.ChildOf{Parent: "google_bigquery_dataset", Ref: "dataset_id", ParentOf: datasetOf}
}

// exported matches the tables that Google's exports write: one a day, or one per
// log and account.
var exported = regexp.MustCompile(`_\d{8}$|_googleapis_com_|^gcp_billing_export_`)

var bigqueryTable = define(spec[bigquery.Table]{
	Name:    "google_bigquery_table",
	Asset:   "bigquery.googleapis.com/Table",
	Actions: []string{"bigquery.tables.list", "bigquery.datasets.get"},
	List: perParent("google_bigquery_table", inDataset(), keysOf(datasets(), datasetID), func(dataset string) listing {
		return listing{path: "bigquery/v2/" + dataset + "/tables", key: "tables", limit: 1000}
	}),
	ID:      func(it item[bigquery.Table]) string { return it.parent + "/tables/" + it.v.TableReference.TableId },
	Default: func(it item[bigquery.Table]) bool { return exported.MatchString(it.v.TableReference.TableId) },
	ChildOf: []resource.ChildOf{inDataset()},
	Get: func(it item[bigquery.Table]) string {
		return "bigquery/v2/" + it.parent + "/tables/" + it.v.TableReference.TableId
	},
	GetBy:  "bigquery.tables.get",
	Params: url.Values{"view": {"BASIC"}}, // the others count what is in it
	Whole: []string{
		"biglake_configuration", "clustering", "description", "encryption_configuration", "expiration_time", "external_catalog_table_options",
		"external_data_configuration", "materialized_view", "max_staleness", "range_partitioning", "require_partition_filter", "resource_tags",
		"schema", "schema_foreign_type_info", "table_constraints", "table_replication_info", "time_partitioning", "view",
	},
	Fields: fields{
		"table_id":   from("tableReference.tableId"),
		"dataset_id": from("tableReference.datasetId"),
		"clustering": from("clustering.fields"),
		"schema":     from("schema").then(schemaText),
		"encryption_configuration.kms_key_name": from("kmsKeyName").then(func(v any) any {
			s, _ := v.(string)
			key, _, _ := strings.Cut(s, "/cryptoKeyVersions/")
			return key
		}),
		"external_data_configuration.schema":       skip(), // of the creation; what came of it is in schema
		"schema_foreign_type_info":                 from("schema.foreignTypeInfo"),
		"table_replication_info.source_project_id": from("sourceTable.projectId"),
		"table_replication_info.source_dataset_id": from("sourceTable.datasetId"),
		"table_replication_info.source_table_id":   from("sourceTable.tableId"),
	},
	// The setting was moved, and the API has it in both places: a configuration in
	// one of them.
	Map: func(it item[bigquery.Table], a resource.Attrs) {
		must := it.v.RequirePartitionFilter
		if p := it.v.TimePartitioning; p != nil {
			must = must || p.RequirePartitionFilter
			a.Block("time_partitioning")["require_partition_filter"] = must
		}
		a["require_partition_filter"] = must
	},
	Fit: ownColumns,
	Rules: map[string]resource.Rule{
		"schema":                   resource.CanonString(canonSchema),
		"require_partition_filter": unlessElsewhere(),
		"time_partitioning.require_partition_filter":              unlessElsewhere(),
		"materialized_view.refresh_interval_ms":                   resource.Default(1800000),
		"table_replication_info.replication_interval_ms":          resource.Default(300000),
		"biglake_configuration.connection_id":                     connectionID(),
		"external_data_configuration.connection_id":               connectionID(),
		"external_catalog_table_options.connection_id":            connectionID(),
		"external_data_configuration.compression":                 resource.Default("NONE"),
		"external_data_configuration.csv_options.encoding":        resource.Default("UTF-8"),
		"external_data_configuration.csv_options.field_delimiter": resource.Default(","),
		"external_data_configuration.json_options.encoding":       resource.Default("UTF-8"),
	},
})

// unlessElsewhere is for a switch that the state may have in another place: that it
// is on says nothing where it is off here.
func unlessElsewhere() resource.Rule {
	return resource.Rule{Same: func(state, cloud any) bool { return state != true && cloud == true }}
}

// connectionID is for P.L.C and projects/P/locations/L/connections/C, which mean
// the same.
func connectionID() resource.Rule {
	return resource.CanonString(func(s string) string {
		parts := strings.Split(s, "/")
		if len(parts) == 6 && parts[0] == "projects" && parts[4] == "connections" {
			return parts[1] + "." + strings.ToLower(parts[3]) + "." + parts[5]
		}
		parts = strings.Split(s, ".")
		if n := len(parts); n > 2 {
			parts[n-2] = strings.ToLower(parts[n-2])
		}
		return strings.Join(parts, ".")
	})
}

// ownColumns leaves out the columns that BigQuery adds, as those of a partitioned
// file's path, where the provider was told to keep them out of the state.
func ownColumns(state, cloud resource.Attrs) resource.Attrs {
	if state["ignore_auto_generated_schema"] != true {
		return cloud
	}
	var own, all []*bigquery.TableFieldSchema
	if json.Unmarshal([]byte(state.String("schema")), &own) != nil || json.Unmarshal([]byte(cloud.String("schema")), &all) != nil {
		return cloud
	}
	all = slices.DeleteFunc(all, func(c *bigquery.TableFieldSchema) bool {
		return !slices.ContainsFunc(own, func(o *bigquery.TableFieldSchema) bool { return strings.EqualFold(o.Name, c.Name) })
	})
	text, err := json.Marshal(all)
	if err != nil {
		return cloud
	}
	cloud = maps.Clone(cloud)
	cloud["schema"] = string(text)
	return cloud
}

// schemaText is a table's schema as the provider stores it.
func schemaText(v any) any {
	s, ok := v.(bigquery.TableSchema)
	if !ok {
		return nil
	}
	text, err := json.Marshal(s.Fields)
	if err != nil {
		return nil
	}
	return string(text)
}

// canonSchema gives one form to the columns of a table: their order, the aliases of
// types and what a column is by default mean nothing.
func canonSchema(s string) string {
	var columns []*bigquery.TableFieldSchema
	if json.Unmarshal([]byte(s), &columns) != nil {
		return s
	}
	canonColumns(columns)
	text, err := json.Marshal(columns)
	if err != nil {
		return s
	}
	if len(columns) == 0 {
		return ""
	}
	return string(text)
}

func canonColumns(columns []*bigquery.TableFieldSchema) {
	aliases := map[string]string{"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}
	for _, c := range columns {
		c.Type = strings.ToUpper(c.Type)
		c.Type = cmp.Or(aliases[c.Type], c.Type)
		c.Mode = cmp.Or(strings.ToUpper(c.Mode), "NULLABLE")
		if c.PolicyTags != nil && len(c.PolicyTags.Names) == 0 {
			c.PolicyTags = nil
		}
		if c.ForeignTypeDefinition != "" {
			c.Type, c.Fields = "", nil // the server's own
		}
		canonColumns(c.Fields)
	}
	slices.SortStableFunc(columns, func(a, b *bigquery.TableFieldSchema) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
}
