package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The association is a field of the subnet, whose id it has.
var subnetRouteTableAssociation = define(
	where(subnets(), func(v *armnetwork.Subnet) bool { return value(v.Properties).RouteTable != nil }),
	provider.Spec[*conn, *armnetwork.Subnet]{
		Name:   "azurerm_subnet_route_table_association",
		Object: noObject[*armnetwork.Subnet],
		Attrs: func(v *armnetwork.Subnet) resource.Attrs {
			return resource.Attrs{
				"subnet_id":      v.ID,
				"route_table_id": v.Properties.RouteTable.ID,
			}
		},
		// The subnet shows it in a computed attribute only, so it tells of its own.
		ChildOf: []resource.ChildOf{{Parent: "azurerm_subnet", Ref: "subnet_id", ParentID: fold}},
	},
)
