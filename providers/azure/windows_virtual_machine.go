package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var windowsVirtualMachine = define(virtualMachinesOf(armcompute.OperatingSystemTypesWindows), provider.Spec[*conn, *armcompute.VirtualMachine]{
	Name:    "azurerm_windows_virtual_machine",
	Default: isScaleSetMachine,
	Attrs: func(v *armcompute.VirtualMachine) resource.Attrs {
		a := virtualMachineAttrs(v)
		if windows := value(value(v.Properties).OSProfile).WindowsConfiguration; windows != nil {
			patches := value(windows.PatchSettings)
			platform := value(patches.AutomaticByPlatformSettings)
			a["additional_unattend_content"] = unattendContent(windows.AdditionalUnattendContent)
			a["automatic_updates_enabled"] = windows.EnableAutomaticUpdates
			a["enable_automatic_updates"] = windows.EnableAutomaticUpdates
			a["bypass_platform_safety_checks_on_user_schedule_enabled"] = platform.BypassPlatformSafetyChecksOnUserSchedule
			a["hotpatching_enabled"] = patches.EnableHotpatching
			a["patch_assessment_mode"] = patches.AssessmentMode
			a["patch_mode"] = patches.PatchMode
			a["provision_vm_agent"] = windows.ProvisionVMAgent
			a["reboot_setting"] = platform.RebootSetting
			a["timezone"] = windows.TimeZone
			a["winrm_listener"] = winRMListeners(windows.WinRM)
		}
		return a
	},
	Import:  importIf(isOnManagedDisk),
	Details: []provider.Detail[*conn, *armcompute.VirtualMachine]{osDiskDetail()},
	Rules:   windowsVirtualMachineRules(),
	Former:  []string{"enable_automatic_updates"},
	Fit:     toldOnce(map[string]string{"enable_automatic_updates": "automatic_updates_enabled"}),
})

func windowsVirtualMachineRules() map[string]resource.Rule {
	rules := virtualMachineRules()
	rules["patch_mode"] = resource.Default("AutomaticByOS")
	rules["timezone"] = resource.Fold()
	return rules
}

// unattendContent leaves out the content, which is a secret.
func unattendContent(all []*armcompute.AdditionalUnattendContent) []any {
	out := []any{}
	for _, c := range all {
		out = append(out, map[string]any{"setting": c.SettingName})
	}
	return out
}

func winRMListeners(w *armcompute.WinRMConfiguration) []any {
	out := []any{}
	for _, l := range value(w).Listeners {
		out = append(out, map[string]any{"certificate_url": l.CertificateURL, "protocol": l.Protocol})
	}
	return out
}
