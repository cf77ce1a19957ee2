package azure

import (
	"context"
	"net/netip"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerregistry/armcontainerregistry"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// registry is a registry as the API's later versions describe it: the SDK's does
// not know who may pull without an identity.
type registry struct {
	ID       *string                                  `json:"id"`
	Name     *string                                  `json:"name"`
	Location *string                                  `json:"location"`
	Identity *armcontainerregistry.IdentityProperties `json:"identity"`
	SKU      *armcontainerregistry.SKU                `json:"sku"`
	Tags     map[string]*string                       `json:"tags"`

	Properties struct {
		AdminUserEnabled                 *bool   `json:"adminUserEnabled"`
		AnonymousPullEnabled             *bool   `json:"anonymousPullEnabled"`
		DataEndpointEnabled              *bool   `json:"dataEndpointEnabled"`
		NetworkRuleBypassAllowedForTasks *bool   `json:"networkRuleBypassAllowedForTasks"`
		NetworkRuleBypassOptions         *string `json:"networkRuleBypassOptions"`
		PublicNetworkAccess              *string `json:"publicNetworkAccess"`
		RoleAssignmentMode               *string `json:"roleAssignmentMode"`
		ZoneRedundancy                   *string `json:"zoneRedundancy"`

		Encryption struct {
			Status             *string                                  `json:"status"`
			KeyVaultProperties *armcontainerregistry.KeyVaultProperties `json:"keyVaultProperties"`
		} `json:"encryption"`
		NetworkRuleSet *armcontainerregistry.NetworkRuleSet `json:"networkRuleSet"`
		Policies       *struct {
			AzureADAuthenticationAsArm registryPolicy `json:"azureADAuthenticationAsArmPolicy"`
			Export                     registryPolicy `json:"exportPolicy"`
			Quarantine                 registryPolicy `json:"quarantinePolicy"`
			Retention                  registryPolicy `json:"retentionPolicy"`
			Trust                      registryPolicy `json:"trustPolicy"`
		} `json:"policies"`
	} `json:"properties"`
}

type registryPolicy struct {
	Status *string `json:"status"`
	Days   *int32  `json:"days"`
}

func containerRegistries() collection[registry] {
	return listAt[registry]("Microsoft.ContainerRegistry/registries", "2025-11-01", "2022-12-01")
}

var containerRegistry = define(containerRegistries().all(), provider.Spec[*conn, *registry]{
	Name: "azurerm_container_registry",
	Attrs: func(v *registry) resource.Attrs {
		p := v.Properties
		identity := value(v.Identity)
		a := resource.Attrs{
			"name":                          v.Name,
			"resource_group_name":           segment(value(v.ID), "resourceGroups"),
			"location":                      location(v.Location),
			"admin_enabled":                 p.AdminUserEnabled,
			"data_endpoint_enabled":         p.DataEndpointEnabled,
			"encryption":                    registryEncryption(v),
			"identity":                      managedIdentity(identity.Type, identity.UserAssignedIdentities),
			"network_rule_bypass_option":    p.NetworkRuleBypassOptions,
			"network_rule_set":              registryNetworkRules(p.NetworkRuleSet),
			"public_network_access_enabled": enabledOrUnset(p.PublicNetworkAccess),
			"sku":                           value(v.SKU).Tier,
			"zone_redundancy_enabled":       isEnabled(p.ZoneRedundancy),
			"tags":                          v.Tags,
		}
		if policies := p.Policies; policies != nil {
			retention := map[string]any{"enabled": isEnabled(policies.Retention.Status), "days": policies.Retention.Days}
			a["export_policy_enabled"] = isEnabled(policies.Export.Status)
			a["quarantine_policy_enabled"] = isEnabled(policies.Quarantine.Status)
			a["retention_policy"] = []any{retention}
			a["retention_policy_in_days"] = nil
			if retention["enabled"] == true {
				a["retention_policy_in_days"] = policies.Retention.Days
			}
			if policies.Trust.Status != nil {
				a["trust_policy"] = []any{map[string]any{"enabled": isEnabled(policies.Trust.Status)}}
				a["trust_policy_enabled"] = isEnabled(policies.Trust.Status)
			}
			if policies.AzureADAuthenticationAsArm.Status != nil {
				a["azuread_authentication_as_arm_policy_enabled"] = isEnabled(policies.AzureADAuthenticationAsArm.Status)
			}
		}
		// Not every version of the API says something of these.
		if p.AnonymousPullEnabled != nil {
			a["anonymous_pull_enabled"] = p.AnonymousPullEnabled
		}
		if p.NetworkRuleBypassAllowedForTasks != nil {
			a["network_rule_bypass_for_tasks_enabled"] = p.NetworkRuleBypassAllowedForTasks
		}
		if p.RoleAssignmentMode != nil {
			a["role_assignment_mode"] = p.RoleAssignmentMode
		}
		return a
	},
	Details: []provider.Detail[*conn, *registry]{{
		Action: "Microsoft.ContainerRegistry/registries/replications" + readSuffix,
		Paths:  []string{"georeplications"},
		Read:   georeplications,
	}},
	Rules: map[string]resource.Rule{
		"resource_group_name":               resource.Fold(),
		"sku":                               resource.Fold(),
		"georeplications":                   resource.Keyed("location"),
		"georeplications.location":          resource.CanonString(canonLocation),
		"network_rule_bypass_option":        resource.Default("AzureServices"),
		"network_rule_set":                  noneUnlessSet(map[string]any{"default_action": "Allow"}),
		"network_rule_set.ip_rule":          resource.Keyed("ip_range"),
		"network_rule_set.ip_rule.ip_range": resource.CanonString(canonIPRange),
		"public_network_access_enabled":     resource.Default(true),
		"retention_policy":                  noneWhereOff(),
		"trust_policy":                      noneWhereOff(),
	},
	Former: []string{"georeplications", "retention_policy", "trust_policy", "trust_policy_enabled"},
})

func registryEncryption(v *registry) []any {
	e := v.Properties.Encryption
	if e.KeyVaultProperties == nil || !isEnabled(e.Status) {
		return nil
	}
	return []any{map[string]any{
		"enabled":            true,
		"identity_client_id": e.KeyVaultProperties.Identity,
		"key_vault_key_id":   e.KeyVaultProperties.KeyIdentifier,
	}}
}

func registryNetworkRules(s *armcontainerregistry.NetworkRuleSet) []any {
	if s == nil {
		return nil
	}
	rules := []any{}
	for _, r := range s.IPRules {
		rules = append(rules, map[string]any{"action": r.Action, "ip_range": canonIPRange(value(r.IPAddressOrRange))})
	}
	return []any{map[string]any{"default_action": s.DefaultAction, "ip_rule": rules}}
}

// canonIPRange makes a block of one address, of which the API returns the address.
func canonIPRange(s string) string {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()).String()
	}
	return resource.CanonCIDR(s)
}

// georeplications are the copies of a registry in other places, which only the
// premium tier has.
func georeplications(ctx context.Context, c *conn, v *registry) (resource.Attrs, error) {
	if value(value(v.SKU).Tier) != armcontainerregistry.SKUTierPremium {
		return resource.Attrs{"georeplications": nil}, nil
	}
	cl, err := client(c, armcontainerregistry.NewReplicationsClient)
	if err != nil {
		return nil, err
	}
	a := pages(ctx, cl.NewListPager(segment(value(v.ID), "resourceGroups"), value(v.Name), nil),
		func(p armcontainerregistry.ReplicationsClientListResponse) []*armcontainerregistry.Replication {
			return p.Value
		})
	if a.err != nil {
		return nil, a.err
	}
	out := []any{}
	for _, r := range a.items {
		if location(r.Location) == location(v.Location) { // the registry itself
			continue
		}
		p := value(r.Properties)
		out = append(out, map[string]any{
			"location":                        location(r.Location),
			"global_endpoint_routing_enabled": p.RegionEndpointEnabled,
			"regional_endpoint_enabled":       p.RegionEndpointEnabled,
			"zone_redundancy_enabled":         isEnabled(p.ZoneRedundancy),
			"tags":                            r.Tags,
		})
	}
	return resource.Attrs{"georeplications": out}, nil
}
