package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var linuxVirtualMachine = define(virtualMachinesOf(armcompute.OperatingSystemTypesLinux), provider.Spec[*conn, *armcompute.VirtualMachine]{
	Name:    "azurerm_linux_virtual_machine",
	Default: isScaleSetMachine,
	Attrs: func(v *armcompute.VirtualMachine) resource.Attrs {
		a := virtualMachineAttrs(v)
		if linux := value(value(v.Properties).OSProfile).LinuxConfiguration; linux != nil {
			patches := value(linux.PatchSettings)
			platform := value(patches.AutomaticByPlatformSettings)
			a["admin_ssh_key"] = sshKeys(linux.SSH)
			a["bypass_platform_safety_checks_on_user_schedule_enabled"] = platform.BypassPlatformSafetyChecksOnUserSchedule
			a["disable_password_authentication"] = linux.DisablePasswordAuthentication
			a["patch_assessment_mode"] = patches.AssessmentMode
			a["patch_mode"] = patches.PatchMode
			a["provision_vm_agent"] = linux.ProvisionVMAgent
			a["reboot_setting"] = platform.RebootSetting
		}
		return a
	},
	Import:  importIf(isOnManagedDisk),
	Details: []provider.Detail[*conn, *armcompute.VirtualMachine]{osDiskDetail()},
	Rules:   linuxVirtualMachineRules(),
})

func linuxVirtualMachineRules() map[string]resource.Rule {
	rules := virtualMachineRules()
	rules["admin_ssh_key.public_key"] = resource.CanonString(canonSSHKey)
	rules["patch_mode"] = resource.Default("ImageDefault")
	return rules
}
