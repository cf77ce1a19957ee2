package gcp

import (
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeResourcePolicy = define(spec[compute.ResourcePolicy]{
	Name:    "google_compute_resource_policy",
	Asset:   "compute.googleapis.com/ResourcePolicy",
	Actions: []string{"compute.resourcePolicies.list"},
	List:    inAll("resourcePolicies"),
	// The compact placement of a node pool.
	Default: func(it item[compute.ResourcePolicy]) bool { return hasPrefix(it.v.Name, "gke-") },
	Map: func(it item[compute.ResourcePolicy], a resource.Attrs) {
		// The API's block is empty: that it is there says it all.
		if it.v.DiskConsistencyGroupPolicy != nil {
			a["disk_consistency_group_policy"] = []any{map[string]any{"enabled": true}}
		}
	},
	Rules: map[string]resource.Rule{
		"snapshot_schedule_policy.retention_policy.on_source_disk_delete":           resource.Default("KEEP_AUTO_SNAPSHOTS"),
		"snapshot_schedule_policy.schedule.hourly_schedule.start_time":              clock(),
		"snapshot_schedule_policy.schedule.daily_schedule.start_time":               clock(),
		"snapshot_schedule_policy.schedule.weekly_schedule.day_of_weeks.start_time": clock(),
	},
})

// clock is for a time of the day, whose hour may lack its zero: 4:00.
func clock() resource.Rule {
	return resource.CanonString(func(s string) string {
		if strings.Index(s, ":") == 1 {
			return "0" + s
		}
		return s
	})
}
