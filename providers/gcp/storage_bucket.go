package gcp

import (
	"context"
	"iter"
	"maps"
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
	// The name alone would be one of the project that the provider is configured with.
	Import:  func(r *resource.Resource) string { return r.Attrs.String("project") + "/" + r.Key.ID },
	Default: func(it item[storage.Bucket]) bool { return servicesBucket(it.conn.project, it.v) },
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
	Details: []provider.Detail[*conn, item[storage.Bucket]]{{
		Action: "storage.buckets.get", Paths: []string{"ip_filter"}, Read: ipFilter,
	}},
	Rules: map[string]resource.Rule{
		"location":                               resource.Fold(),
		"custom_placement_config.data_locations": resource.Fold(),
		"encryption":                             resource.Canon(restrictions),
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

// ipFilter reads what the filter of a bucket lets pass, where there is one. Who may
// not read filters is told no more of a single bucket than of all.
func ipFilter(ctx context.Context, c *conn, it item[storage.Bucket]) (resource.Attrs, error) {
	if f := it.v.IpFilter; f == nil || f.Mode != "Enabled" {
		return nil, nil
	}
	one := item[storage.Bucket]{conn: c, v: new(storage.Bucket)}
	if _, err := c.get(ctx, "storage/v1/b/"+it.v.Name, nil, one.v); err != nil {
		return nil, err
	}
	f := one.v.IpFilter
	if f == nil {
		return nil, nil
	}
	filter := map[string]any{"mode": f.Mode}
	a := resource.Attrs{"ip_filter": []any{filter}}
	if f.PublicNetworkSource == nil && f.VpcNetworkSources == nil {
		return a, nil
	}
	filter["allow_all_service_agent_access"], filter["allow_cross_org_vpcs"] = f.AllowAllServiceAgentAccess, f.AllowCrossOrgVpcs
	filter["public_network_source"] = nil
	if p := f.PublicNetworkSource; p != nil {
		filter["public_network_source"] = []any{map[string]any{"allowed_ip_cidr_ranges": p.AllowedIpCidrRanges}}
	}
	sources := []any{}
	for _, s := range f.VpcNetworkSources {
		sources = append(sources, map[string]any{"network": s.Network, "allowed_ip_cidr_ranges": s.AllowedIpCidrRanges})
	}
	filter["vpc_network_sources"] = sources
	return a, nil
}

// restrictions leaves out of a bucket's encryption the restrictions that restrict
// nothing.
func restrictions(v any) any {
	list, ok := v.([]any)
	if !ok || len(list) != 1 {
		return v
	}
	m, _ := list[0].(map[string]any)
	m = maps.Clone(m)
	for _, keys := range []string{"customer_managed", "customer_supplied", "google_managed"} {
		name := keys + "_encryption_enforcement_config"
		if resource.Attrs(m).Block(name).String("restriction_mode") == "NotRestricted" {
			m[name] = nil
		}
	}
	return []any{m}
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
func servicesBucket(project string, b *storage.Bucket) bool {
	switch b.Name {
	case project + "_cloudbuild", project + ".appspot.com", "staging." + project + ".appspot.com", project + ".firebasestorage.app":
		return true
	}
	return strings.HasSuffix(b.Name, "artifacts."+project+".appspot.com") || labelled(b.Labels, "goog-composer-", "goog-managed-by") ||
		hasPrefix(b.Name, "gcf-sources-", "gcf-v2-sources-", "gcf-v2-uploads-", "run-sources-"+project+"-", "dataproc-staging-", "dataproc-temp-",
			"dataflow-staging-", "cloud-ai-platform-")
}
