package azure

import (
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// dataDisk is a disk as the machine shows it that it is attached to.
type dataDisk struct {
	machine *armcompute.VirtualMachine
	disk    *armcompute.DataDisk
}

func dataDisks(v *armcompute.VirtualMachine) []dataDisk {
	out := []dataDisk{}
	for _, d := range value(value(v.Properties).StorageProfile).DataDisks {
		out = append(out, dataDisk{v, d})
	}
	return out
}

func (d dataDisk) id() string { return value(d.machine.ID) + "/dataDisks/" + value(d.disk.Name) }

var virtualMachineDataDiskAttachment = define(each(virtualMachines().all(), dataDisks), provider.Spec[*conn, dataDisk]{
	Name: "azurerm_virtual_machine_data_disk_attachment",
	ID:   dataDisk.id,
	// The ones of an image come with the machine, as do all of a scale set's.
	Default: func(d dataDisk) bool {
		return value(d.disk.CreateOption) == armcompute.DiskCreateOptionTypesFromImage || isScaleSetMachine(d.machine)
	},
	Attrs: func(d dataDisk) resource.Attrs {
		return resource.Attrs{
			"virtual_machine_id":        d.machine.ID,
			"managed_disk_id":           value(d.disk.ManagedDisk).ID,
			"caching":                   d.disk.Caching,
			"create_option":             d.disk.CreateOption,
			"lun":                       d.disk.Lun,
			"write_accelerator_enabled": d.disk.WriteAcceleratorEnabled,
		}
	},
	Import: importIf(func(a resource.Attrs) bool {
		return slices.Contains([]string{"Attach", "Empty"}, a.String("create_option"))
	}),
	Rules: map[string]resource.Rule{"caching": resource.Default("None"), "create_option": resource.Default("Attach")},
	ChildOf: []resource.ChildOf{
		{Parent: "azurerm_linux_virtual_machine", Ref: "virtual_machine_id", ParentID: fold},
		{Parent: "azurerm_windows_virtual_machine", Ref: "virtual_machine_id", ParentID: fold},
		{Parent: "azurerm_virtual_machine", Ref: "virtual_machine_id", Path: "storage_data_disk", ParentID: fold},
	},
})
