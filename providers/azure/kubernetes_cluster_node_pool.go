package azure

import (
	"maps"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// nodePool is a pool of a cluster.
type nodePool struct {
	cluster *cluster
	profile *armcontainerservice.ManagedClusterAgentPoolProfile
}

func nodePools(v *cluster) []nodePool {
	out := []nodePool{}
	for _, p := range value(v.Properties).AgentPoolProfiles {
		out = append(out, nodePool{v, p})
	}
	return out
}

func (p nodePool) id() string { return value(p.cluster.ID) + "/agentPools/" + value(p.profile.Name) }

var kubernetesClusterNodePool = define(each(clusters(), nodePools), provider.Spec[*conn, nodePool]{
	Name:    "azurerm_kubernetes_cluster_node_pool",
	ID:      nodePool.id,
	Default: func(p nodePool) bool { return p.profile == p.cluster.pool },
	Attrs: func(p nodePool) resource.Attrs {
		v := p.profile
		a := resource.Attrs{
			"kubernetes_cluster_id": p.cluster.ID,
			"eviction_policy":       v.ScaleSetEvictionPolicy,
			"mode":                  v.Mode,
			"node_taints":           v.NodeTaints,
			"os_type":               v.OSType,
			"priority":              v.ScaleSetPriority,
			"spot_max_price":        decimal(v.SpotMaxPrice),
			"windows_profile":       nodeWindowsProfile(v.WindowsProfile),
		}
		maps.Copy(a, nodePoolAttrs(v, p.cluster.ManagedCluster))
		for _, e := range a["upgrade_settings"].([]any) {
			e.(map[string]any)["max_unavailable"] = v.UpgradeSettings.MaxUnavailable
		}
		return a
	},
	Rules:   kubernetesClusterNodePoolRules(),
	Former:  []string{"enable_auto_scaling", "enable_host_encryption", "enable_node_public_ip", "kubelet_config", "linux_os_config"},
	ChildOf: []resource.ChildOf{{Parent: "azurerm_kubernetes_cluster", Ref: "kubernetes_cluster_id", ParentID: fold}},
})

func kubernetesClusterNodePoolRules() map[string]resource.Rule {
	rules := nodePoolRules()
	rules["upgrade_settings.max_unavailable"] = rules["upgrade_settings.max_surge"]
	rules["mode"] = resource.Default("User")
	rules["node_taints"] = resource.Unordered()
	rules["os_type"] = resource.Default("Linux")
	rules["priority"] = resource.Default("Regular")
	rules["spot_max_price"] = resource.Default(-1)
	rules["windows_profile"] = noneUnlessSet(map[string]any{"outbound_nat_enabled": true})
	return rules
}

func nodeWindowsProfile(p *armcontainerservice.AgentPoolWindowsProfile) []any {
	if value(p).DisableOutboundNat == nil {
		return nil
	}
	return []any{map[string]any{"outbound_nat_enabled": !*p.DisableOutboundNat}}
}
