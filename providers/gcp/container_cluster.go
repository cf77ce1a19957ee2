package gcp

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/api/container/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var containerCluster = define(spec[container.Cluster]{
	Name:     "google_container_cluster",
	Asset:    "container.googleapis.com/Cluster",
	Actions:  []string{"container.clusters.list"},
	List:     clusters(),
	ID:       clusterID,
	StateIDs: func(a resource.Attrs) []string { return clusterIDs(a, a.String("name")) },
	// Those that Cloud Composer and Config Controller run on.
	Default: func(it item[container.Cluster]) bool {
		return labelled(it.v.ResourceLabels, "goog-composer-") || hasPrefix(it.v.Name, "krmapihost-")
	},
	Fields: clusterFields(),
	Labels: map[string]string{"resource_labels": "effective_labels"},
	Map:    mapCluster,
	Rules:  clusterRules(),
	// Whoever told the provider not to look at the pools has none in the state.
	Fit: func(state, cloud resource.Attrs) resource.Attrs {
		cloud = fitTaints(state, cloud)
		if state["skip_node_pool_refresh"] != true {
			return cloud
		}
		cloud = maps.Clone(cloud)
		delete(cloud, "node_pool")
		return cloud
	},
})

func clusters() lister {
	return together("clusters", collection("container/v1/projects/{project}/locations/-/clusters", "clusters", 0))
}

func clusterID(it item[container.Cluster]) string {
	return "projects/" + it.conn.project + "/locations/" + it.v.Location + "/clusters/" + it.v.Name
}

// clusterIDs are the join keys of the cluster of that name in the place of a state's
// attributes. Its links may have zones or regions in the place of locations.
func clusterIDs(a resource.Attrs, name string) []string {
	if name == "" || a.String("location") == "" {
		return nil
	}
	return []string{"projects/" + a.String("project") + "/locations/" + a.String("location") + "/clusters/" + base(name)}
}

func clusterFields() fields {
	f := fields{
		"initial_node_count":    skip(), // of the creation; the pools have their own
		"rollback_safe_upgrade": skip(), // not a setting but what goes on

		"enable_autopilot":                from("autopilot.enabled"),
		"allow_net_admin":                 from("autopilot.workloadPolicyConfig.allowNetAdmin"),
		"autopilot_cluster_policy_config": from("autopilot.clusterPolicyConfig"),
		"autopilot_privileged_admission":  from("autopilot.privilegedAdmissionConfig.allowlistPaths"),
		"default_max_pods_per_node":       from("defaultMaxPodsConstraint.maxPodsPerNode"),
		"enable_legacy_abac":              from("legacyAbac.enabled"),
		"enable_shielded_nodes":           from("shieldedNodes.enabled"),

		"cluster_autoscaling":                                      from("autoscaling"),
		"cluster_autoscaling.enabled":                              from("enableNodeAutoprovisioning"),
		"cluster_autoscaling.auto_provisioning_locations":          from("autoprovisioningLocations"),
		"cluster_autoscaling.auto_provisioning_defaults":           from("autoprovisioningNodePoolDefaults"),
		"cluster_autoscaling.auto_provisioning_defaults.disk_size": from("diskSizeGb"),
		"cluster_autoscaling.default_compute_class_enabled":        from("defaultComputeClassConfig.enabled"),

		"ip_allocation_policy.pod_cidr_overprovision_config.disabled":                      from("disable"),
		"logging_config.enable_components":                                                 from("componentConfig.enableComponents"),
		"maintenance_policy.daily_maintenance_window":                                      from("window.dailyMaintenanceWindow"),
		"maintenance_policy.recurring_window":                                              from("window.recurringWindow"),
		"maintenance_policy.recurring_window.start_time":                                   from("window.startTime"),
		"maintenance_policy.recurring_window.end_time":                                     from("window.endTime"),
		"maintenance_policy.recurring_maintenance_window":                                  from("window.recurringMaintenanceWindow"),
		"monitoring_config.enable_components":                                              from("componentConfig.enableComponents"),
		"monitoring_config.managed_prometheus":                                             from("managedPrometheusConfig"),
		"node_pool_auto_config.resource_manager_tags":                                      from("resourceManagerTags.tags"),
		"node_pool_defaults.node_config_defaults.logging_variant":                          from("loggingConfig.variantConfig.variant"),
		"resource_usage_export_config.enable_resource_consumption_metering":                from("consumptionMeteringConfig.enabled"),
		"node_pool_auto_config.node_kubelet_config.insecure_kubelet_readonly_port_enabled": from("insecureKubeletReadonlyPortEnabled").upper(),
		"node_pool_defaults.node_config_defaults.insecure_kubelet_readonly_port_enabled":   from("nodeKubeletConfig.insecureKubeletReadonlyPortEnabled").upper(),

		// By hand: see mapCluster.
		"master_auth":                       skip(),
		"master_authorized_networks_config": skip(),
		"private_cluster_config":            skip(),

		"dataplane_optimization_mode": from("networkConfig.dataplaneV2Config.scalabilityMode"),
		"enable_intranode_visibility": from("networkConfig.enableIntraNodeVisibility"),
	}
	for name, api := range map[string]string{
		"network": "network", "subnetwork": "subnetwork", "datapath_provider": "datapathProvider",
		"default_snat_status": "defaultSnatStatus", "disable_l4_lb_firewall_reconciliation": "disableL4LbFirewallReconciliation",
		"dns_config": "dnsConfig", "enable_cilium_clusterwide_network_policy": "enableCiliumClusterwideNetworkPolicy",
		"enable_fqdn_network_policy": "enableFqdnNetworkPolicy", "enable_l4_ilb_subsetting": "enableL4ilbSubsetting",
		"enable_multi_networking": "enableMultiNetworking", "gateway_api_config": "gatewayApiConfig",
		"in_transit_encryption_config": "inTransitEncryptionConfig", "network_performance_config": "networkPerformanceConfig",
		"private_ipv6_google_access": "privateIpv6GoogleAccess", "service_external_ips_config": "serviceExternalIpsConfig",
	} {
		f[name] = from("networkConfig." + api)
	}
	maps.Copy(f, nodeFields("node_config."))
	maps.Copy(f, poolFields("node_pool."))
	return f
}

func clusterRules() map[string]resource.Rule {
	rules := map[string]resource.Rule{
		"node_pool": {Keys: []string{"name"}, Canon: ownPools},

		"addons_config.cloudrun_config.load_balancer_type":                                 resource.Default("LOAD_BALANCER_TYPE_EXTERNAL"),
		"cluster_autoscaling":                                                              noBlock(map[string]any{"autoscaling_profile": "BALANCED"}),
		"cluster_autoscaling.autoscaling_profile":                                          resource.Default("BALANCED"),
		"cluster_autoscaling.resource_limits":                                              resource.Keyed("resource_type"),
		"cluster_autoscaling.auto_provisioning_locations":                                  resource.Unordered(),
		"cluster_autoscaling.auto_provisioning_defaults.oauth_scopes":                      resource.Unordered(),
		"cluster_autoscaling.auto_provisioning_defaults.min_cpu_platform":                  resource.Default("automatic"),
		"database_encryption":                                                              noBlock(map[string]any{"state": "DECRYPTED"}),
		"database_encryption.state":                                                        resource.CanonString(func(s string) string { return strings.Replace(s, "ALL_OBJECTS_ENCRYPTION_ENABLED", "ENCRYPTED", 1) }),
		"datapath_provider":                                                                resource.Default("DATAPATH_PROVIDER_UNSPECIFIED"),
		"enterprise_config.desired_tier":                                                   resource.Default("CLUSTER_TIER_UNSPECIFIED"),
		"ip_allocation_policy.stack_type":                                                  resource.Default("IPV4"),
		"maintenance_policy.maintenance_exclusion":                                         resource.Keyed("exclusion_name"),
		"maintenance_policy.recurring_window.recurrence":                                   recurrence(),
		"maintenance_policy.recurring_maintenance_window.recurrence":                       recurrence(),
		"maintenance_policy.recurring_maintenance_window.window_duration":                  sameDuration(),
		"master_authorized_networks_config":                                                resource.Canon(restricted),
		"master_authorized_networks_config.cidr_blocks":                                    resource.Keyed("cidr_block"),
		"network_policy.provider":                                                          resource.Default("PROVIDER_UNSPECIFIED"),
		"network_policy":                                                                   noBlock(map[string]any{"provider": "PROVIDER_UNSPECIFIED"}),
		"node_pool_defaults.node_config_defaults.logging_variant":                          resource.Default("DEFAULT"),
		"node_pool_defaults.node_config_defaults.insecure_kubelet_readonly_port_enabled":   resource.Default("FALSE"),
		"node_pool_auto_config.node_kubelet_config.insecure_kubelet_readonly_port_enabled": resource.Default("FALSE"),
		"node_pool_auto_config.linux_node_config.cgroup_mode":                              resource.Default("CGROUP_MODE_UNSPECIFIED"),
		"release_channel":                                                                  noBlock(map[string]any{"channel": "UNSPECIFIED"}),
		"release_channel.channel":                                                          resource.Default("UNSPECIFIED"),
		"security_posture_config.mode":                                                     resource.Default("MODE_UNSPECIFIED"),
		"security_posture_config.vulnerability_mode":                                       resource.Default("VULNERABILITY_MODE_UNSPECIFIED"),
	}
	maps.Copy(rules, nodeRules("node_config."))
	maps.Copy(rules, poolRules("node_pool."))
	return rules
}

// restricted makes the block of the networks that may reach the control plane say
// that it is there: one without a network lets nobody in, and none everybody.
func restricted(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := make([]any, len(list))
	for i, e := range list {
		m, _ := e.(map[string]any)
		m = maps.Clone(m)
		if m == nil {
			m = map[string]any{}
		}
		m["enabled"] = true
		out[i] = m
	}
	return out
}

// ownPools leaves out the pools that node auto-provisioning makes.
func ownPools(v any) any {
	pools, ok := v.([]any)
	if !ok {
		return v
	}
	return slices.DeleteFunc(slices.Clone(pools), func(e any) bool {
		m, _ := e.(map[string]any)
		name, _ := m["name"].(string)
		return strings.HasPrefix(name, "nap-")
	})
}

// recurrence is for the rules of RFC 5545, whose parts have no order.
func recurrence() resource.Rule {
	return resource.CanonString(func(s string) string {
		parts := strings.Split(strings.TrimPrefix(s, "RRULE:"), ";")
		slices.Sort(parts)
		return strings.Join(parts, ";")
	})
}

func mapCluster(it item[container.Cluster], a resource.Attrs) {
	v := it.v
	a["node_locations"] = slices.DeleteFunc(slices.Clone(v.Locations), func(l string) bool { return l == v.Zone })
	a["networking_mode"] = "VPC_NATIVE"
	if p := v.IpAllocationPolicy; p == nil || !p.UseIpAliases {
		a["networking_mode"], a["ip_allocation_policy"] = "ROUTES", nil
	}
	a["master_auth"] = nil
	if v.MasterAuth != nil {
		a["master_auth"] = []any{map[string]any{"client_certificate_config": []any{map[string]any{
			"issue_client_certificate": v.MasterAuth.ClientCertificate != "",
		}}}}
	}
	// The provider keeps what it had of what the answer leaves out.
	if v.ShieldedNodes == nil {
		delete(a, "enable_shielded_nodes")
	}
	if v.DefaultMaxPodsConstraint == nil {
		delete(a, "default_max_pods_per_node")
	}
	mapEndpoints(v, a)
	mapMaintenance(v.MaintenancePolicy, a)
	pools, _ := a["node_pool"].([]any)
	for i, p := range pools {
		settledPool(v.NodePools[i], p.(map[string]any))
	}
	// An Autopilot cluster's nodes are Google's business.
	if v.Autopilot != nil && v.Autopilot.Enabled {
		for _, name := range []string{"node_pool", "node_config", "cluster_autoscaling", "dns_config", "node_locations", "node_pool_defaults"} {
			delete(a, name)
		}
	}
}

// mapEndpoints maps who may reach the control plane, which the API moved from two
// messages into one.
func mapEndpoints(v *container.Cluster, a resource.Attrs) {
	networks := v.MasterAuthorizedNetworksConfig
	private := map[string]any{}
	if p := v.PrivateClusterConfig; p != nil {
		private["enable_private_endpoint"] = p.EnablePrivateEndpoint
		private["private_endpoint_subnetwork"] = p.PrivateEndpointSubnetwork
		private["master_ipv4_cidr_block"] = p.MasterIpv4CidrBlock
		private["enable_private_nodes"] = p.EnablePrivateNodes
		global := p.MasterGlobalAccessConfig != nil && p.MasterGlobalAccessConfig.Enabled
		private["master_global_access_config"] = []any{map[string]any{"enabled": global}}
	}
	if c := v.ControlPlaneEndpointsConfig; c != nil && c.IpEndpointsConfig != nil {
		ip := c.IpEndpointsConfig
		networks = ip.AuthorizedNetworksConfig
		private["enable_private_endpoint"] = !ip.EnablePublicEndpoint
		private["private_endpoint_subnetwork"] = ip.PrivateEndpointSubnetwork
		private["master_global_access_config"] = []any{map[string]any{"enabled": ip.GlobalAccess}}
	}
	if v.NetworkConfig != nil {
		private["enable_private_nodes"] = v.NetworkConfig.DefaultEnablePrivateNodes
	}
	a["private_cluster_config"] = []any{private}
	a["master_authorized_networks_config"] = nil
	if networks != nil && networks.Enabled {
		blocks := []any{}
		for _, b := range networks.CidrBlocks {
			blocks = append(blocks, map[string]any{"cidr_block": b.CidrBlock, "display_name": b.DisplayName})
		}
		a["master_authorized_networks_config"] = []any{map[string]any{
			"cidr_blocks":                          blocks,
			"gcp_public_cidrs_access_enabled":      networks.GcpPublicCidrsAccessEnabled,
			"private_endpoint_enforcement_enabled": networks.PrivateEndpointEnforcementEnabled,
		}}
	}
}

// mapMaintenance maps the exclusions, which the API has by name. The provider stores
// a policy only where it has a window.
func mapMaintenance(p *container.MaintenancePolicy, a resource.Attrs) {
	if p == nil || p.Window == nil || p.Window.DailyMaintenanceWindow == nil && p.Window.RecurringWindow == nil && p.Window.RecurringMaintenanceWindow == nil {
		a["maintenance_policy"] = nil
		return
	}
	exclusions := []any{}
	for _, name := range slices.Sorted(maps.Keys(p.Window.MaintenanceExclusions)) {
		w := p.Window.MaintenanceExclusions[name]
		e := map[string]any{"exclusion_name": name, "start_time": w.StartTime, "end_time": w.EndTime, "exclusion_options": nil}
		if o := w.MaintenanceExclusionOptions; o != nil {
			scope := o.Scope
			if scope == "" {
				scope = "NO_UPGRADES" // the API leaves its default out
			}
			e["exclusion_options"] = []any{map[string]any{"scope": scope, "end_time_behavior": o.EndTimeBehavior}}
			if o.EndTimeBehavior != "" {
				e["end_time"] = nil // GKE's own
			}
		}
		exclusions = append(exclusions, e)
	}
	policy := a.Block("maintenance_policy")
	policy["maintenance_exclusion"] = exclusions
	if p.Window.RecurringMaintenanceWindow != nil {
		delete(policy, "disruption_budget") // not stored beside such a window
	}
}
