package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// virtualNetworks embed their subnets and peerings.
func virtualNetworks() collection[armnetwork.VirtualNetwork] {
	return list("Microsoft.Network/virtualNetworks", armnetwork.NewVirtualNetworksClient, (*armnetwork.VirtualNetworksClient).NewListAllPager,
		func(p armnetwork.VirtualNetworksClientListAllResponse) []*armnetwork.VirtualNetwork { return p.Value })
}

var virtualNetwork = define(virtualNetworks().all(), provider.Spec[*conn, *armnetwork.VirtualNetwork]{
	Name: "azurerm_virtual_network",
	Attrs: func(v *armnetwork.VirtualNetwork) resource.Attrs {
		p := value(v.Properties)
		space := value(p.AddressSpace)
		subnets := []any{}
		for _, s := range p.Subnets {
			subnets = append(subnets, inlineSubnet(s))
		}
		return resource.Attrs{
			"name":                           v.Name,
			"resource_group_name":            segment(value(v.ID), "resourceGroups"),
			"location":                       location(v.Location),
			"address_space":                  space.AddressPrefixes,
			"bgp_community":                  value(p.BgpCommunities).VirtualNetworkCommunity,
			"ddos_protection_plan":           ddosProtectionPlan(p),
			"dns_servers":                    value(p.DhcpOptions).DNSServers,
			"edge_zone":                      location(value(v.ExtendedLocation).Name),
			"encryption":                     networkEncryption(p.Encryption),
			"flow_timeout_in_minutes":        p.FlowTimeoutInMinutes,
			"guid":                           p.ResourceGUID,
			"ip_address_pool":                ipAddressPools(space.IpamPoolPrefixAllocations),
			"private_endpoint_vnet_policies": p.PrivateEndpointVNetPolicies,
			"subnet":                         subnets,
			"tags":                           v.Tags,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":                          resource.Fold(),
		"private_endpoint_vnet_policies":               resource.Default("Disabled"),
		"subnet":                                       resource.Keyed("name"),
		"subnet.address_prefixes":                      resource.Unordered(),
		"subnet.delegation":                            resource.Keyed("name"),
		"subnet.delegation.service_delegation.actions": resource.Unordered(),
		"subnet.delegation.service_delegation.name":    resource.Fold(),
		"subnet.service_endpoint":                      resource.Keyed("service"),
		"subnet.service_endpoints":                     resource.Unordered(),
		"subnet.service_endpoint_policy_ids":           resource.Unordered(),
	},
	Children: []resource.Child{
		azapiChildAt("subnet", "Microsoft.Network/virtualNetworks/subnets"),
		childAt("dns_servers", "azurerm_virtual_network_dns_servers", "virtual_network_id"),
	},
})

func ddosProtectionPlan(p armnetwork.VirtualNetworkPropertiesFormat) []any {
	if p.DdosProtectionPlan == nil || p.DdosProtectionPlan.ID == nil || p.EnableDdosProtection == nil {
		return nil
	}
	return []any{map[string]any{"id": p.DdosProtectionPlan.ID, "enable": p.EnableDdosProtection}}
}

func networkEncryption(e *armnetwork.VirtualNetworkEncryption) []any {
	if e == nil || !value(e.Enabled) {
		return nil
	}
	return []any{map[string]any{"enforcement": e.Enforcement}}
}

func ipAddressPools(pools []*armnetwork.IpamPoolPrefixAllocation) []any {
	out := []any{}
	for _, p := range pools {
		out = append(out, map[string]any{"id": value(p.Pool).ID, "number_of_ip_addresses": p.NumberOfIPAddresses})
	}
	return out
}

// inlineSubnet is a subnet as its network shows it. Which of the names there are
// differs between the provider's versions: 3 has one address_prefix.
func inlineSubnet(v *armnetwork.Subnet) map[string]any {
	p := value(v.Properties)
	prefixes := addressPrefixes(p)
	var first *string
	if len(prefixes) > 0 {
		first = prefixes[0]
	}
	return map[string]any{
		"id":                                v.ID,
		"name":                              v.Name,
		"address_prefix":                    first,
		"address_prefixes":                  prefixes,
		"default_outbound_access_enabled":   p.DefaultOutboundAccess,
		"delegation":                        delegations(p.Delegations),
		"private_endpoint_network_policies": p.PrivateEndpointNetworkPolicies,
		"private_link_service_network_policies_enabled": isEnabled(p.PrivateLinkServiceNetworkPolicies),
		"route_table_id":              value(p.RouteTable).ID,
		"security_group":              value(p.NetworkSecurityGroup).ID,
		"service_endpoint":            serviceEndpoints(p.ServiceEndpoints),
		"service_endpoints":           serviceEndpointNames(p.ServiceEndpoints),
		"service_endpoint_policy_ids": serviceEndpointPolicyIDs(p.ServiceEndpointPolicies),
	}
}

// isEnabled is for the settings that Azure writes as Enabled and Disabled, and the
// provider as true and false.
func isEnabled[S ~string](setting *S) bool {
	return strings.EqualFold(string(value(setting)), "Enabled")
}
