package gcp

import (
	"testing"

	"google.golang.org/api/container/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// What the provider was told to leave alone is old in the state.
func TestLeftAlone(t *testing.T) {
	type A = resource.Attrs
	tests := map[string]struct {
		of          resource.Type
		told, other A
		path        string
	}{
		"a pool's size":     {containerNodePool.Type.Type, A{"ignore_node_count_changes": true}, A{"ignore_node_count_changes": false}, "node_count"},
		"a cluster's pools": {containerCluster.Type.Type, A{"skip_node_pool_refresh": true}, A{"skip_node_pool_refresh": nil}, "node_pool"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cloud := A{tt.path: 3.0, "name": "x"}
			if got := tt.of.Fit(tt.told, cloud); got[tt.path] != nil || got["name"] == nil || cloud[tt.path] == nil {
				t.Errorf("fitted to %v, from %v", got, cloud)
			}
			if got := tt.of.Fit(tt.other, cloud); got[tt.path] == nil {
				t.Errorf("fitted to %v", got)
			}
		})
	}
}

// What an answer leaves out is not known to be unset where the provider keeps what
// the state had.
func TestLeftOutByGKE(t *testing.T) {
	cluster := resource.Attrs{"enable_shielded_nodes": nil, "default_max_pods_per_node": nil}
	mapCluster(item[container.Cluster]{v: &container.Cluster{}}, cluster)
	for _, name := range []string{"enable_shielded_nodes", "default_max_pods_per_node"} {
		if _, says := cluster[name]; says {
			t.Errorf("a cluster without %s says %v", name, cluster)
		}
	}
	pool := resource.Attrs{"upgrade_settings": nil, "max_pods_per_node": nil}
	settledPool(&container.NodePool{}, pool)
	if len(pool) != 1 { // no autoscaling
		t.Errorf("a pool without them says %v", pool)
	}
}

// Beside the newest kind of window the provider stores no budget.
func TestRecurringMaintenance(t *testing.T) {
	a := resource.Attrs{"maintenance_policy": []any{map[string]any{"disruption_budget": nil}}}
	mapMaintenance(&container.MaintenancePolicy{Window: &container.MaintenanceWindow{
		RecurringMaintenanceWindow: &container.RecurringMaintenanceWindow{Recurrence: "FREQ=DAILY"},
	}}, a)
	if _, says := a.Block("maintenance_policy")["disruption_budget"]; says {
		t.Errorf("mapped %v", a)
	}
}

func TestFitTaints(t *testing.T) {
	taint := func(key, value string) map[string]any {
		return map[string]any{"key": key, "value": value, "effect": "NO_SCHEDULE"}
	}
	nodes := func(name string, taints ...any) map[string]any { return map[string]any{name: taints} }
	tests := map[string]struct {
		state, cloud map[string]any
		want         string
	}{
		"an imported pool's": {nodes("effective_taints", taint("a", "1")), nodes("taint", taint("a", "1")), "[]"},
		"a new one":          {nodes("effective_taints", taint("a", "1")), nodes("taint", taint("b", "1")), `[{"effect":"NO_SCHEDULE","key":"b","value":"1"}]`},
		"a changed one":      {nodes("effective_taints", taint("a", "1")), nodes("taint", taint("a", "2")), `[{"effect":"NO_SCHEDULE","key":"a","value":"2"}]`},
		"one that is configured": {
			map[string]any{"effective_taints": []any{taint("a", "1")}, "taint": []any{taint("a", "1")}},
			nodes("taint", taint("a", "1")), `[{"effect":"NO_SCHEDULE","key":"a","value":"1"}]`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cloud := resource.Attrs{"node_config": []any{tt.cloud}}
			got := fitTaints(resource.Attrs{"node_config": []any{tt.state}}, cloud)
			if text := resource.Text(got.Block("node_config")["taint"]); text != tt.want {
				t.Errorf("left %s, want %s", text, tt.want)
			}
			if taints, _ := tt.cloud["taint"].([]any); len(taints) != 1 {
				t.Error("the argument was changed")
			}
		})
	}
}
