package azure

import (
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// storageNetworkRules are the rules as the account and the type of their own show
// them.
func storageNetworkRules(r *armstorage.NetworkRuleSet) []any {
	if r == nil {
		return nil
	}
	return []any{networkRuleSet(r)}
}

func networkRuleSet(r *armstorage.NetworkRuleSet) map[string]any {
	addresses, subnets, links := []any{}, []any{}, []any{}
	for _, rule := range r.IPRules {
		addresses = append(addresses, rule.IPAddressOrRange)
	}
	for _, rule := range r.VirtualNetworkRules {
		subnets = append(subnets, rule.VirtualNetworkResourceID)
	}
	for _, rule := range r.ResourceAccessRules {
		links = append(links, map[string]any{"endpoint_resource_id": rule.ResourceID, "endpoint_tenant_id": rule.TenantID})
	}
	return map[string]any{
		"bypass":                     bypassed(r.Bypass),
		"default_action":             r.DefaultAction,
		"ip_rules":                   addresses,
		"private_link_access":        links,
		"virtual_network_subnet_ids": subnets,
	}
}

// bypassed takes "Logging, AzureServices" apart.
func bypassed(of *armstorage.Bypass) []string {
	var out []string
	for part := range strings.SplitSeq(string(value(of)), ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// scannerless leaves out the access that Defender for Storage gives to its scanner of
// malware, which nobody configures.
func scannerless() resource.Rule {
	rule := resource.Keyed("endpoint_resource_id")
	rule.Canon = func(v any) any {
		links, ok := v.([]any)
		if !ok {
			return v
		}
		return slices.DeleteFunc(slices.Clone(links), func(l any) bool {
			link, _ := l.(map[string]any)
			id, _ := link["endpoint_resource_id"].(string)
			return strings.Contains(fold(id), "/providers/microsoft.security/datascanners/")
		})
	}
	return rule
}

// bothOpen: no block, and the rules that an account has where nobody set any, are
// the same. The provider leaves them out, too, since version 5.
func bothOpen(state, cloud any) bool { return isOpen(state) && isOpen(cloud) }

func isOpen(v any) bool {
	blocks, _ := v.([]any)
	if len(blocks) != 1 {
		return len(blocks) == 0
	}
	block, _ := blocks[0].(map[string]any)
	for _, name := range []string{"ip_rules", "private_link_access", "virtual_network_subnet_ids"} {
		if rules, _ := scannerless().Canon(block[name]).([]any); len(rules) > 0 {
			return false
		}
	}
	bypass, _ := block["bypass"].([]any)
	return block["default_action"] == "Allow" && len(bypass) == 1 && bypass[0] == "AzureServices"
}
