package gcp

import (
	"maps"
	"slices"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeRegionInstanceGroupManager = define(regionGroupManagers())

func regionGroupManagers() spec[compute.InstanceGroupManager] {
	s := groupManagers(spec[compute.InstanceGroupManager]{
		Name:  "google_compute_region_instance_group_manager",
		Asset: "compute.googleapis.com/InstanceGroupManager",
		Keep:  func(it item[compute.InstanceGroupManager]) bool { return it.v.Region != "" },
	})
	s.Fields["distribution_policy_target_shape"] = from("distributionPolicy.targetShape")
	s.Map = func(it item[compute.InstanceGroupManager], a resource.Attrs) {
		groupManager(it, a)
		var zones []any
		if p := it.v.DistributionPolicy; p != nil {
			for _, z := range withoutNil(p.Zones) {
				zones = append(zones, base(z.Zone))
			}
		}
		a["distribution_policy_zones"] = zones
		a["instance_flexibility_policy"] = flexibility(it.v.InstanceFlexibilityPolicy)
	}
	s.Rules["update_policy.instance_redistribution_type"] = resource.Default("PROACTIVE")
	return s
}

func flexibility(p *compute.InstanceGroupManagerInstanceFlexibilityPolicy) any {
	if p == nil {
		return nil
	}
	var selections []any
	for _, name := range slices.Sorted(maps.Keys(p.InstanceSelections)) {
		of := p.InstanceSelections[name]
		selections = append(selections, map[string]any{"name": name, "rank": of.Rank, "machine_types": of.MachineTypes})
	}
	return []any{map[string]any{"instance_selections": selections}}
}
