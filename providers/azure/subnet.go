package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// subnets come with their networks.
func subnets() source[*armnetwork.Subnet] {
	return within(virtualNetworks(), "Microsoft.Network/virtualNetworks/subnets",
		func(v *armnetwork.VirtualNetwork) []*armnetwork.Subnet { return value(v.Properties).Subnets })
}

var subnet = define(subnets(), provider.Spec[*conn, *armnetwork.Subnet]{
	Name: "azurerm_subnet",
	Attrs: func(v *armnetwork.Subnet) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":                                          v.Name,
			"resource_group_name":                           segment(value(v.ID), "resourceGroups"),
			"virtual_network_name":                          segment(value(v.ID), "virtualNetworks"),
			"address_prefixes":                              addressPrefixes(p),
			"default_outbound_access_enabled":               p.DefaultOutboundAccess,
			"delegation":                                    delegations(p.Delegations),
			"ip_address_pool":                               ipAddressPools(p.IpamPoolPrefixAllocations),
			"network_security_group_id":                     value(p.NetworkSecurityGroup).ID,
			"private_endpoint_network_policies":             p.PrivateEndpointNetworkPolicies,
			"private_link_service_network_policies_enabled": isEnabled(p.PrivateLinkServiceNetworkPolicies),
			"route_table_id":                                value(p.RouteTable).ID,
			"service_endpoint":                              serviceEndpoints(p.ServiceEndpoints),
			"service_endpoint_policy_ids":                   serviceEndpointPolicyIDs(p.ServiceEndpointPolicies),
			"sharing_scope":                                 p.SharingScope,

			"enforce_private_link_endpoint_network_policies": isDisabled(p.PrivateEndpointNetworkPolicies),
			"enforce_private_link_service_network_policies":  isDisabled(p.PrivateLinkServiceNetworkPolicies),
			"private_endpoint_network_policies_enabled":      isEnabled(p.PrivateEndpointNetworkPolicies),
			"service_endpoints":                              serviceEndpointNames(p.ServiceEndpoints),
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":                  resource.Fold(),
		"virtual_network_name":                 resource.Fold(),
		"network_security_group_id_wo_version": resource.Ignore(),
		"route_table_id_wo_version":            resource.Ignore(),
		"default_outbound_access_enabled":      resource.Default(true),
		"private_endpoint_network_policies":    resource.Default("Disabled"),
		"delegation":                           resource.Keyed("name"),
		"delegation.service_delegation.name":   resource.Fold(),
		"service_endpoint":                     resource.Keyed("service"),
		"service_endpoints":                    resource.Unordered(),
	},
	Former: []string{
		"enforce_private_link_endpoint_network_policies",
		"enforce_private_link_service_network_policies",
		"private_endpoint_network_policies_enabled",
		"service_endpoints",
	},
	ChildOf: []resource.ChildOf{{Parent: "azurerm_virtual_network", Ref: "id", Path: "subnet", ParentID: parentID}},
})

// isDisabled is for what the provider's version 3 names after its contrary: where
// policies are enforced for private links, Azure says that they are disabled.
func isDisabled[S ~string](setting *S) bool {
	return strings.EqualFold(string(value(setting)), "Disabled")
}

// addressPrefixes are the blocks of a subnet: the API has a field for one and
// another for several.
func addressPrefixes(p armnetwork.SubnetPropertiesFormat) []*string {
	if len(p.AddressPrefixes) == 0 && value(p.AddressPrefix) != "" {
		return []*string{p.AddressPrefix}
	}
	return p.AddressPrefixes
}

func delegations(all []*armnetwork.Delegation) []any {
	out := []any{}
	for _, d := range all {
		p := value(d.Properties)
		out = append(out, map[string]any{
			"name":               d.Name,
			"service_delegation": []any{map[string]any{"name": p.ServiceName, "actions": p.Actions}},
		})
	}
	return out
}

func serviceEndpoints(all []*armnetwork.ServiceEndpointPropertiesFormat) []any {
	out := []any{}
	for _, e := range all {
		out = append(out, map[string]any{"service": e.Service, "network_identifier": value(e.NetworkIdentifier).ID})
	}
	return out
}

func serviceEndpointNames(all []*armnetwork.ServiceEndpointPropertiesFormat) []*string {
	out := []*string{}
	for _, e := range all {
		out = append(out, e.Service)
	}
	return out
}

func serviceEndpointPolicyIDs(all []*armnetwork.ServiceEndpointPolicy) []*string {
	out := []*string{}
	for _, p := range all {
		out = append(out, p.ID)
	}
	return out
}
