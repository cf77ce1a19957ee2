package azure

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func privateEndpoints() collection[armnetwork.PrivateEndpoint] {
	return list("Microsoft.Network/privateEndpoints", armnetwork.NewPrivateEndpointsClient, (*armnetwork.PrivateEndpointsClient).NewListBySubscriptionPager,
		func(p armnetwork.PrivateEndpointsClientListBySubscriptionResponse) []*armnetwork.PrivateEndpoint {
			return p.Value
		})
}

var privateEndpoint = define(privateEndpoints().all(), provider.Spec[*conn, *armnetwork.PrivateEndpoint]{
	Name: "azurerm_private_endpoint",
	Attrs: func(v *armnetwork.PrivateEndpoint) resource.Attrs {
		p := value(v.Properties)
		connections := []any{}
		for _, c := range p.PrivateLinkServiceConnections {
			connections = append(connections, privateServiceConnection(c, false))
		}
		for _, c := range p.ManualPrivateLinkServiceConnections {
			connections = append(connections, privateServiceConnection(c, true))
		}
		configs := []any{}
		for _, c := range p.IPConfigurations {
			of := value(c.Properties)
			configs = append(configs, map[string]any{
				"name":               c.Name,
				"member_name":        of.MemberName,
				"private_ip_address": of.PrivateIPAddress,
				"subresource_name":   of.GroupID,
			})
		}
		return resource.Attrs{
			"name":                          v.Name,
			"resource_group_name":           segment(value(v.ID), "resourceGroups"),
			"location":                      location(v.Location),
			"custom_network_interface_name": p.CustomNetworkInterfaceName,
			"edge_zone":                     location(value(v.ExtendedLocation).Name),
			"ip_configuration":              configs,
			"private_service_connection":    connections,
			"subnet_id":                     value(p.Subnet).ID,
			"tags":                          v.Tags,
		}
	},
	Details: []provider.Detail[*conn, *armnetwork.PrivateEndpoint]{{
		Action: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read",
		Paths:  []string{"private_dns_zone_group"},
		Read:   privateDNSZoneGroups,
	}},
	Rules: map[string]resource.Rule{
		"resource_group_name":                          resource.Fold(),
		"ip_configuration":                             resource.Keyed("name"),
		"private_dns_zone_group":                       resource.Keyed("name"),
		"private_dns_zone_group.private_dns_zone_ids":  resource.Unordered(),
		"private_service_connection":                   resource.Keyed("name"),
		"private_service_connection.subresource_names": resource.Unordered(),
	},
})

// privateServiceConnection is one that is approved by itself, or one that somebody
// has to approve. What it leads to is told by an id, or by an alias where it is not
// the caller's.
func privateServiceConnection(v *armnetwork.PrivateLinkServiceConnection, manual bool) map[string]any {
	p := value(v.Properties)
	connection := map[string]any{
		"name":                              v.Name,
		"is_manual_connection":              manual,
		"private_connection_resource_alias": nil,
		"private_connection_resource_id":    nil,
		"request_message":                   nil,
		"subresource_names":                 p.GroupIDs,
	}
	if manual {
		connection["request_message"] = p.RequestMessage
	}
	to := value(p.PrivateLinkServiceID)
	if strings.HasSuffix(to, ".azure.privatelinkservice") {
		connection["private_connection_resource_alias"] = to
	} else {
		connection["private_connection_resource_id"] = to
	}
	return connection
}

// privateDNSZoneGroups are where the endpoint's names are registered. The endpoint
// itself does not tell.
func privateDNSZoneGroups(ctx context.Context, c *conn, v *armnetwork.PrivateEndpoint) (resource.Attrs, error) {
	cl, err := client(c, armnetwork.NewPrivateDNSZoneGroupsClient)
	if err != nil {
		return nil, err
	}
	a := pages(ctx, cl.NewListPager(value(v.Name), segment(value(v.ID), "resourceGroups"), nil),
		func(p armnetwork.PrivateDNSZoneGroupsClientListResponse) []*armnetwork.PrivateDNSZoneGroup {
			return p.Value
		})
	if a.err != nil {
		return nil, a.err
	}
	groups := []any{}
	for _, g := range a.items {
		zones := []*string{}
		for _, z := range value(g.Properties).PrivateDNSZoneConfigs {
			zones = append(zones, value(z.Properties).PrivateDNSZoneID)
		}
		groups = append(groups, map[string]any{"name": g.Name, "private_dns_zone_ids": zones})
	}
	return resource.Attrs{"private_dns_zone_group": groups}, nil
}
