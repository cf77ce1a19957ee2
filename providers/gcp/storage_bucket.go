package gcp

import (
	"context"
	"iter"
	"net/url"
	"strings"

	"google.golang.org/api/storage/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var storageBucket = define(spec[storage.Bucket]{
	Name:    "google_storage_bucket",
	Asset:   "storage.googleapis.com/Bucket",
	Actions: []string{"storage.buckets.list"},
	List:    buckets(),
	ID:      func(it item[storage.Bucket]) string { return it.v.Name },
	StateIDs: func(a resource.Attrs) []string {
		if name := a.String("name"); name != "" {
			return []string{name}
		}
		return nil
	},
	Default: func(it item[storage.Bucket]) bool { return servicesBucket(it.conn.project, it.v.Name) },
	Fields: fields{
		"enable_object_retention":                   from("objectRetention.mode").then(func(v any) any { return v == "Enabled" }),
		"lifecycle_rule":                            from("lifecycle.rule"),
		"lifecycle_rule.condition.with_state":       from("isLive").then(withState),
		"lifecycle_rule.condition.send_age_if_zero": skip(),
		"public_access_prevention":                  from("iamConfiguration.publicAccessPrevention"),
		"requester_pays":                            from("billing.requesterPays"),
		"uniform_bucket_level_access":               from("iamConfiguration.uniformBucketLevelAccess.enabled"),
	},
	// A list says that there is an IP filter, and not what it lets pass.
	Map: func(_ item[storage.Bucket], a resource.Attrs) {
		filter := a.Block("ip_filter")
		for name, v := range filter {
			if v == nil || v == false {
				delete(filter, name)
			}
		}
	},
	Rules: map[string]resource.Rule{
		"location":                               resource.Fold(),
		"custom_placement_config.data_locations": resource.Fold(),
		// One that is switched off is none.
		"ip_filter": resource.Canon(func(v any) any {
			if (resource.Attrs{"v": v}).Block("v").String("mode") == "Disabled" {
				return nil
			}
			return v
		}),
		// The older name of the same setting.
		"public_access_prevention": resource.CanonString(func(s string) string {
			if s == "unspecified" {
				return "inherited"
			}
			return s
		}),
	},
})

func buckets() lister {
	return together("buckets", func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[object, error] {
		return listing{path: "storage/v1/b", key: "items", limit: 1000, params: url.Values{
			"project": {c.project}, "projection": {"noAcl"}, "returnPartialSuccess": {"true"},
		}}.all(ctx, c)
	})
}

func withState(live any) any {
	switch live {
	case "true":
		return "LIVE"
	case "false":
		return "ARCHIVED"
	}
	return "ANY"
}

// servicesBucket reports whether one of Google's services made a bucket for itself.
func servicesBucket(project, name string) bool {
	switch name {
	case project + "_cloudbuild", project + ".appspot.com", "staging." + project + ".appspot.com", project + ".firebasestorage.app":
		return true
	}
	return strings.HasSuffix(name, "artifacts."+project+".appspot.com") ||
		hasPrefix(name, "gcf-sources-", "gcf-v2-sources-", "gcf-v2-uploads-", "run-sources-"+project+"-", "dataproc-staging-", "dataproc-temp-",
			"dataflow-staging-", "cloud-ai-platform-")
}
