package azure

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/eventhub/armeventhub"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func eventhubNamespaces() collection[armeventhub.EHNamespace] {
	return list("Microsoft.EventHub/namespaces", armeventhub.NewNamespacesClient, (*armeventhub.NamespacesClient).NewListPager,
		func(p armeventhub.NamespacesClientListResponse) []*armeventhub.EHNamespace { return p.Value })
}

var eventhubNamespace = define(eventhubNamespaces().all(), provider.Spec[*conn, *armeventhub.EHNamespace]{
	Name: "azurerm_eventhub_namespace",
	Attrs: func(v *armeventhub.EHNamespace) resource.Attrs {
		p := value(v.Properties)
		identity := value(v.Identity)
		a := resource.Attrs{
			"name":                          v.Name,
			"resource_group_name":           segment(value(v.ID), "resourceGroups"),
			"location":                      location(v.Location),
			"auto_inflate_enabled":          p.IsAutoInflateEnabled,
			"dedicated_cluster_id":          p.ClusterArmID,
			"identity":                      managedIdentity(identity.Type, identity.UserAssignedIdentities),
			"local_authentication_enabled":  !value(p.DisableLocalAuth),
			"maximum_throughput_units":      p.MaximumThroughputUnits,
			"minimum_tls_version":           p.MinimumTLSVersion,
			"public_network_access_enabled": value(p.PublicNetworkAccess) != armeventhub.PublicNetworkAccessDisabled,
			"sku":                           value(v.SKU).Name,
			"tags":                          v.Tags,
		}
		// One that inflates by itself has the units that the traffic takes.
		if !value(p.IsAutoInflateEnabled) {
			a["capacity"] = value(v.SKU).Capacity
		}
		return a
	},
	Details: []provider.Detail[*conn, *armeventhub.EHNamespace]{{
		Action: "Microsoft.EventHub/namespaces/networkRuleSets/read",
		Paths:  []string{"network_rulesets"},
		Read:   eventhubNetworkRules,
	}},
	Rules: map[string]resource.Rule{
		"resource_group_name":                   resource.Fold(),
		"minimum_tls_version":                   resource.Default("1.2"),
		"network_rulesets.ip_rule":              resource.Keyed("ip_mask"),
		"network_rulesets.ip_rule.action":       resource.Default("Allow"),
		"network_rulesets.virtual_network_rule": resource.Keyed("subnet_id"),
		"sku":                                   resource.Fold(),
	},
})

func eventhubNetworkRules(ctx context.Context, c *conn, v *armeventhub.EHNamespace) (resource.Attrs, error) {
	cl, err := client(c, armeventhub.NewNamespacesClient)
	if err != nil {
		return nil, err
	}
	o, err := cl.GetNetworkRuleSet(ctx, segment(value(v.ID), "resourceGroups"), value(v.Name), nil)
	if err != nil {
		return nil, err
	}
	p := value(o.Properties)
	addresses, networks := []any{}, []any{}
	for _, r := range p.IPRules {
		addresses = append(addresses, map[string]any{"ip_mask": r.IPMask, "action": r.Action})
	}
	for _, r := range p.VirtualNetworkRules {
		networks = append(networks, map[string]any{
			"subnet_id": value(r.Subnet).ID,
			"ignore_missing_virtual_network_service_endpoint": r.IgnoreMissingVnetServiceEndpoint,
		})
	}
	return resource.Attrs{"network_rulesets": []any{map[string]any{
		"default_action":                 p.DefaultAction,
		"ip_rule":                        addresses,
		"public_network_access_enabled":  p.PublicNetworkAccess == nil || *p.PublicNetworkAccess != armeventhub.PublicNetworkAccessFlagDisabled,
		"trusted_service_access_enabled": p.TrustedServiceAccessEnabled,
		"virtual_network_rule":           networks,
	}}}, nil
}
