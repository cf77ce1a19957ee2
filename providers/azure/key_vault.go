package azure

import (
	"cmp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// keyVaults embed their access policies.
func keyVaults() collection[armkeyvault.Vault] {
	return list("Microsoft.KeyVault/vaults", armkeyvault.NewVaultsClient, (*armkeyvault.VaultsClient).NewListBySubscriptionPager,
		func(p armkeyvault.VaultsClientListBySubscriptionResponse) []*armkeyvault.Vault { return p.Value })
}

var keyVault = define(keyVaults().all(), provider.Spec[*conn, *armkeyvault.Vault]{
	Name: "azurerm_key_vault",
	Attrs: func(v *armkeyvault.Vault) resource.Attrs {
		p := value(v.Properties)
		policies := []any{}
		for _, policy := range p.AccessPolicies {
			policies = append(policies, accessPolicy(policy))
		}
		return resource.Attrs{
			"name":                            v.Name,
			"resource_group_name":             segment(value(v.ID), "resourceGroups"),
			"location":                        location(v.Location),
			"access_policy":                   policies,
			"enable_rbac_authorization":       p.EnableRbacAuthorization,
			"enabled_for_deployment":          p.EnabledForDeployment,
			"enabled_for_disk_encryption":     p.EnabledForDiskEncryption,
			"enabled_for_template_deployment": p.EnabledForTemplateDeployment,
			"network_acls":                    vaultNetworkACLs(value(p.NetworkACLs)),
			"public_network_access_enabled":   !strings.EqualFold(value(p.PublicNetworkAccess), "Disabled"),
			"purge_protection_enabled":        p.EnablePurgeProtection,
			"rbac_authorization_enabled":      p.EnableRbacAuthorization,
			"sku_name":                        value(p.SKU).Name,
			"soft_delete_retention_days":      cmp.Or(value(p.SoftDeleteRetentionInDays), 90),
			"tags":                            v.Tags,
			"tenant_id":                       p.TenantID,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":                   resource.Fold(),
		"access_policy":                         resource.Keyed("object_id", "application_id"),
		"access_policy.application_id":          resource.Fold(),
		"access_policy.certificate_permissions": permissionNames(),
		"access_policy.key_permissions":         permissionNames(),
		"access_policy.object_id":               resource.Fold(),
		"access_policy.secret_permissions":      permissionNames(),
		"access_policy.storage_permissions":     permissionNames(),
		"access_policy.tenant_id":               resource.Fold(),
		"network_acls.ip_rules":                 ipRules(),
		"sku_name":                              resource.Fold(),
		"tenant_id":                             resource.Fold(),
	},
	Former: []string{"enable_rbac_authorization"},
})

// vaultNetworkACLs are always shown, with the values that stand for none.
func vaultNetworkACLs(r armkeyvault.NetworkRuleSet) []any {
	addresses, subnets := []any{}, []any{}
	for _, rule := range r.IPRules {
		addresses = append(addresses, rule.Value)
	}
	for _, rule := range r.VirtualNetworkRules {
		subnets = append(subnets, rule.ID)
	}
	return []any{map[string]any{
		"bypass":                     cmp.Or(value(r.Bypass), armkeyvault.NetworkRuleBypassOptionsAzureServices),
		"default_action":             cmp.Or(value(r.DefaultAction), armkeyvault.NetworkRuleActionAllow),
		"ip_rules":                   addresses,
		"virtual_network_subnet_ids": subnets,
	}}
}
