package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The association is a field of the interface, the first half of its id.
var networkInterfaceSecurityGroupAssociation = define(
	where(networkInterfaces().all(), func(v *armnetwork.Interface) bool { return value(v.Properties).NetworkSecurityGroup != nil }),
	provider.Spec[*conn, *armnetwork.Interface]{
		Name: "azurerm_network_interface_security_group_association",
		ID: func(v *armnetwork.Interface) string {
			return value(v.ID) + "|" + value(v.Properties.NetworkSecurityGroup.ID)
		},
		Object: noObject[*armnetwork.Interface],
		Attrs: func(v *armnetwork.Interface) resource.Attrs {
			return resource.Attrs{
				"network_interface_id":      v.ID,
				"network_security_group_id": v.Properties.NetworkSecurityGroup.ID,
			}
		},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_network_interface", Ref: "network_interface_id", ParentID: fold}},
	},
)
