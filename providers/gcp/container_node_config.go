package gcp

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/api/container/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// nodeFields are the exceptions of a node_config, wherever it is.
func nodeFields(at string) fields {
	return fields{
		at + "guest_accelerator":                                     from("accelerators"),
		at + "guest_accelerator.count":                               from("acceleratorCount"),
		at + "guest_accelerator.type":                                from("acceleratorType"),
		at + "logging_variant":                                       from("loggingConfig.variantConfig.variant"),
		at + "gpudirect_strategy":                                    from("gpuDirectConfig.gpuDirectStrategy"),
		at + "resource_manager_tags":                                 from("resourceManagerTags.tags"),
		at + "linux_node_config.hugepages_config":                    from("hugepages"),
		at + "kubelet_config.insecure_kubelet_readonly_port_enabled": from("insecureKubeletReadonlyPortEnabled").upper(),
	}
}

// upper is for switches that the provider stores as TRUE and FALSE.
func (f field) upper() field {
	return f.then(func(v any) any {
		s, _ := v.(string)
		return strings.ToUpper(s)
	})
}

// nodeRules are the rules of a node_config, wherever it is.
func nodeRules(at string) map[string]resource.Rule {
	return map[string]resource.Rule{
		at + "image_type":         resource.Fold(),
		at + "gpudirect_strategy": resource.Fold(),
		at + "logging_variant":    resource.Default("DEFAULT"),
		at + "tags":               resource.Unordered(),
		at + "taint":              {Canon: ownTaints, Keys: []string{"key", "effect"}},
		at + "labels":             withoutKeys("sandbox.gke.io/", "goog-"),
		at + "resource_labels":    withoutKeys("goog-"),
		at + "advanced_machine_features.performance_monitoring_unit": resource.Default("STANDARD"),
		at + "kubelet_config.insecure_kubelet_readonly_port_enabled": resource.Default("FALSE"),
		at + "linux_node_config.cgroup_mode":                         resource.Default("CGROUP_MODE_UNSPECIFIED"),
		at + "linux_node_config.transparent_hugepage_enabled":        resource.Default("TRANSPARENT_HUGEPAGE_ENABLED_UNSPECIFIED"),
		at + "linux_node_config.transparent_hugepage_defrag":         resource.Default("TRANSPARENT_HUGEPAGE_DEFRAG_UNSPECIFIED"),
		at + "linux_node_config.node_kernel_module_loading.policy":   resource.Default("POLICY_UNSPECIFIED"),
		at + "linux_node_config.node_kernel_module_loading":          noBlock(map[string]any{"policy": "POLICY_UNSPECIFIED"}),
		at + "kubelet_config":                                        noBlock(map[string]any{"insecure_kubelet_readonly_port_enabled": "FALSE"}),
		at + "reservation_affinity":                                  noBlock(map[string]any{"consume_reservation_type": "ANY_RESERVATION"}),
	}
}

// withoutKeys is for labels of which Google sets those with a prefix.
func withoutKeys(prefixes ...string) resource.Rule {
	return resource.Canon(func(v any) any {
		labels, ok := v.(map[string]any)
		if !ok {
			return v
		}
		labels = maps.Clone(labels)
		maps.DeleteFunc(labels, func(key string, _ any) bool { return hasPrefix(key, prefixes...) })
		return labels
	})
}

// ownTaints leaves out the taints that GKE sets by what the nodes are: GPUs, TPUs,
// Arm, a sandbox.
func ownTaints(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	own := []any{}
	for _, e := range list {
		m, _ := e.(map[string]any)
		key, _ := m["key"].(string)
		if !hasPrefix(key, "nvidia.com/gpu", "google.com/tpu", "kubernetes.io/arch", "sandbox.gke.io/", "cloud.google.com/") {
			own = append(own, e)
		}
	}
	return own
}

// fitTaints leaves out the taints that a state knows of and that its `taint` lacks:
// the provider stores there only those that were configured, and none of a pool that
// was imported.
func fitTaints(state, cloud resource.Attrs) resource.Attrs {
	before, after := state.Block("node_config"), cloud.Block("node_config")
	taints, _ := after["taint"].([]any)
	effective, _ := before["effective_taints"].([]any)
	configured, _ := before["taint"].([]any)
	same := func(a, b any, names ...string) bool {
		x, _ := a.(map[string]any)
		y, _ := b.(map[string]any)
		return !slices.ContainsFunc(names, func(n string) bool { return x[n] != y[n] })
	}
	kept := slices.DeleteFunc(slices.Clone(taints), func(t any) bool {
		return slices.ContainsFunc(effective, func(e any) bool { return same(e, t, "key", "value", "effect") }) &&
			!slices.ContainsFunc(configured, func(c any) bool { return same(c, t, "key") })
	})
	if len(kept) == len(taints) {
		return cloud
	}
	config := maps.Clone(map[string]any(after))
	config["taint"] = kept
	cloud = maps.Clone(cloud)
	cloud["node_config"] = []any{config}
	return cloud
}

// poolFields are the exceptions of a node pool, inline or of its own.
func poolFields(at string) fields {
	f := fields{
		at + "node_config":                     from("config"),
		at + "node_count":                      skip(), // only the instance groups say
		at + "node_locations":                  from("locations"),
		at + "max_pods_per_node":               from("maxPodsConstraint.maxPodsPerNode"),
		at + "network_config.create_pod_range": skip(), // only of the creation
		at + "network_config.additional_pod_network_configs.max_pods_per_node": from("maxPodsPerNode.maxPodsPerNode"),
		at + "network_config.pod_cidr_overprovision_config.disabled":           from("disable"),
	}
	maps.Copy(f, nodeFields(at+"node_config."))
	return f
}

// poolRules are the rules of a node pool, inline or of its own.
func poolRules(at string) map[string]resource.Rule {
	rules := map[string]resource.Rule{
		at + "upgrade_settings.blue_green_settings.node_pool_soak_duration":                     sameDuration(),
		at + "upgrade_settings.blue_green_settings.standard_rollout_policy.batch_soak_duration": sameDuration(),
		at + "node_drain_config.grace_termination_duration":                                     sameDuration(),
		at + "node_drain_config.pdb_timeout_duration":                                           sameDuration(),
	}
	maps.Copy(rules, nodeRules(at+"node_config."))
	return rules
}

// settledPool leaves out of a pool's attributes what GKE changes by itself: the
// version where it upgrades, the size where it scales.
func settledPool(pool *container.NodePool, a map[string]any) {
	if pool.Autoscaling == nil || !pool.Autoscaling.Enabled {
		a["autoscaling"] = nil
	} else {
		delete(a, "initial_node_count")
	}
	if pool.Management != nil && pool.Management.AutoUpgrade {
		delete(a, "version")
	}
	// The provider keeps what it had of what the answer leaves out.
	if pool.UpgradeSettings == nil {
		delete(a, "upgrade_settings")
	}
	if pool.MaxPodsConstraint == nil {
		delete(a, "max_pods_per_node")
	}
}

// comesWithCluster reports whether GKE makes and removes a pool by itself.
func comesWithCluster(pool *container.NodePool) bool {
	return pool.Name == "default-pool" || pool.Autoscaling != nil && pool.Autoscaling.Autoprovisioned
}
