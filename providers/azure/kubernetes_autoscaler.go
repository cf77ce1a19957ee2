package azure

import (
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"
)

// autoScalerProfile is how a cluster grows and shrinks its pools. The API writes
// what are numbers and booleans to the provider as strings.
func autoScalerProfile(p *armcontainerservice.ManagedClusterPropertiesAutoScalerProfile) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{
		"balance_similar_node_groups":                   boolean(p.BalanceSimilarNodeGroups),
		"daemonset_eviction_for_empty_nodes_enabled":    p.DaemonsetEvictionForEmptyNodes,
		"daemonset_eviction_for_occupied_nodes_enabled": p.DaemonsetEvictionForOccupiedNodes,
		"empty_bulk_delete_max":                         p.MaxEmptyBulkDelete,
		"expander":                                      p.Expander,
		"ignore_daemonsets_utilization_enabled":         p.IgnoreDaemonsetsUtilization,
		"max_graceful_termination_sec":                  p.MaxGracefulTerminationSec,
		"max_node_provisioning_time":                    p.MaxNodeProvisionTime,
		"max_unready_nodes":                             number(p.OkTotalUnreadyCount),
		"max_unready_percentage":                        number(p.MaxTotalUnreadyPercentage),
		"new_pod_scale_up_delay":                        p.NewPodScaleUpDelay,
		"scale_down_delay_after_add":                    p.ScaleDownDelayAfterAdd,
		"scale_down_delay_after_delete":                 p.ScaleDownDelayAfterDelete,
		"scale_down_delay_after_failure":                p.ScaleDownDelayAfterFailure,
		"scale_down_unneeded":                           p.ScaleDownUnneededTime,
		"scale_down_unready":                            p.ScaleDownUnreadyTime,
		"scale_down_utilization_threshold":              p.ScaleDownUtilizationThreshold,
		"scan_interval":                                 p.ScanInterval,
		"skip_nodes_with_local_storage":                 boolean(p.SkipNodesWithLocalStorage),
		"skip_nodes_with_system_pods":                   boolean(p.SkipNodesWithSystemPods),
	}}
}

func boolean(s *string) any {
	if s == nil {
		return nil
	}
	return strings.EqualFold(*s, "true")
}

func number(s *string) any {
	f, err := strconv.ParseFloat(value(s), 64)
	if err != nil {
		return nil
	}
	return f
}
