package azure

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/servicebus/armservicebus"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// busNamespace is a namespace as version 2024-01-01 of the API tells of it: the SDK's
// is older and knows neither the TLS version nor partitions.
type busNamespace struct {
	ID, Name, Location *string
	Tags               map[string]*string
	SKU                *armservicebus.SBSKU
	Identity           *armservicebus.Identity
	Properties         *busNamespaceProperties
}

type busNamespaceProperties struct {
	DisableLocalAuth                                           *bool
	Encryption                                                 *armservicebus.Encryption
	MinimumTLSVersion, PublicNetworkAccess, ServiceBusEndpoint *string
	PremiumMessagingPartitions                                 *int32
}

func busNamespaces() collection[busNamespace] {
	return listAt[busNamespace]("Microsoft.ServiceBus/namespaces", "2024-01-01")
}

var servicebusNamespace = define(busNamespaces().all(), provider.Spec[*conn, *busNamespace]{
	Name: "azurerm_servicebus_namespace",
	Attrs: func(v *busNamespace) resource.Attrs {
		p := value(v.Properties)
		sku := value(v.SKU)
		identity := value(v.Identity)
		a := resource.Attrs{
			"name":                          v.Name,
			"resource_group_name":           segment(value(v.ID), "resourceGroups"),
			"location":                      location(v.Location),
			"capacity":                      sku.Capacity,
			"customer_managed_key":          busKeys(p.Encryption),
			"endpoint":                      p.ServiceBusEndpoint,
			"identity":                      managedIdentity(identity.Type, identity.UserAssignedIdentities),
			"local_auth_enabled":            !value(p.DisableLocalAuth),
			"premium_messaging_partitions":  p.PremiumMessagingPartitions,
			"public_network_access_enabled": !strings.EqualFold(value(p.PublicNetworkAccess), "Disabled"),
			"sku":                           sku.Name,
			"tags":                          v.Tags,
		}
		if p.MinimumTLSVersion != nil {
			a["minimum_tls_version"] = p.MinimumTLSVersion
		}
		return a
	},
	Details: []provider.Detail[*conn, *busNamespace]{{
		Action: "Microsoft.ServiceBus/namespaces/networkRuleSets/read",
		Paths:  []string{"network_rule_set"},
		Read:   busNetworkRules,
	}},
	Rules: map[string]resource.Rule{
		"resource_group_name":             resource.Fold(),
		"network_rule_set.default_action": resource.Default("Allow"),
		"network_rule_set.network_rules":  resource.Keyed("subnet_id"),
		"sku":                             resource.Fold(),
	},
	Children: []resource.Child{
		childAt("capacity", "azurerm_monitor_autoscale_setting", "target_resource_id"),
		childAt("network_rule_set", "azurerm_servicebus_namespace_network_rule_set", "namespace_id"),
	},
})

// busKeys is the block of a key of one's own, of which the API writes the parts.
func busKeys(e *armservicebus.Encryption) []any {
	if e == nil || len(e.KeyVaultProperties) == 0 {
		return nil
	}
	key := value(e.KeyVaultProperties[0])
	id := strings.TrimRight(value(key.KeyVaultURI), "/") + "/keys/" + value(key.KeyName)
	if v := value(key.KeyVersion); v != "" {
		id += "/" + v
	}
	return []any{map[string]any{
		"identity_id":                       value(key.Identity).UserAssignedIdentity,
		"infrastructure_encryption_enabled": e.RequireInfrastructureEncryption,
		"key_vault_key_id":                  id,
	}}
}

func busNetworkRules(ctx context.Context, c *conn, v *busNamespace) (resource.Attrs, error) {
	cl, err := client(c, armservicebus.NewNamespacesClient)
	if err != nil {
		return nil, err
	}
	o, err := cl.GetNetworkRuleSet(ctx, segment(value(v.ID), "resourceGroups"), value(v.Name), nil)
	if err != nil {
		return nil, err
	}
	p := value(o.Properties)
	addresses, networks := []*string{}, []any{}
	for _, r := range p.IPRules {
		addresses = append(addresses, r.IPMask)
	}
	for _, r := range p.VirtualNetworkRules {
		networks = append(networks, map[string]any{
			"subnet_id":                            value(r.Subnet).ID,
			"ignore_missing_vnet_service_endpoint": r.IgnoreMissingVnetServiceEndpoint,
		})
	}
	return resource.Attrs{"network_rule_set": []any{map[string]any{
		"default_action":                p.DefaultAction,
		"ip_rules":                      addresses,
		"network_rules":                 networks,
		"public_network_access_enabled": p.PublicNetworkAccess == nil || isEnabled(p.PublicNetworkAccess),
		"trusted_services_allowed":      p.TrustedServiceAccessEnabled,
	}}}, nil
}
