package azure

import (
	"slices"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// nodePoolAttrs are the attributes of a pool that has a resource of its own and of
// the one that is declared inside its cluster. What the cluster decides by itself is
// left out: how many nodes an autoscaler or a stop leaves, which version an upgrade
// brought.
func nodePoolAttrs(v *armcontainerservice.ManagedClusterAgentPoolProfile, of *armcontainerservice.ManagedCluster) map[string]any {
	version := v.OrchestratorVersion
	if version == nil {
		version = v.CurrentOrchestratorVersion
	}
	a := map[string]any{
		"name":                          v.Name,
		"auto_scaling_enabled":          v.EnableAutoScaling,
		"capacity_reservation_group_id": v.CapacityReservationGroupID,
		"fips_enabled":                  v.EnableFIPS,
		"gpu_driver":                    value(v.GpuProfile).Driver,
		"gpu_instance":                  v.GpuInstanceProfile,
		"host_encryption_enabled":       v.EnableEncryptionAtHost,
		"host_group_id":                 v.HostGroupID,
		"kubelet_config":                kubeletConfig(v.KubeletConfig),
		"kubelet_disk_type":             v.KubeletDiskType,
		"linux_os_config":               linuxOSConfig(v.LinuxOSConfig),
		"max_count":                     v.MaxCount,
		"max_pods":                      v.MaxPods,
		"min_count":                     v.MinCount,
		"node_labels":                   v.NodeLabels,
		"node_network_profile":          nodeNetwork(v.NetworkProfile),
		"node_public_ip_enabled":        v.EnableNodePublicIP,
		"node_public_ip_prefix_id":      v.NodePublicIPPrefixID,
		"os_disk_size_gb":               v.OSDiskSizeGB,
		"os_disk_type":                  v.OSDiskType,
		"os_sku":                        v.OSSKU,
		"pod_subnet_id":                 v.PodSubnetID,
		"proximity_placement_group_id":  v.ProximityPlacementGroupID,
		"scale_down_mode":               v.ScaleDownMode,
		"snapshot_id":                   value(v.CreationData).SourceResourceID,
		"ultra_ssd_enabled":             v.EnableUltraSSD,
		"upgrade_settings":              upgradeSettings(v.UpgradeSettings),
		"vm_size":                       v.VMSize,
		"vnet_subnet_id":                v.VnetSubnetID,
		"workload_runtime":              v.WorkloadRuntime,
		"zones":                         v.AvailabilityZones,
		"tags":                          v.Tags,

		// of version 3
		"enable_auto_scaling":    v.EnableAutoScaling,
		"enable_host_encryption": v.EnableEncryptionAtHost,
		"enable_node_public_ip":  v.EnableNodePublicIP,
	}
	if !upgradesItself(of) {
		a["orchestrator_version"] = version
	}
	if !value(v.EnableAutoScaling) && !isStopped(v.PowerState) && !isStopped(value(of.Properties).PowerState) {
		a["node_count"] = v.Count
	}
	return a
}

func isStopped(s *armcontainerservice.PowerState) bool {
	return value(value(s).Code) == armcontainerservice.CodeStopped
}

// defaultNodePool is the pool that is declared inside the cluster.
func defaultNodePool(v *cluster) map[string]any {
	a := nodePoolAttrs(v.pool, v.ManagedCluster)
	a["type"] = v.pool.Type
	a["only_critical_addons_enabled"] = slices.ContainsFunc(v.pool.NodeTaints, func(t *string) bool {
		return strings.EqualFold(value(t), "CriticalAddonsOnly=true:NoSchedule")
	})
	return a
}

// nodePoolRules are the rules of nodePoolAttrs.
func nodePoolRules() map[string]resource.Rule {
	return map[string]resource.Rule{
		"gpu_driver":       resource.Default("Install"),
		"os_disk_type":     resource.Default("Managed"),
		"scale_down_mode":  resource.Default("Delete"),
		"vm_size":          resource.Fold(),
		"workload_runtime": resource.Default("OCIContainer"),
		// What a pool gets with a newer version of Kubernetes.
		"upgrade_settings": noneUnlessSet(map[string]any{
			"max_surge": "10%", "max_unavailable": "0", "undrainable_node_behavior": "Schedule",
			"drain_timeout_in_minutes": 0.0, "node_soak_duration_in_minutes": 0.0,
		}),
		"upgrade_settings.undrainable_node_behavior": resource.Default("Schedule"),
		// None is what the API writes for it in some pools.
		"upgrade_settings.max_surge": resource.CanonString(func(s string) string {
			if s == "0" || s == "0%" {
				return ""
			}
			return s
		}),
	}
}

func kubeletConfig(k *armcontainerservice.KubeletConfig) []any {
	if k == nil {
		return nil
	}
	return []any{map[string]any{
		"allowed_unsafe_sysctls":    k.AllowedUnsafeSysctls,
		"container_log_max_files":   k.ContainerLogMaxFiles,
		"container_log_max_line":    k.ContainerLogMaxFiles, // before version 5
		"container_log_max_size_mb": k.ContainerLogMaxSizeMB,
		"cpu_cfs_quota_enabled":     k.CPUCfsQuota,
		"cpu_cfs_quota_period":      k.CPUCfsQuotaPeriod,
		"cpu_manager_policy":        k.CPUManagerPolicy,
		"image_gc_high_threshold":   k.ImageGcHighThreshold,
		"image_gc_low_threshold":    k.ImageGcLowThreshold,
		"pod_max_pid":               k.PodMaxPids,
		"topology_manager_policy":   k.TopologyManagerPolicy,
	}}
}

func linuxOSConfig(l *armcontainerservice.LinuxOSConfig) []any {
	if l == nil {
		return nil
	}
	return []any{map[string]any{
		"swap_file_size_mb":             l.SwapFileSizeMB,
		"sysctl_config":                 sysctls(l.Sysctls),
		"transparent_huge_page":         l.TransparentHugePageEnabled,
		"transparent_huge_page_defrag":  l.TransparentHugePageDefrag,
		"transparent_huge_page_enabled": l.TransparentHugePageEnabled, // before version 5
	}}
}

func sysctls(s *armcontainerservice.SysctlConfig) []any {
	if s == nil {
		return nil
	}
	var lowest, highest any
	if ports := strings.Fields(value(s.NetIPv4IPLocalPortRange)); len(ports) == 2 {
		lowest, highest = number(&ports[0]), number(&ports[1])
	}
	return []any{map[string]any{
		"fs_aio_max_nr":                      s.FsAioMaxNr,
		"fs_file_max":                        s.FsFileMax,
		"fs_inotify_max_user_watches":        s.FsInotifyMaxUserWatches,
		"fs_nr_open":                         s.FsNrOpen,
		"kernel_threads_max":                 s.KernelThreadsMax,
		"net_core_netdev_max_backlog":        s.NetCoreNetdevMaxBacklog,
		"net_core_optmem_max":                s.NetCoreOptmemMax,
		"net_core_rmem_default":              s.NetCoreRmemDefault,
		"net_core_rmem_max":                  s.NetCoreRmemMax,
		"net_core_somaxconn":                 s.NetCoreSomaxconn,
		"net_core_wmem_default":              s.NetCoreWmemDefault,
		"net_core_wmem_max":                  s.NetCoreWmemMax,
		"net_ipv4_ip_local_port_range_max":   highest,
		"net_ipv4_ip_local_port_range_min":   lowest,
		"net_ipv4_neigh_default_gc_thresh1":  s.NetIPv4NeighDefaultGcThresh1,
		"net_ipv4_neigh_default_gc_thresh2":  s.NetIPv4NeighDefaultGcThresh2,
		"net_ipv4_neigh_default_gc_thresh3":  s.NetIPv4NeighDefaultGcThresh3,
		"net_ipv4_tcp_fin_timeout":           s.NetIPv4TCPFinTimeout,
		"net_ipv4_tcp_keepalive_intvl":       s.NetIPv4TcpkeepaliveIntvl,
		"net_ipv4_tcp_keepalive_probes":      s.NetIPv4TCPKeepaliveProbes,
		"net_ipv4_tcp_keepalive_time":        s.NetIPv4TCPKeepaliveTime,
		"net_ipv4_tcp_max_syn_backlog":       s.NetIPv4TCPMaxSynBacklog,
		"net_ipv4_tcp_max_tw_buckets":        s.NetIPv4TCPMaxTwBuckets,
		"net_ipv4_tcp_tw_reuse":              s.NetIPv4TCPTwReuse,
		"net_netfilter_nf_conntrack_buckets": s.NetNetfilterNfConntrackBuckets,
		"net_netfilter_nf_conntrack_max":     s.NetNetfilterNfConntrackMax,
		"vm_max_map_count":                   s.VMMaxMapCount,
		"vm_swappiness":                      s.VMSwappiness,
		"vm_vfs_cache_pressure":              s.VMVfsCachePressure,
	}}
}

func nodeNetwork(p *armcontainerservice.AgentPoolNetworkProfile) []any {
	if p == nil {
		return nil
	}
	ports, tags := []any{}, map[string]any{}
	for _, r := range p.AllowedHostPorts {
		ports = append(ports, map[string]any{"port_end": r.PortEnd, "port_start": r.PortStart, "protocol": r.Protocol})
	}
	for _, t := range p.NodePublicIPTags {
		tags[value(t.IPTagType)] = t.Tag
	}
	return []any{map[string]any{
		"allowed_host_ports":             ports,
		"application_security_group_ids": p.ApplicationSecurityGroups,
		"node_public_ip_tags":            tags,
	}}
}

func upgradeSettings(s *armcontainerservice.AgentPoolUpgradeSettings) []any {
	if s == nil {
		return nil
	}
	return []any{map[string]any{
		"drain_timeout_in_minutes":      s.DrainTimeoutInMinutes,
		"max_surge":                     s.MaxSurge,
		"node_soak_duration_in_minutes": s.NodeSoakDurationInMinutes,
		"undrainable_node_behavior":     s.UndrainableNodeBehavior,
	}}
}

// decimal is a price without the digits that 32 bits add to it.
func decimal(f *float32) any {
	if f == nil {
		return nil
	}
	s := strconv.FormatFloat(float64(*f), 'f', -1, 32)
	return number(&s)
}
