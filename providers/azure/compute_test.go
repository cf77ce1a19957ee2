package azure

import (
	"maps"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

const appGroup = "/subscriptions/" + sub1 + "/resourceGroups/app"

func computeID(typ, name string) string {
	return appGroup + "/providers/Microsoft.Compute/" + typ + "/" + name
}

// computeLists puts lists of compute resources into the world, and into Resource Graph.
func computeLists(t *testing.T, w *world, lists map[string][]map[string]any) {
	ids := []string{}
	for typ, items := range lists {
		var all []any
		for _, v := range items {
			all = append(all, v)
			ids = append(ids, v["id"].(string))
		}
		w.on("/subscriptions/"+sub1+"/providers/Microsoft.Compute/"+typ, listed(all...))
	}
	w.on(graphPath, rows(t, ids))
}

func machine(name, system string, dataDisks ...string) map[string]any {
	v := thing(computeID("virtualMachines", name))
	attached := []any{}
	for i, d := range dataDisks {
		attached = append(attached, map[string]any{"name": d, "lun": i, "createOption": "Attach", "managedDisk": map[string]any{"id": computeID("disks", d)}})
	}
	v["properties"] = map[string]any{"storageProfile": map[string]any{
		"osDisk": map[string]any{"osType": system, "name": name + "-os", "diskSizeGB": 30}, "dataDisks": attached,
	}}
	return v
}

// The older type of a machine has no reader. What it declares is nobody else's, and
// what is beside it is not left out.
func TestMachineOfTheOlderType(t *testing.T) {
	w := newWorld(t)
	computeLists(t, w, map[string][]map[string]any{
		"virtualMachines": {machine("old", "Linux", "data", "added")},
		"disks":           {thing(computeID("disks", "old-os")), thing(computeID("disks", "data")), thing(computeID("disks", "added"))},
	})
	old := held("azurerm_virtual_machine", computeID("virtualMachines", "old"))
	maps.Copy(old.Attrs, resource.Attrs{
		"storage_os_disk":   []any{map[string]any{"managed_disk_id": computeID("disks", "old-os")}},
		"storage_data_disk": []any{map[string]any{"managed_disk_id": computeID("disks", "DATA")}},
	})
	w.look(t, true, []string{sub1}, old).tells(t, "unchecked azurerm_virtual_machine.old", "unmanaged "+computeID("disks", "added"))
}

func TestDataDisksBesideManagedOnes(t *testing.T) {
	w := newWorld(t)
	disk := func(name string) map[string]any { return thing(computeID("disks", name)) }
	computeLists(t, w, map[string][]map[string]any{
		"virtualMachines": {machine("web", "Linux", "data", "copy", "added"), machine("nobodys", "Windows", "theirs")},
		"disks":           {disk("data"), disk("copy")},
	})
	attachment := func(name string) string { return computeID("virtualMachines", "web") + "/dataDisks/" + name }
	r := w.look(t, true, []string{sub1},
		held("azurerm_linux_virtual_machine", computeID("virtualMachines", "web")),
		held("azurerm_managed_disk", computeID("disks", "data")),
		held("azurerm_virtual_machine_data_disk_attachment", attachment("data")),
		held("azurerm_virtual_machine_data_disk_attachment", attachment("gone")),
		held("azurerm_virtual_machine_implicit_data_disk_from_source", attachment("copy")),
	)
	r.tells(t,
		"missing azurerm_virtual_machine_data_disk_attachment.gone",
		"unchecked azurerm_virtual_machine_implicit_data_disk_from_source.copy",
		"unmanaged "+attachment("added"),
		"unmanaged "+computeID("virtualMachines", "nobodys"),
	)
	if n := w.count("GET " + "/subscriptions/" + sub1 + "/providers/Microsoft.Compute/virtualMachines"); n != 1 {
		t.Errorf("the machines were listed %d times", n)
	}
}

// A set's extensions are its own attribute or resources of their own, never both.
func TestScaleSetExtensionsOfTheirOwn(t *testing.T) {
	set := thing(computeID("virtualMachineScaleSets", "web"))
	set["properties"] = map[string]any{"virtualMachineProfile": map[string]any{
		"osProfile":        map[string]any{"linuxConfiguration": map[string]any{}},
		"extensionProfile": map[string]any{"extensions": []any{map[string]any{"name": "health", "properties": map[string]any{}}}},
	}}
	w := newWorld(t)
	computeLists(t, w, map[string][]map[string]any{"virtualMachineScaleSets": {set}})
	managed := held("azurerm_linux_virtual_machine_scale_set", set["id"].(string))
	managed.Attrs["extension"] = []any{}
	w.look(t, false, nil, managed).tells(t, "changed azurerm_linux_virtual_machine_scale_set.web")
	w.look(t, false, nil, managed, held("azurerm_virtual_machine_scale_set_extension", set["id"].(string)+"/extensions/health")).
		tells(t, "unchecked azurerm_virtual_machine_scale_set_extension.health")
}

func TestNodePools(t *testing.T) {
	const id = appGroup + "/providers/Microsoft.ContainerService/managedClusters/aks"
	cluster := thing(id)
	pool := func(name, mode string) map[string]any {
		return map[string]any{"name": name, "mode": mode, "vmSize": "Standard_D2s_v5"}
	}
	cluster["properties"] = map[string]any{"agentPoolProfiles": []any{pool("spare", "System"), pool("first", "System"), pool("jobs", "User"), pool("added", "User")}}
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.ContainerService/managedClusters", listed(cluster))
	w.on(graphPath, rows(t, []string{id}))
	managed := held("azurerm_kubernetes_cluster", id)
	managed.Attrs["default_node_pool"] = []any{map[string]any{"name": "first", "vm_size": "standard_d2s_V5"}}
	r := w.look(t, true, []string{sub1}, managed,
		held("azurerm_kubernetes_cluster_node_pool", id+"/agentPools/spare"),
		held("azurerm_kubernetes_cluster_node_pool", id+"/agentPools/jobs"))
	r.tells(t, "unmanaged "+id+"/agentPools/added")
	w.look(t, true, []string{sub1}).tells(t, "unmanaged "+id)
}
