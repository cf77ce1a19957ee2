package azure

import (
	"maps"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// What older versions of the provider hold of a cluster, and what the service adds
// to it by itself, is no change.
func TestClusterOfAnOlderState(t *testing.T) {
	const id = appGroup + "/providers/Microsoft.ContainerService/managedClusters/aks"
	const zone = appGroup + "/providers/Microsoft.Network/dnsZones/example.org"
	autoscaler := map[string]any{"expander": "random", "scan-interval": "10s"}
	ingress := map[string]any{"webAppRouting": map[string]any{"enabled": true, "dnsZoneResourceIds": []any{zone}}}
	drivers := map[string]any{
		"blobCSIDriver": map[string]any{"enabled": false}, "diskCSIDriver": map[string]any{"enabled": true},
		"fileCSIDriver": map[string]any{"enabled": true}, "snapshotController": map[string]any{"enabled": true},
	}
	block := func(of map[string]any) []any { return []any{of} }
	held3 := map[string]any{"blob_driver_enabled": false, "disk_driver_enabled": true, "disk_driver_version": "v1", "file_driver_enabled": true, "snapshot_controller_enabled": true}
	tests := map[string]struct {
		state   resource.Attrs
		cloud   map[string]any
		changed int
	}{
		"autoscaler of another pool":     {resource.Attrs{"auto_scaler_profile": []any{}}, map[string]any{"autoScalerProfile": autoscaler}, 0},
		"autoscaler":                     {resource.Attrs{"auto_scaler_profile": block(map[string]any{"expander": "priority", "scan_interval": "10s"})}, map[string]any{"autoScalerProfile": autoscaler}, 1},
		"node images were not read":      {resource.Attrs{"node_os_channel_upgrade": nil}, map[string]any{"autoUpgradeProfile": map[string]any{"nodeOSUpgradeChannel": "Unmanaged"}}, 0},
		"node images":                    {resource.Attrs{"node_os_channel_upgrade": "NodeImage"}, map[string]any{"autoUpgradeProfile": map[string]any{"nodeOSUpgradeChannel": "None"}}, 1},
		"public access was never sent":   {resource.Attrs{"public_network_access_enabled": false}, nil, 0},
		"tier by its older name":         {resource.Attrs{"sku_tier": "Paid"}, nil, 0},
		"version of the disk driver":     {resource.Attrs{"storage_profile": block(held3)}, map[string]any{"storageProfile": drivers}, 0},
		"drivers of nobody's choice":     {resource.Attrs{"storage_profile": []any{}}, map[string]any{"storageProfile": drivers}, 0},
		"drivers":                        {resource.Attrs{"storage_profile": block(map[string]any{"blob_driver_enabled": true})}, map[string]any{"storageProfile": drivers}, 1},
		"one zone":                       {resource.Attrs{"web_app_routing": block(map[string]any{"dns_zone_id": zone, "dns_zone_ids": []any{}})}, map[string]any{"ingressProfile": ingress}, 0},
		"zones":                          {resource.Attrs{"web_app_routing": block(map[string]any{"dns_zone_id": "", "dns_zone_ids": []any{zone}})}, map[string]any{"ingressProfile": ingress}, 0},
		"a zone more":                    {resource.Attrs{"web_app_routing": block(map[string]any{"dns_zone_id": "", "dns_zone_ids": []any{}})}, map[string]any{"ingressProfile": ingress}, 1},
		"routing switched off":           {resource.Attrs{"web_app_routing": block(map[string]any{"dns_zone_ids": []any{}})}, nil, 1},
		"metrics switched off":           {resource.Attrs{"monitor_metrics": block(map[string]any{"annotations_allowed": nil, "labels_allowed": ""})}, nil, 1},
		"cleaner without an interval":    {resource.Attrs{"image_cleaner_interval_hours": 48.0}, map[string]any{"securityProfile": map[string]any{"imageCleaner": map[string]any{"enabled": false}}}, 0},
		"ranges are told once":           {resource.Attrs{"api_server_authorized_ip_ranges": []any{}, "api_server_access_profile": []any{}}, map[string]any{"apiServerAccessProfile": map[string]any{"authorizedIPRanges": []any{"0.0.0.0/0"}}}, 1},
		"ranges by their older name":     {resource.Attrs{"api_server_authorized_ip_ranges": []any{}}, map[string]any{"apiServerAccessProfile": map[string]any{"authorizedIPRanges": []any{"0.0.0.0/0"}}}, 1},
		"stopped":                        {pool(map[string]any{"node_count": 3.0}), map[string]any{"powerState": map[string]any{"code": "Stopped"}, "agentPoolProfiles": pools(map[string]any{"count": 0})}, 0},
		"scaled by hand":                 {pool(map[string]any{"node_count": 3.0}), map[string]any{"agentPoolProfiles": pools(map[string]any{"count": 5})}, 1},
		"surge of a newer version":       {pool(map[string]any{"upgrade_settings": []any{}}), map[string]any{"agentPoolProfiles": pools(map[string]any{"upgradeSettings": map[string]any{"maxSurge": "10%", "maxUnavailable": "0"}})}, 0},
		"surge":                          {pool(map[string]any{"upgrade_settings": []any{}}), map[string]any{"agentPoolProfiles": pools(map[string]any{"upgradeSettings": map[string]any{"maxSurge": "50%"}})}, 1},
		"runtime that was not said":      {pool(map[string]any{"workload_runtime": ""}), map[string]any{"agentPoolProfiles": pools(map[string]any{"workloadRuntime": "OCIContainer"})}, 0},
		"surge switched from ten to all": {pool(map[string]any{"upgrade_settings": block(map[string]any{"max_surge": "10%"})}), map[string]any{"agentPoolProfiles": pools(map[string]any{"upgradeSettings": map[string]any{"maxSurge": "100%"}})}, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v := thing(id)
			v["sku"] = map[string]any{"name": "Base", "tier": "Standard"}
			v["properties"] = tc.cloud
			w.on("/subscriptions/"+sub1+"/providers/Microsoft.ContainerService/managedClusters", listed(v))
			m := held("azurerm_kubernetes_cluster", id)
			maps.Copy(m.Attrs, tc.state)
			changes(t, w.look(t, false, nil, m), tc.changed)
		})
	}
}

func pool(of map[string]any) resource.Attrs {
	of["name"] = "system"
	return resource.Attrs{"default_node_pool": []any{of}}
}

func pools(of map[string]any) []any {
	of["name"], of["mode"] = "system", "System"
	return []any{of}
}

// changes checks how many changes the findings tell of.
func changes(t *testing.T, r run, want int) {
	t.Helper()
	n := 0
	for _, f := range r.report.Findings {
		n += len(f.Changes)
		t.Log(f.Kind, f.Changes)
	}
	if n != want {
		t.Errorf("%d changes, want %d", n, want)
	}
}

func TestMachineBlocks(t *testing.T) {
	id := computeID("virtualMachines", "web")
	diagnostics := map[string]any{"bootDiagnostics": map[string]any{"enabled": true}}
	key := appGroup + "/providers/Microsoft.Compute/diskEncryptionSets/key"
	disk := func(of map[string]any) []any { return []any{of} }
	tests := map[string]struct {
		state   resource.Attrs
		cloud   map[string]any
		changed int
	}{
		"diagnostics as they were":  {resource.Attrs{"boot_diagnostics": []any{map[string]any{"storage_account_uri": ""}}}, map[string]any{"diagnosticsProfile": diagnostics}, 0},
		"diagnostics switched off":  {resource.Attrs{"boot_diagnostics": []any{map[string]any{"storage_account_uri": ""}}}, nil, 1},
		"diagnostics switched on":   {resource.Attrs{"boot_diagnostics": []any{}}, map[string]any{"diagnosticsProfile": diagnostics}, 1},
		"key as it was":             {resource.Attrs{"os_disk": disk(map[string]any{"disk_encryption_set_id": key})}, nil, 0},
		"another key while it runs": {resource.Attrs{"os_disk": disk(map[string]any{"disk_encryption_set_id": key + "2"})}, nil, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v, d := machine("web", "Linux"), thing(computeID("disks", "web-os"))
			p := v["properties"].(map[string]any)
			p["storageProfile"].(map[string]any)["osDisk"].(map[string]any)["managedDisk"] = map[string]any{"id": d["id"], "storageAccountType": "Premium_LRS"}
			maps.Copy(p, tc.cloud)
			d["properties"] = map[string]any{"encryption": map[string]any{"diskEncryptionSetId": key}}
			computeLists(t, w, map[string][]map[string]any{"virtualMachines": {v}, "disks": {d}})
			m := held("azurerm_linux_virtual_machine", id)
			maps.Copy(m.Attrs, tc.state)
			changes(t, w.look(t, false, nil, m), tc.changed)
		})
	}
}

// What version 3 shows of a set under two names is told once.
func TestScaleSetNamesToldOnce(t *testing.T) {
	set := thing(computeID("virtualMachineScaleSets", "web"))
	set["properties"] = map[string]any{
		"scaleInPolicy": map[string]any{"rules": []any{"OldestVM"}},
		"virtualMachineProfile": map[string]any{
			"osProfile":              map[string]any{"linuxConfiguration": map[string]any{}},
			"scheduledEventsProfile": map[string]any{"terminateNotificationProfile": map[string]any{"enable": true}},
		},
	}
	off := []any{map[string]any{"enabled": false, "timeout": "PT5M"}}
	for name, tc := range map[string]struct {
		state   resource.Attrs
		changed []string
	}{
		"both names": {resource.Attrs{"scale_in_policy": "Default", "scale_in": []any{}, "terminate_notification": off, "termination_notification": off}, []string{"scale_in", "termination_notification"}},
		"the former": {resource.Attrs{"scale_in_policy": "Default", "terminate_notification": off}, []string{"scale_in_policy", "terminate_notification"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			computeLists(t, w, map[string][]map[string]any{"virtualMachineScaleSets": {set}})
			m := held("azurerm_linux_virtual_machine_scale_set", set["id"].(string))
			maps.Copy(m.Attrs, tc.state)
			changes(t, w.look(t, false, nil, m), len(tc.changed))
		})
	}
}

// The disks that compute named come and go with their machines. Those that are left
// behind, and those that somebody named, are told of.
func TestDisksOfMachines(t *testing.T) {
	const guid = "0123456789abcdef0123456789abcdef"
	disk := func(name, of string) map[string]any {
		d := thing(computeID("disks", name))
		d["managedBy"] = of
		return d
	}
	of := computeID("virtualMachines", "set_1")
	w := newWorld(t)
	computeLists(t, w, map[string][]map[string]any{"disks": {
		disk("set_1_disk2_"+guid, of), disk("set_1_lun_0_2_"+guid, of), disk("asrseeddisk-web-1", ""),
		disk("set_2_disk2_"+guid, ""), disk("data_disk2", of),
	}})
	w.look(t, true, []string{sub1}).tells(t, "unmanaged "+computeID("disks", "set_2_disk2_"+guid), "unmanaged "+computeID("disks", "data_disk2"))
}

// How fast a disk is follows from its size, but for the kinds of which one chooses it.
func TestDiskSpeed(t *testing.T) {
	for sku, changed := range map[string]int{"Premium_LRS": 0, "PremiumV2_LRS": 1, "UltraSSD_LRS": 1} {
		w := newWorld(t)
		d := thing(computeID("disks", "data"))
		d["sku"], d["properties"] = map[string]any{"name": sku}, map[string]any{"diskIOPSReadWrite": 1100}
		computeLists(t, w, map[string][]map[string]any{"disks": {d}})
		m := held("azurerm_managed_disk", d["id"].(string))
		m.Attrs["disk_iops_read_write"] = 500.0
		changes(t, w.look(t, false, nil, m), changed)
	}
}

func TestRegistryBlocks(t *testing.T) {
	id := appGroup + "/providers/Microsoft.ContainerRegistry/registries/acr"
	open := map[string]any{"networkRuleSet": map[string]any{"defaultAction": "Allow", "ipRules": []any{}}}
	tests := map[string]struct {
		state   resource.Attrs
		cloud   map[string]any
		changed int
	}{
		"open as by default":    {resource.Attrs{"network_rule_set": []any{}}, open, 0},
		"opened":                {resource.Attrs{"network_rule_set": []any{map[string]any{"default_action": "Deny", "ip_rule": []any{}}}}, open, 1},
		"trust that is gone":    {resource.Attrs{"trust_policy_enabled": true, "trust_policy": []any{map[string]any{"enabled": true}}}, map[string]any{"policies": map[string]any{}}, 0},
		"trust is switched off": {resource.Attrs{"trust_policy_enabled": true}, map[string]any{"policies": map[string]any{"trustPolicy": map[string]any{"status": "disabled"}}}, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v := thing(id)
			v["properties"] = tc.cloud
			w.on("/subscriptions/"+sub1+"/providers/Microsoft.ContainerRegistry/registries", listed(v))
			m := held("azurerm_container_registry", id)
			maps.Copy(m.Attrs, tc.state)
			changes(t, w.look(t, false, nil, m), tc.changed)
		})
	}
}
