package azure

import (
	"maps"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var networkSecurityRule = define(
	within(networkSecurityGroups(), "Microsoft.Network/networkSecurityGroups/securityRules",
		func(v *armnetwork.SecurityGroup) []*armnetwork.SecurityRule { return value(v.Properties).SecurityRules }),
	provider.Spec[*conn, *armnetwork.SecurityRule]{
		Name: "azurerm_network_security_rule",
		Attrs: func(v *armnetwork.SecurityRule) resource.Attrs {
			a := resource.Attrs{
				"resource_group_name":         segment(value(v.ID), "resourceGroups"),
				"network_security_group_name": segment(value(v.ID), "networkSecurityGroups"),
			}
			maps.Copy(a, securityRule(v))
			return a
		},
		Rules: map[string]resource.Rule{
			"resource_group_name":         resource.Fold(),
			"network_security_group_name": resource.Fold(),
			"protocol":                    resource.Fold(),
		},
		ChildOf: []resource.ChildOf{
			{Parent: "azurerm_network_security_group", Ref: "id", Path: "security_rule", ParentID: parentID},
		},
	},
)

// securityRule is a rule as both its own type and its group show it.
func securityRule(v *armnetwork.SecurityRule) map[string]any {
	p := value(v.Properties)
	return map[string]any{
		"name":                                  v.Name,
		"description":                           p.Description,
		"access":                                p.Access,
		"direction":                             p.Direction,
		"priority":                              p.Priority,
		"protocol":                              p.Protocol,
		"source_address_prefix":                 p.SourceAddressPrefix,
		"source_address_prefixes":               p.SourceAddressPrefixes,
		"source_application_security_group_ids": applicationSecurityGroupIDs(p.SourceApplicationSecurityGroups),
		"source_port_range":                     p.SourcePortRange,
		"source_port_ranges":                    p.SourcePortRanges,
		"destination_address_prefix":            p.DestinationAddressPrefix,
		"destination_address_prefixes":          p.DestinationAddressPrefixes,
		"destination_application_security_group_ids": applicationSecurityGroupIDs(p.DestinationApplicationSecurityGroups),
		"destination_port_range":                     p.DestinationPortRange,
		"destination_port_ranges":                    p.DestinationPortRanges,
	}
}

func applicationSecurityGroupIDs(groups []*armnetwork.ApplicationSecurityGroup) []*string {
	out := []*string{}
	for _, g := range groups {
		out = append(out, g.ID)
	}
	return out
}
