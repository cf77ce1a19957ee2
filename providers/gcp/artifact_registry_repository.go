package gcp

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/api/artifactregistry/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var artifactRegistryRepository = define(spec[artifactregistry.Repository]{
	Name:    "google_artifact_registry_repository",
	Asset:   "artifactregistry.googleapis.com/Repository",
	Actions: []string{"artifactregistry.repositories.list", "artifactregistry.locations.list"},
	List: perLocation("google_artifact_registry_repository", "artifactregistry.googleapis.com/Repository", "artifactregistry/v1/projects/{project}/locations",
		in("artifactregistry/v1/projects/{project}/locations", "repositories", 1000)),
	// Those that Cloud Functions, Cloud Run's deployments from source, App Hosting
	// and the successor of Container Registry make for themselves.
	Default: func(it item[artifactregistry.Repository]) bool {
		name := base(it.v.Name)
		return slices.Contains([]string{"gcf-artifacts", "cloud-run-source-deploy", "firebaseapphosting-images"}, name) ||
			name == "gcr.io" || strings.HasSuffix(name, ".gcr.io")
	},
	Fields: fields{
		"repository_id": from("name").names(),
		"location":      from("name").then(locationOf),
		"remote_repository_config.disable_upstream_validation": skip(),
	},
	// The API has a map by the policies' names.
	Map: func(it item[artifactregistry.Repository], a resource.Attrs) {
		policies := []any{}
		for _, id := range slices.Sorted(maps.Keys(it.v.CleanupPolicies)) {
			policies = append(policies, cleanupPolicy(id, it.v.CleanupPolicies[id]))
		}
		a["cleanup_policies"] = policies
	},
	Rules: map[string]resource.Rule{
		"format":                                      resource.Fold(),
		"mode":                                        resource.Default("STANDARD_REPOSITORY"),
		"maven_config":                                noBlock(map[string]any{"version_policy": "VERSION_POLICY_UNSPECIFIED"}),
		"maven_config.version_policy":                 resource.Default("VERSION_POLICY_UNSPECIFIED"),
		"cleanup_policies":                            resource.Keyed("id"),
		"cleanup_policies.condition.newer_than":       sameDuration(),
		"cleanup_policies.condition.older_than":       sameDuration(),
		"cleanup_policies.condition.tag_state":        resource.Default("ANY"),
		"virtual_repository_config.upstream_policies": resource.Keyed("id"),
	},
})

func cleanupPolicy(id string, p artifactregistry.CleanupPolicy) map[string]any {
	out := map[string]any{"id": id, "action": p.Action, "condition": nil, "most_recent_versions": nil}
	if c := p.Condition; c != nil {
		out["condition"] = []any{map[string]any{
			"tag_state":             c.TagState,
			"tag_prefixes":          c.TagPrefixes,
			"version_name_prefixes": c.VersionNamePrefixes,
			"package_name_prefixes": c.PackageNamePrefixes,
			"older_than":            c.OlderThan,
			"newer_than":            c.NewerThan,
		}}
	}
	if m := p.MostRecentVersions; m != nil {
		out["most_recent_versions"] = []any{map[string]any{
			"keep_count":            m.KeepCount,
			"package_name_prefixes": m.PackageNamePrefixes,
		}}
	}
	return out
}
