package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// networkSecurityGroups embed their rules.
func networkSecurityGroups() collection[armnetwork.SecurityGroup] {
	return list("Microsoft.Network/networkSecurityGroups", armnetwork.NewSecurityGroupsClient, (*armnetwork.SecurityGroupsClient).NewListAllPager,
		func(p armnetwork.SecurityGroupsClientListAllResponse) []*armnetwork.SecurityGroup { return p.Value })
}

var networkSecurityGroup = define(networkSecurityGroups().all(), provider.Spec[*conn, *armnetwork.SecurityGroup]{
	Name: "azurerm_network_security_group",
	Attrs: func(v *armnetwork.SecurityGroup) resource.Attrs {
		rules := []any{}
		for _, r := range value(v.Properties).SecurityRules {
			rules = append(rules, securityRule(r))
		}
		return resource.Attrs{
			"name":                v.Name,
			"resource_group_name": segment(value(v.ID), "resourceGroups"),
			"location":            location(v.Location),
			"security_rule":       rules,
			"tags":                v.Tags,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":                                      resource.Fold(),
		"security_rule":                                            keyedWithoutOwn(networkSecurityRuleType),
		"security_rule.protocol":                                   resource.Fold(),
		"security_rule.source_address_prefixes":                    resource.Unordered(),
		"security_rule.source_application_security_group_ids":      resource.Unordered(),
		"security_rule.source_port_ranges":                         resource.Unordered(),
		"security_rule.destination_address_prefixes":               resource.Unordered(),
		"security_rule.destination_application_security_group_ids": resource.Unordered(),
		"security_rule.destination_port_ranges":                    resource.Unordered(),
	},
	Children: []resource.Child{azapiChildAt("security_rule", networkSecurityRuleType)},
})
