package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The association is a field of the subnet, whose id it has.
var subnetNatGatewayAssociation = define(
	where(subnets(), func(v *armnetwork.Subnet) bool { return value(v.Properties).NatGateway != nil }),
	provider.Spec[*conn, *armnetwork.Subnet]{
		Name:   "azurerm_subnet_nat_gateway_association",
		Object: noObject[*armnetwork.Subnet],
		Attrs: func(v *armnetwork.Subnet) resource.Attrs {
			return resource.Attrs{
				"subnet_id":      v.ID,
				"nat_gateway_id": v.Properties.NatGateway.ID,
			}
		},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_subnet", Ref: "subnet_id", ParentID: fold}},
	},
)
