package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// virtualMachines are those of both systems. Their list never says user data or
// passwords.
func virtualMachines() collection[armcompute.VirtualMachine] {
	return list("Microsoft.Compute/virtualMachines", armcompute.NewVirtualMachinesClient,
		(*armcompute.VirtualMachinesClient).NewListAllPager,
		func(p armcompute.VirtualMachinesClientListAllResponse) []*armcompute.VirtualMachine { return p.Value })
}

// virtualMachinesOf are those of one system.
func virtualMachinesOf(system armcompute.OperatingSystemTypes) source[*armcompute.VirtualMachine] {
	return where(virtualMachines().all(), func(v *armcompute.VirtualMachine) bool {
		return value(value(value(value(v.Properties).StorageProfile).OSDisk).OSType) == system
	})
}

// isScaleSetMachine is true for the machines that a scale set makes.
func isScaleSetMachine(v *armcompute.VirtualMachine) bool { return value(v.ManagedBy) != "" }

// isOnManagedDisk is what the importers of machines ask for: one that runs from a
// blob is an azurerm_virtual_machine.
func isOnManagedDisk(a resource.Attrs) bool { return a.String("os_managed_disk_id") != "" }

// virtualMachineAttrs are the attributes of machines of every system.
func virtualMachineAttrs(v *armcompute.VirtualMachine) resource.Attrs {
	p := value(v.Properties)
	storage, security, events := value(p.StorageProfile), value(p.SecurityProfile), value(p.ScheduledEventsProfile)
	identity, image := value(v.Identity), imageID(storage.ImageReference)
	a := resource.Attrs{
		"name":                          v.Name,
		"resource_group_name":           segment(value(v.ID), "resourceGroups"),
		"location":                      location(v.Location),
		"additional_capabilities":       additionalCapabilities(p.AdditionalCapabilities),
		"availability_set_id":           value(p.AvailabilitySet).ID,
		"boot_diagnostics":              bootDiagnostics(p.DiagnosticsProfile),
		"capacity_reservation_group_id": value(value(p.CapacityReservation).CapacityReservationGroup).ID,
		"dedicated_host_group_id":       value(p.HostGroup).ID,
		"dedicated_host_id":             value(p.Host).ID,
		"disk_controller_type":          storage.DiskControllerType,
		"edge_zone":                     location(value(v.ExtendedLocation).Name),
		"encryption_at_host_enabled":    security.EncryptionAtHost,
		"eviction_policy":               p.EvictionPolicy,
		"extensions_time_budget":        p.ExtensionsTimeBudget,
		"gallery_application":           galleryApplications(p.ApplicationProfile),
		"identity":                      managedIdentity(identity.Type, identity.UserAssignedIdentities),
		"license_type":                  p.LicenseType,
		"max_bid_price":                 value(p.BillingProfile).MaxPrice,
		"network_interface_ids":         networkInterfaceIDs(p.NetworkProfile),
		"os_disk":                       osDisk(storage.OSDisk, nil),
		"os_image_notification":         osImageNotification(events.OSImageNotificationProfile),
		"os_managed_disk_id":            value(value(storage.OSDisk).ManagedDisk).ID,
		"plan":                          purchasePlan(v.Plan),
		"platform_fault_domain":         p.PlatformFaultDomain,
		"priority":                      p.Priority,
		"proximity_placement_group_id":  value(p.ProximityPlacementGroup).ID,
		"secure_boot_enabled":           value(security.UefiSettings).SecureBootEnabled,
		"size":                          value(p.HardwareProfile).VMSize,
		"source_image_id":               image,
		"source_image_reference":        imageReference(storage.ImageReference, image),
		"termination_notification":      terminationNotification(events.TerminateNotificationProfile),
		"virtual_machine_id":            p.VMID,
		"virtual_machine_scale_set_id":  value(p.VirtualMachineScaleSet).ID,
		"vtpm_enabled":                  value(security.UefiSettings).VTpmEnabled,
		"zone":                          first(v.Zones),
		"tags":                          v.Tags,
	}
	// A machine that was made from a disk says nothing of its system.
	if os := p.OSProfile; os != nil {
		a["admin_username"] = os.AdminUsername
		a["allow_extension_operations"] = os.AllowExtensionOperations
		a["computer_name"] = os.ComputerName
		a["secret"] = vaultSecrets(os.Secrets)
	}
	return a
}

// virtualMachineRules are the rules of machines of every system.
func virtualMachineRules() map[string]resource.Rule {
	return map[string]resource.Rule{
		"resource_group_name":                  resource.Fold(),
		"boot_diagnostics":                     present(),
		"disk_controller_type":                 resource.Default("SCSI"),
		"extensions_time_budget":               resource.Default("PT1H30M"),
		"license_type":                         resource.Default("None"),
		"max_bid_price":                        resource.Default(-1),
		"os_disk.storage_account_type":         resource.Fold(),
		"os_disk.diff_disk_settings.placement": resource.Default("CacheDisk"),
		"os_image_notification.timeout":        resource.Default("PT15M"),
		"patch_assessment_mode":                resource.Default("ImageDefault"),
		"platform_fault_domain":                resource.Default(-1),
		"priority":                             resource.Default("Regular"),
		"size":                                 resource.Fold(),
		"termination_notification":             noneWhereOff(),
		"termination_notification.timeout":     resource.Default("PT5M"),
		"virtual_machine_id":                   resource.Identity(),
	}
}

func additionalCapabilities(c *armcompute.AdditionalCapabilities) []any {
	if c == nil {
		return nil
	}
	return []any{map[string]any{"hibernation_enabled": c.HibernationEnabled, "ultra_ssd_enabled": c.UltraSSDEnabled}}
}

func bootDiagnostics(p *armcompute.DiagnosticsProfile) []any {
	boot := value(value(p).BootDiagnostics)
	if !value(boot.Enabled) {
		return nil
	}
	return []any{map[string]any{"storage_account_uri": boot.StorageURI}}
}

func galleryApplications(p *armcompute.ApplicationProfile) []any {
	out := []any{}
	for _, g := range value(p).GalleryApplications {
		out = append(out, map[string]any{
			"version_id":                g.PackageReferenceID,
			"automatic_upgrade_enabled": g.EnableAutomaticUpgrade,
			"configuration_blob_uri":    g.ConfigurationReference,
			"order":                     g.Order,
			"tag":                       g.Tags,
			"treat_failure_as_deployment_failure_enabled": g.TreatFailureAsDeploymentFailure,
		})
	}
	return out
}

func networkInterfaceIDs(p *armcompute.NetworkProfile) []*string {
	out := []*string{}
	for _, n := range value(p).NetworkInterfaces {
		out = append(out, n.ID)
	}
	return out
}

func osImageNotification(p *armcompute.OSImageNotificationProfile) []any {
	if !value(value(p).Enable) {
		return nil
	}
	return []any{map[string]any{"timeout": p.NotBeforeTimeout}}
}

func terminationNotification(p *armcompute.TerminateNotificationProfile) []any {
	if !value(value(p).Enable) {
		return nil
	}
	return []any{map[string]any{"enabled": p.Enable, "timeout": p.NotBeforeTimeout}}
}

func purchasePlan(p *armcompute.Plan) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{"name": p.Name, "product": p.Product, "publisher": p.Publisher}}
}

// imageID is the id of an image that is no marketplace's.
func imageID(r *armcompute.ImageReference) *string {
	image := value(r)
	for _, id := range []*string{image.SharedGalleryImageID, image.CommunityGalleryImageID} {
		if id != nil {
			return id
		}
	}
	return image.ID
}

func imageReference(r *armcompute.ImageReference, id *string) []any {
	if r == nil || id != nil {
		return nil
	}
	return []any{map[string]any{"offer": r.Offer, "publisher": r.Publisher, "sku": r.SKU, "version": r.Version}}
}

// vaultSecrets are references to certificates of vaults.
func vaultSecrets(groups []*armcompute.VaultSecretGroup) []any {
	out := []any{}
	for _, g := range groups {
		certificates := []any{}
		for _, c := range g.VaultCertificates {
			certificate := map[string]any{"url": c.CertificateURL}
			if c.CertificateStore != nil { // of Windows
				certificate["store"] = c.CertificateStore
			}
			certificates = append(certificates, certificate)
		}
		out = append(out, map[string]any{"key_vault_id": value(g.SourceVault).ID, "certificate": certificates})
	}
	return out
}
