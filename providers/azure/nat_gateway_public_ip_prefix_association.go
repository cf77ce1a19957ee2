package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The association is a field of the gateway, the first half of its id.
var natGatewayPublicIPPrefixAssociation = define(
	each(natGateways().all(), func(v *armnetwork.NatGateway) []natGatewayAddress {
		p := value(v.Properties)
		return natGatewayAddresses(v, p.PublicIPPrefixes, p.PublicIPPrefixesV6)
	}),
	provider.Spec[*conn, natGatewayAddress]{
		Name:   "azurerm_nat_gateway_public_ip_prefix_association",
		ID:     natGatewayAddress.id,
		Object: noObject[natGatewayAddress],
		Attrs: func(v natGatewayAddress) resource.Attrs {
			return resource.Attrs{
				"nat_gateway_id":      v.gateway.ID,
				"public_ip_prefix_id": v.address.ID,
			}
		},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_nat_gateway", Ref: "nat_gateway_id", ParentID: fold}},
	},
)
