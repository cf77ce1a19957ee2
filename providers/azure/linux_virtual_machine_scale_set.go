package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var linuxVirtualMachineScaleSet = define(scaleSetsOf(armcompute.OperatingSystemTypesLinux), provider.Spec[*conn, *scaleSet]{
	Name: "azurerm_linux_virtual_machine_scale_set",
	Attrs: func(v *scaleSet) resource.Attrs {
		a := scaleSetAttrs(v)
		if linux := value(value(value(v.Properties).VirtualMachineProfile).OSProfile).LinuxConfiguration; linux != nil {
			a["admin_ssh_key"] = sshKeys(linux.SSH)
			a["disable_password_authentication"] = linux.DisablePasswordAuthentication
			a["provision_vm_agent"] = linux.ProvisionVMAgent
		}
		return a
	},
	Import:  importIf(saysSystem),
	Details: []provider.Detail[*conn, *scaleSet]{instancesDetail()},
	Fit:     toldOnce(scaleSetNames()),
	Rules:   linuxVirtualMachineScaleSetRules(),
	Former:  scaleSetFormer(),
})

func linuxVirtualMachineScaleSetRules() map[string]resource.Rule {
	rules := scaleSetRules()
	rules["admin_ssh_key.public_key"] = resource.CanonString(canonSSHKey)
	rules["provision_vm_agent"] = resource.Default(true)
	return rules
}
