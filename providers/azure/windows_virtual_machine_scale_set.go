package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var windowsVirtualMachineScaleSet = define(scaleSetsOf(armcompute.OperatingSystemTypesWindows), provider.Spec[*conn, *scaleSet]{
	Name: "azurerm_windows_virtual_machine_scale_set",
	Attrs: func(v *scaleSet) resource.Attrs {
		a := scaleSetAttrs(v)
		p := value(v.Properties)
		profile := value(p.VirtualMachineProfile)
		a["license_type"] = profile.LicenseType
		if windows := value(profile.OSProfile).WindowsConfiguration; windows != nil {
			a["additional_unattend_content"] = unattendContent(windows.AdditionalUnattendContent)
			a["provision_vm_agent"] = windows.ProvisionVMAgent
			a["timezone"] = windows.TimeZone
			a["winrm_listener"] = winRMListeners(windows.WinRM)
			// The API takes true and returns false where the set is upgraded automatically.
			if value(value(p.UpgradePolicy).Mode) != armcompute.UpgradeModeAutomatic {
				a["automatic_updates_enabled"] = windows.EnableAutomaticUpdates
				a["enable_automatic_updates"] = windows.EnableAutomaticUpdates
			}
		}
		return a
	},
	Import:  importIf(saysSystem),
	Details: []provider.Detail[*conn, *scaleSet]{instancesDetail()},
	Fit:     toldOnce(scaleSetNames()),
	Rules:   windowsVirtualMachineScaleSetRules(),
	Former:  append(scaleSetFormer(), "enable_automatic_updates"),
})

func windowsVirtualMachineScaleSetRules() map[string]resource.Rule {
	rules := scaleSetRules()
	rules["automatic_updates_enabled"] = resource.Default(true)
	rules["enable_automatic_updates"] = resource.Default(true)
	rules["license_type"] = resource.Default("None")
	rules["provision_vm_agent"] = resource.Default(true)
	rules["timezone"] = resource.Fold()
	return rules
}
