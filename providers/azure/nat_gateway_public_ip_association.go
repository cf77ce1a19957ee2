package azure

import (
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// natGatewayAddress is a public address, or a prefix of some, of a gateway.
type natGatewayAddress struct {
	gateway *armnetwork.NatGateway
	address *armnetwork.SubResource
}

func (a natGatewayAddress) id() string { return value(a.gateway.ID) + "|" + value(a.address.ID) }

func natGatewayAddresses(gateway *armnetwork.NatGateway, addresses ...[]*armnetwork.SubResource) []natGatewayAddress {
	var out []natGatewayAddress
	for _, address := range slices.Concat(addresses...) {
		out = append(out, natGatewayAddress{gateway, address})
	}
	return out
}

// The association is a field of the gateway, the first half of its id.
var natGatewayPublicIPAssociation = define(
	each(natGateways().all(), func(v *armnetwork.NatGateway) []natGatewayAddress {
		p := value(v.Properties)
		return natGatewayAddresses(v, p.PublicIPAddresses, p.PublicIPAddressesV6)
	}),
	provider.Spec[*conn, natGatewayAddress]{
		Name:   "azurerm_nat_gateway_public_ip_association",
		ID:     natGatewayAddress.id,
		Object: noObject[natGatewayAddress],
		Attrs: func(v natGatewayAddress) resource.Attrs {
			return resource.Attrs{
				"nat_gateway_id":       v.gateway.ID,
				"public_ip_address_id": v.address.ID,
			}
		},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_nat_gateway", Ref: "nat_gateway_id", ParentID: fold}},
	},
)
