package azure

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// virtualMachineScaleSets are those of both systems. Their list never says user
// data, passwords or protected settings.
func virtualMachineScaleSets() collection[armcompute.VirtualMachineScaleSet] {
	return list("Microsoft.Compute/virtualMachineScaleSets", armcompute.NewVirtualMachineScaleSetsClient,
		(*armcompute.VirtualMachineScaleSetsClient).NewListAllPager,
		func(p armcompute.VirtualMachineScaleSetsClientListAllResponse) []*armcompute.VirtualMachineScaleSet {
			return p.Value
		})
}

func autoscaleSettings() collection[armmonitor.AutoscaleSettingResource] {
	return list("Microsoft.Insights/autoscalesettings", armmonitor.NewAutoscaleSettingsClient,
		(*armmonitor.AutoscaleSettingsClient).NewListBySubscriptionPager,
		func(p armmonitor.AutoscaleSettingsClientListBySubscriptionResponse) []*armmonitor.AutoscaleSettingResource {
			return p.Value
		})
}

// scaleSet is a scale set, and whether a state holds extensions of it as resources
// of their own: the set shows them like those that are declared inside it.
type scaleSet struct {
	*armcompute.VirtualMachineScaleSet
	split bool
}

// scaleSetsOf are those of one system that are made of equal machines. The others
// have a type of their own.
func scaleSetsOf(system armcompute.OperatingSystemTypes) source[*scaleSet] {
	from := where(virtualMachineScaleSets().all(), func(v *armcompute.VirtualMachineScaleSet) bool {
		p := value(v.Properties)
		profile := value(p.VirtualMachineProfile)
		return value(p.OrchestrationMode) != armcompute.OrchestrationModeFlexible && scaleSetSystem(profile) == system
	})
	return source[*scaleSet]{actions: from.actions, items: func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*scaleSet, error] {
		return func(yield func(*scaleSet, error) bool) {
			split := map[string]bool{}
			for _, m := range q.Held("azurerm_virtual_machine_scale_set_extension") {
				split[parentID(m.Key.ID)] = true
			}
			for v, err := range from.items(ctx, c, q, name) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(&scaleSet{v, split[fold(value(v.ID))]}, nil) {
					return
				}
			}
		}
	}}
}

// scaleSetSystem looks at the disk last: of a marketplace's image it may say nothing.
func scaleSetSystem(p armcompute.VirtualMachineScaleSetVMProfile) armcompute.OperatingSystemTypes {
	switch os := value(p.OSProfile); {
	case os.LinuxConfiguration != nil:
		return armcompute.OperatingSystemTypesLinux
	case os.WindowsConfiguration != nil:
		return armcompute.OperatingSystemTypesWindows
	}
	return value(value(value(p.StorageProfile).OSDisk).OSType)
}

// saysSystem is what the importers of scale sets ask for: the configuration of the
// system, in which this is, and not only the system of the disk.
func saysSystem(a resource.Attrs) bool {
	_, ok := a["provision_vm_agent"]
	return ok
}

// instancesDetail leaves out how many machines there are where a rule decides it.
func instancesDetail() provider.Detail[*conn, *scaleSet] {
	return provider.Detail[*conn, *scaleSet]{
		Action: "Microsoft.Insights/autoscalesettings" + readSuffix,
		Paths:  []string{"instances"},
		Read: func(ctx context.Context, c *conn, v *scaleSet) (resource.Attrs, error) {
			settings := autoscaleSettings().read(ctx, c)
			if settings.err != nil && !isUnregistered(settings.err) {
				return nil, settings.err
			}
			for _, s := range settings.items {
				p := value(s.Properties)
				if value(p.Enabled) && fold(value(p.TargetResourceURI)) == fold(value(v.ID)) {
					return resource.Attrs{}, nil
				}
			}
			return resource.Attrs{"instances": value(v.SKU).Capacity}, nil
		},
	}
}

// scaleSetAttrs are the attributes of sets of every system.
func scaleSetAttrs(v *scaleSet) resource.Attrs {
	p := value(v.Properties)
	profile, upgrade := value(p.VirtualMachineProfile), value(p.UpgradePolicy)
	storage, security, network := value(profile.StorageProfile), value(profile.SecurityProfile), value(profile.NetworkProfile)
	resilience := value(p.ResiliencyPolicy)
	identity, image := value(v.Identity), imageID(storage.ImageReference)
	termination := terminationNotification(value(profile.ScheduledEventsProfile).TerminateNotificationProfile)
	a := resource.Attrs{
		"name":                          v.Name,
		"resource_group_name":           segment(value(v.ID), "resourceGroups"),
		"location":                      location(v.Location),
		"additional_capabilities":       scaleSetCapabilities(p.AdditionalCapabilities),
		"automatic_instance_repair":     instanceRepair(p.AutomaticRepairsPolicy),
		"automatic_os_upgrade_policy":   osUpgradePolicy(upgrade.AutomaticOSUpgradePolicy),
		"boot_diagnostics":              bootDiagnostics(profile.DiagnosticsProfile),
		"capacity_reservation_group_id": value(value(profile.CapacityReservation).CapacityReservationGroup).ID,
		"data_disk":                     scaleSetDataDisks(storage.DataDisks),
		"do_not_run_extensions_on_overprovisioned_machines": p.DoNotRunExtensionsOnOverprovisionedVMs,
		"edge_zone":                     location(value(v.ExtendedLocation).Name),
		"encryption_at_host_enabled":    security.EncryptionAtHost,
		"eviction_policy":               profile.EvictionPolicy,
		"extensions_time_budget":        value(profile.ExtensionProfile).ExtensionsTimeBudget,
		"gallery_application":           scaleSetApplications(profile.ApplicationProfile),
		"health_probe_id":               value(network.HealthProbe).ID,
		"host_group_id":                 value(p.HostGroup).ID,
		"identity":                      managedIdentity(identity.Type, identity.UserAssignedIdentities),
		"max_bid_price":                 value(profile.BillingProfile).MaxPrice,
		"network_interface":             scaleSetInterfaces(network.NetworkInterfaceConfigurations),
		"os_disk":                       scaleSetOSDisk(storage.OSDisk),
		"overprovision":                 p.Overprovision,
		"plan":                          purchasePlan(v.Plan),
		"platform_fault_domain_count":   p.PlatformFaultDomainCount,
		"priority":                      profile.Priority,
		"proximity_placement_group_id":  value(p.ProximityPlacementGroup).ID,
		"resilient_vm_creation_enabled": value(resilience.ResilientVMCreationPolicy).Enabled,
		"resilient_vm_deletion_enabled": value(resilience.ResilientVMDeletionPolicy).Enabled,
		"rolling_upgrade_policy":        rollingUpgradePolicy(upgrade.RollingUpgradePolicy),
		"scale_in":                      scaleIn(p.ScaleInPolicy),
		"scale_in_policy":               scaleInRule(p.ScaleInPolicy),
		"secure_boot_enabled":           value(security.UefiSettings).SecureBootEnabled,
		"single_placement_group":        p.SinglePlacementGroup,
		"sku":                           value(v.SKU).Name,
		"source_image_id":               image,
		"source_image_reference":        imageReference(storage.ImageReference, image),
		"spot_restore":                  spotRestore(p.SpotRestorePolicy),
		"terminate_notification":        termination,
		"termination_notification":      termination,
		"unique_id":                     p.UniqueID,
		"upgrade_mode":                  upgrade.Mode,
		"vtpm_enabled":                  value(security.UefiSettings).VTpmEnabled,
		"zone_balance":                  p.ZoneBalance,
		"zones":                         v.Zones,
		"tags":                          v.Tags,
	}
	if os := profile.OSProfile; os != nil {
		a["admin_username"] = os.AdminUsername
		a["computer_name_prefix"] = os.ComputerNamePrefix
		a["extension_operations_enabled"] = os.AllowExtensionOperations
		a["secret"] = vaultSecrets(os.Secrets)
	}
	if !v.split {
		a["extension"] = scaleSetExtensions(profile.ExtensionProfile)
	}
	return a
}

func scaleSetRules() map[string]resource.Rule {
	return map[string]resource.Rule{
		"resource_group_name":       resource.Fold(),
		"automatic_instance_repair": noneWhereOff(),
		"automatic_os_upgrade_policy": noneWhere(map[string]any{
			"automatic_os_upgrade_enabled": false, "automatic_rollback_enabled": true, "disable_automatic_rollback": false, "enable_automatic_os_upgrade": false,
		}),
		"boot_diagnostics":                     present(),
		"data_disk":                            resource.Keyed("lun"),
		"extension":                            resource.Keyed("name"),
		"extension.settings":                   resource.JSON(),
		"extension_operations_enabled":         resource.Default(true),
		"extensions_time_budget":               resource.Default("PT1H30M"),
		"max_bid_price":                        resource.Default(-1),
		"network_interface":                    resource.Keyed("name"),
		"os_disk.diff_disk_settings.placement": resource.Default("CacheDisk"),
		"overprovision":                        resource.Default(true),
		"priority":                             resource.Default("Regular"),
		"scale_in":                             noneWhere(map[string]any{"rule": "Default", "force_deletion_enabled": false}),
		"scale_in_policy":                      resource.Default("Default"),
		"single_placement_group":               resource.Default(true),
		"sku":                                  resource.Fold(),
		"spot_restore":                         noneWhereOff(),
		"terminate_notification":               noneWhereOff(),
		"terminate_notification.timeout":       resource.Default("PT5M"),
		"termination_notification":             noneWhereOff(),
		"termination_notification.timeout":     resource.Default("PT5M"),
		"unique_id":                            resource.Identity(),
		"upgrade_mode":                         resource.Default("Manual"),

		"network_interface.ip_configuration":         resource.Keyed("name"),
		"network_interface.ip_configuration.version": resource.Default("IPv4"),
	}
}

// scaleSetFormer are what older versions of the provider call otherwise, in blocks
// too.
func scaleSetFormer() []string {
	return []string{"automatic_os_upgrade_policy", "data_disk", "network_interface", "scale_in_policy", "terminate_notification"}
}

// scaleSetNames are what version 3 shows under two names.
func scaleSetNames() map[string]string {
	return map[string]string{"scale_in_policy": "scale_in", "terminate_notification": "termination_notification"}
}

func scaleSetCapabilities(c *armcompute.AdditionalCapabilities) []any {
	if c == nil {
		return nil
	}
	return []any{map[string]any{"ultra_ssd_enabled": c.UltraSSDEnabled}}
}

func instanceRepair(p *armcompute.AutomaticRepairsPolicy) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{"action": p.RepairAction, "enabled": p.Enabled, "grace_period": p.GracePeriod}}
}

func osUpgradePolicy(p *armcompute.AutomaticOSUpgradePolicy) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{
		"automatic_os_upgrade_enabled": value(p.EnableAutomaticOSUpgrade),
		"automatic_rollback_enabled":   !value(p.DisableAutomaticRollback),
		"disable_automatic_rollback":   value(p.DisableAutomaticRollback),
		"enable_automatic_os_upgrade":  value(p.EnableAutomaticOSUpgrade),
	}}
}

func rollingUpgradePolicy(p *armcompute.RollingUpgradePolicy) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{
		"cross_zone_upgrades_enabled":             p.EnableCrossZoneUpgrade,
		"max_batch_instance_percent":              p.MaxBatchInstancePercent,
		"max_unhealthy_instance_percent":          p.MaxUnhealthyInstancePercent,
		"max_unhealthy_upgraded_instance_percent": p.MaxUnhealthyUpgradedInstancePercent,
		"maximum_surge_instances_enabled":         p.MaxSurge,
		"pause_time_between_batches":              p.PauseTimeBetweenBatches,
		"prioritize_unhealthy_instances_enabled":  p.PrioritizeUnhealthyInstances,
	}}
}

func scaleIn(p *armcompute.ScaleInPolicy) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{"force_deletion_enabled": value(p.ForceDeletion), "rule": scaleInRule(p)}}
}

func scaleInRule(p *armcompute.ScaleInPolicy) any {
	if rules := value(p).Rules; len(rules) > 0 {
		return string(value(rules[0]))
	}
	return "Default"
}

func spotRestore(p *armcompute.SpotRestorePolicy) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{"enabled": p.Enabled, "timeout": p.RestoreTimeout}}
}

func scaleSetApplications(p *armcompute.ApplicationProfile) []any {
	out := []any{}
	for _, g := range value(p).GalleryApplications {
		out = append(out, map[string]any{
			"version_id":             g.PackageReferenceID,
			"configuration_blob_uri": g.ConfigurationReference,
			"order":                  g.Order,
			"tag":                    g.Tags,
		})
	}
	return out
}

func scaleSetOSDisk(v *armcompute.VirtualMachineScaleSetOSDisk) []any {
	if v == nil {
		return nil
	}
	managed := value(v.ManagedDisk)
	security := value(managed.SecurityProfile)
	return []any{map[string]any{
		"caching":                          v.Caching,
		"diff_disk_settings":               diffDiskSettings(v.DiffDiskSettings),
		"disk_encryption_set_id":           value(managed.DiskEncryptionSet).ID,
		"disk_size_gb":                     v.DiskSizeGB,
		"secure_vm_disk_encryption_set_id": value(security.DiskEncryptionSet).ID,
		"security_encryption_type":         security.SecurityEncryptionType,
		"storage_account_type":             managed.StorageAccountType,
		"write_accelerator_enabled":        v.WriteAcceleratorEnabled,
	}}
}

func scaleSetDataDisks(all []*armcompute.VirtualMachineScaleSetDataDisk) []any {
	out := []any{}
	for _, d := range all {
		managed := value(d.ManagedDisk)
		out = append(out, map[string]any{
			"caching":                        d.Caching,
			"create_option":                  d.CreateOption,
			"disk_encryption_set_id":         value(managed.DiskEncryptionSet).ID,
			"disk_iops_read_write":           d.DiskIOPSReadWrite,
			"disk_mbps_read_write":           d.DiskMBpsReadWrite,
			"disk_size_gb":                   d.DiskSizeGB,
			"lun":                            d.Lun,
			"name":                           d.Name,
			"storage_account_type":           managed.StorageAccountType,
			"ultra_ssd_disk_iops_read_write": d.DiskIOPSReadWrite,
			"ultra_ssd_disk_mbps_read_write": d.DiskMBpsReadWrite,
			"write_accelerator_enabled":      d.WriteAcceleratorEnabled,
		})
	}
	return out
}

// scaleSetExtensions leaves out the protected settings, which are secrets.
func scaleSetExtensions(profile *armcompute.VirtualMachineScaleSetExtensionProfile) []any {
	out := []any{}
	for _, e := range value(profile).Extensions {
		p := value(e.Properties)
		block := map[string]any{
			"name":                              e.Name,
			"auto_upgrade_minor_version":        p.AutoUpgradeMinorVersion,
			"automatic_upgrade_enabled":         p.EnableAutomaticUpgrade,
			"force_update_tag":                  p.ForceUpdateTag,
			"protected_settings_from_key_vault": nil,
			"provision_after_extensions":        p.ProvisionAfterExtensions,
			"publisher":                         p.Publisher,
			"settings":                          nil,
			"type":                              p.Type,
			"type_handler_version":              p.TypeHandlerVersion,
		}
		if b, err := json.Marshal(p.Settings); err == nil && p.Settings != nil {
			block["settings"] = string(b)
		}
		if from := p.ProtectedSettingsFromKeyVault; from != nil {
			block["protected_settings_from_key_vault"] = []any{map[string]any{"secret_url": from.SecretURL, "source_vault_id": value(from.SourceVault).ID}}
		}
		out = append(out, block)
	}
	return out
}
