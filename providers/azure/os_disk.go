package azure

import (
	"context"
	"maps"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// osDiskDetail fills in what a machine does not say of its own disk: with which key
// it is encrypted, and the size and type while the machine is switched off. The list
// of disks does, which is asked once for all machines.
func osDiskDetail() provider.Detail[*conn, *armcompute.VirtualMachine] {
	return provider.Detail[*conn, *armcompute.VirtualMachine]{
		Action: "Microsoft.Compute/disks" + readSuffix,
		Paths:  []string{"os_disk"},
		Read: func(ctx context.Context, c *conn, v *armcompute.VirtualMachine) (resource.Attrs, error) {
			os := value(value(v.Properties).StorageProfile).OSDisk
			managed := value(value(os).ManagedDisk)
			if managed.ID == nil || os.DiffDiskSettings != nil { // on the host's own storage, which has no list
				return resource.Attrs{"os_disk": osDisk(os, nil)}, nil
			}
			all, err := c.disksByID(ctx)
			if err != nil {
				return nil, err
			}
			return resource.Attrs{"os_disk": osDisk(os, all[fold(*managed.ID)])}, nil
		},
	}
}

func (c *conn) disksByID(ctx context.Context) (map[string]*armcompute.Disk, error) {
	return provider.Once(&c.memo, "disks by id", func() (map[string]*armcompute.Disk, error) {
		a := disks().read(ctx, c)
		byID := map[string]*armcompute.Disk{}
		for _, d := range a.items {
			byID[fold(value(d.ID))] = d
		}
		return byID, a.err
	})
}

// osDisk is the disk that a machine starts from. What neither the machine nor the
// disk says is left out: of a disk on the host's own storage there is nothing to list.
func osDisk(v *armcompute.OSDisk, of *armcompute.Disk) []any {
	if v == nil {
		return nil
	}
	managed, p := value(v.ManagedDisk), value(value(of).Properties)
	security := value(managed.SecurityProfile)
	block := map[string]any{
		"id":                               managed.ID,
		"name":                             v.Name,
		"caching":                          v.Caching,
		"diff_disk_settings":               diffDiskSettings(v.DiffDiskSettings),
		"secure_vm_disk_encryption_set_id": value(security.DiskEncryptionSet).ID,
		"security_encryption_type":         security.SecurityEncryptionType,
		"write_accelerator_enabled":        v.WriteAcceleratorEnabled,
	}
	known := map[string]any{
		"disk_size_gb":           oneOf(v.DiskSizeGB, p.DiskSizeGB),
		"storage_account_type":   oneOf((*string)(managed.StorageAccountType), (*string)(value(value(of).SKU).Name)),
		"disk_encryption_set_id": oneOf(value(managed.DiskEncryptionSet).ID, value(p.Encryption).DiskEncryptionSetID),
	}
	if of == nil {
		maps.DeleteFunc(known, func(_ string, v any) bool { return v == nil })
	}
	maps.Copy(block, known)
	return []any{block}
}

// oneOf returns the first that is there.
func oneOf[V any](all ...*V) any {
	for _, p := range all {
		if p != nil {
			return *p
		}
	}
	return nil
}

func diffDiskSettings(s *armcompute.DiffDiskSettings) []any {
	if s == nil {
		return nil
	}
	return []any{map[string]any{"option": s.Option, "placement": s.Placement}}
}
