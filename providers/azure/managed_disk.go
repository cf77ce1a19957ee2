package azure

import (
	"context"
	"iter"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// disks also tell what machines do not of their own disks: see osDiskDetail.
func disks() collection[armcompute.Disk] {
	return list("Microsoft.Compute/disks", armcompute.NewDisksClient, (*armcompute.DisksClient).NewListPager,
		func(p armcompute.DisksClientListResponse) []*armcompute.Disk { return p.Value })
}

// disk is a disk, and whether a state declares it as a part of a machine.
type disk struct {
	*armcompute.Disk
	declared bool
}

// managedDisks are the disks, seen beside the machines that the states hold.
func managedDisks() source[*disk] {
	from := disks().all()
	return source[*disk]{actions: from.actions, items: func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*disk, error] {
		return func(yield func(*disk, error) bool) {
			declared := disksOfMachines(q)
			for v, err := range from.items(ctx, c, q, name) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(&disk{v, declared[fold(value(v.ID))]}, nil) {
					return
				}
			}
		}
	}}
}

// disksOfMachines are the join keys of the disks that the states declare inside
// something else: the older type of a machine has blocks for each of its disks, and
// a copy can be attached without a resource for it.
func disksOfMachines(q provider.Query) map[string]bool {
	ids := map[string]bool{}
	for _, m := range q.Held("azurerm_virtual_machine") {
		for _, name := range []string{"storage_os_disk", "storage_data_disk"} {
			blocks, _ := m.Attrs[name].([]any)
			for _, b := range blocks {
				if of, ok := b.(map[string]any); ok {
					ids[fold(resource.Attrs(of).String("managed_disk_id"))] = true
				}
			}
		}
	}
	for _, m := range q.Held("azurerm_virtual_machine_implicit_data_disk_from_source") {
		ids[groupOf(m.Key.ID)+"/providers/microsoft.compute/disks/"+fold(segmentAfterLast(m.Key.ID))] = true
	}
	return ids
}

var managedDisk = define(managedDisks(), provider.Spec[*conn, *disk]{
	Name:    "azurerm_managed_disk",
	Default: isSomethingElsesDisk,
	Attrs: func(v *disk) resource.Attrs {
		p := value(v.Properties)
		creation, security := value(p.CreationData), value(p.SecurityProfile)
		a := resource.Attrs{
			"name":                              v.Name,
			"resource_group_name":               segment(value(v.ID), "resourceGroups"),
			"location":                          location(v.Location),
			"create_option":                     creation.CreateOption,
			"disk_access_id":                    p.DiskAccessID,
			"disk_encryption_set_id":            value(p.Encryption).DiskEncryptionSetID,
			"disk_size_gb":                      p.DiskSizeGB,
			"edge_zone":                         location(value(v.ExtendedLocation).Name),
			"encryption_settings":               diskEncryptionSettings(p.EncryptionSettingsCollection),
			"gallery_image_reference_id":        value(creation.GalleryImageReference).ID,
			"hyper_v_generation":                p.HyperVGeneration,
			"image_reference_id":                nil,
			"logical_sector_size":               creation.LogicalSectorSize,
			"max_shares":                        p.MaxShares,
			"network_access_policy":             p.NetworkAccessPolicy,
			"on_demand_bursting_enabled":        p.BurstingEnabled,
			"optimized_frequent_attach_enabled": p.OptimizedForFrequentAttach,
			"os_type":                           p.OSType,
			"performance_plus_enabled":          creation.PerformancePlus,
			"public_network_access_enabled":     enabledOrUnset(p.PublicNetworkAccess),
			"secure_vm_disk_encryption_set_id":  security.SecureVMDiskEncryptionSetID,
			"security_type":                     nil,
			"source_resource_id":                creation.SourceResourceID,
			"source_uri":                        creation.SourceURI,
			"storage_account_id":                creation.StorageAccountID,
			"storage_account_type":              value(v.SKU).Name,
			"tier":                              p.Tier,
			"trusted_launch_enabled":            false,
			"upload_size_bytes":                 creation.UploadSizeBytes,
			"zone":                              first(v.Zones),
			"tags":                              v.Tags,
		}
		// Of the other disks they follow from the size and what Azure gives to it.
		if sku := value(value(v.SKU).Name); sku == armcompute.DiskStorageAccountTypesUltraSSDLRS || sku == armcompute.DiskStorageAccountTypesPremiumV2LRS {
			a["disk_iops_read_only"] = p.DiskIOPSReadOnly
			a["disk_iops_read_write"] = p.DiskIOPSReadWrite
			a["disk_mbps_read_only"] = p.DiskMBpsReadOnly
			a["disk_mbps_read_write"] = p.DiskMBpsReadWrite
		}
		// The API names the image behind a gallery's as well.
		if value(creation.GalleryImageReference).ID == nil {
			a["image_reference_id"] = value(creation.ImageReference).ID
		}
		if value(security.SecurityType) == armcompute.DiskSecurityTypesTrustedLaunch {
			a["trusted_launch_enabled"] = true
		} else {
			a["security_type"] = security.SecurityType
		}
		return a
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":           resource.Fold(),
		"storage_account_type":          resource.Fold(),
		"network_access_policy":         resource.Default("AllowAll"),
		"public_network_access_enabled": resource.Default(true),
	},
})

// namedByCompute are the data disks that a machine was made with and that nobody
// gave a name: a scale set's, an image's.
var namedByCompute = regexp.MustCompile(`_(disk[0-9]+|lun_[0-9]+_[0-9]+)_[0-9a-f]{32}$`)

// isSomethingElsesDisk is true for the disks that come with what is told of
// instead: a machine's own disks, a volume of a cluster, a replica of another disk.
func isSomethingElsesDisk(v *disk) bool {
	for tag := range v.Tags {
		if strings.HasPrefix(tag, "kubernetes.io-created-for-") {
			return true
		}
	}
	name := strings.ToLower(value(v.Name))
	isMachines := value(v.ManagedBy) != "" && (value(v.Properties).OSType != nil || namedByCompute.MatchString(name))
	return v.declared || isMachines || strings.HasSuffix(name, "-asrreplica") || strings.HasPrefix(name, "asrseeddisk-")
}

func diskEncryptionSettings(c *armcompute.EncryptionSettingsCollection) []any {
	all := value(c).EncryptionSettings
	if len(all) == 0 || all[0].DiskEncryptionKey == nil {
		return nil
	}
	block := map[string]any{"disk_encryption_key": []any{map[string]any{
		"secret_url":      all[0].DiskEncryptionKey.SecretURL,
		"source_vault_id": value(all[0].DiskEncryptionKey.SourceVault).ID,
	}}, "key_encryption_key": nil}
	if key := all[0].KeyEncryptionKey; key != nil {
		block["key_encryption_key"] = []any{map[string]any{
			"key_url":         key.KeyURL,
			"source_vault_id": value(key.SourceVault).ID,
		}}
	}
	return []any{block}
}

// first is for a zone, of which the API has a list and the provider one.
func first(all []*string) *string {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// enabledOrUnset is isEnabled where what is not said is not off.
func enabledOrUnset[S ~string](setting *S) any {
	if setting == nil {
		return nil
	}
	return isEnabled(setting)
}
