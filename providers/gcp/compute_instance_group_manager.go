package gcp

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeInstanceGroupManager = define(groupManagers(spec[compute.InstanceGroupManager]{
	Name:  "google_compute_instance_group_manager",
	Asset: "compute.googleapis.com/InstanceGroupManager",
	Keep:  func(it item[compute.InstanceGroupManager]) bool { return it.v.Zone != "" },
}))

// groupManagers completes the spec of the zonal and of the regional managers,
// which are in one listing.
func groupManagers(s spec[compute.InstanceGroupManager]) spec[compute.InstanceGroupManager] {
	s.Actions = []string{"compute.instanceGroupManagers.list"}
	s.List = together("instance group managers", inAll("instanceGroupManagers"))
	s.Default = func(it item[compute.InstanceGroupManager]) bool { return ofPlatform(it.v.Name) }
	s.Fields = fields{
		"instance_group_manager_id":             {from: "id", keep: true},
		"update_policy.max_surge_fixed":         from("maxSurge.fixed"),
		"update_policy.max_surge_percent":       from("maxSurge.percent"),
		"update_policy.max_unavailable_fixed":   from("maxUnavailable.fixed"),
		"update_policy.max_unavailable_percent": from("maxUnavailable.percent"),
		"all_instances_config.labels":           from("properties.labels"),
		"all_instances_config.metadata":         from("properties.metadata"),
	}
	s.Map = groupManager
	s.Rules = map[string]resource.Rule{
		"instance_group_manager_id":        resource.Identity(),
		"version.instance_template":        templateLink(),
		"stateful_internal_ip":             resource.Keyed("interface_name"),
		"stateful_external_ip":             resource.Keyed("interface_name"),
		"update_policy.replacement_method": resource.Default("SUBSTITUTE"),
	}
	return s
}

func groupManager(it item[compute.InstanceGroupManager], a resource.Attrs) {
	// An autoscaler's size is no one's who configures the group.
	if it.v.Status != nil && it.v.Status.Autoscaler != "" {
		delete(a, "target_size")
	}
	var disks, internal, external []any
	if p := it.v.StatefulPolicy; p != nil && p.PreservedState != nil {
		for _, name := range slices.Sorted(maps.Keys(p.PreservedState.Disks)) {
			disks = append(disks, map[string]any{"device_name": name, "delete_rule": p.PreservedState.Disks[name].AutoDelete})
		}
		internal = statefulAddresses(p.PreservedState.InternalIPs)
		external = statefulAddresses(p.PreservedState.ExternalIPs)
	}
	a["stateful_disk"], a["stateful_internal_ip"], a["stateful_external_ip"] = disks, internal, external
}

func statefulAddresses(of map[string]compute.StatefulPolicyPreservedStateNetworkIp) []any {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, map[string]any{"interface_name": name, "delete_rule": of[name].AutoDelete})
	}
	return all
}

// templateLink is for the link to an instance template, which can be by its name
// and its number (…/web?uniqueId=123) or by its number alone (…/123).
func templateLink() resource.Rule {
	r := references()
	r.Canon = func(v any) any {
		s, ok := v.(string)
		if !ok {
			return v
		}
		s = link(s)
		if named, id, ok := strings.Cut(s, "?uniqueId="); ok {
			return named[:strings.LastIndexByte(named, '/')+1] + id
		}
		return s
	}
	return r
}
