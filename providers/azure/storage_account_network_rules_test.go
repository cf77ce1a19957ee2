package azure

import "testing"

// The same change is told once, of the resource that the rules are declared in.
func TestNetworkRulesHaveOneOwner(t *testing.T) {
	const id = "/subscriptions/" + sub1 + "/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/st"
	opened := thing(id)
	opened["properties"] = map[string]any{"networkAcls": map[string]any{"bypass": "AzureServices", "defaultAction": "Allow"}}
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Storage/storageAccounts", listed(opened))

	closed := []any{map[string]any{"bypass": []any{"AzureServices"}, "default_action": "Deny", "ip_rules": []any{}}}
	account, rules := held("azurerm_storage_account", id), held("azurerm_storage_account_network_rules", id)
	account.Attrs["network_rules"] = closed
	rules.Attrs["storage_account_id"], rules.Attrs["default_action"] = id, "Deny"

	w.look(t, false, []string{sub1}, account).tells(t, "changed azurerm_storage_account.st")
	w.look(t, false, []string{sub1}, account, rules).tells(t, "changed azurerm_storage_account_network_rules.st")

	account.Attrs["network_rules"] = []any{}
	w.look(t, false, []string{sub1}, account).tells(t)
}

// Defender lets its scanner in where somebody turns the scan for malware on.
func TestScannerOfDefender(t *testing.T) {
	const id = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st"
	const scanner = "/subscriptions/" + sub1 + "/providers/Microsoft.Security/datascanners/StorageDataScanner"
	account := func(action string) map[string]any {
		a := thing(id)
		a["properties"] = map[string]any{"networkAcls": map[string]any{"bypass": "AzureServices", "defaultAction": action, "resourceAccessRules": []any{map[string]any{"resourceId": scanner, "tenantId": "t"}}}}
		return a
	}
	rules := func(action string) []any {
		return []any{map[string]any{"bypass": []any{"AzureServices"}, "default_action": action, "ip_rules": []any{}, "virtual_network_subnet_ids": []any{}, "private_link_access": []any{}}}
	}
	inline, own := held("azurerm_storage_account", id), held("azurerm_storage_account_network_rules", id)
	own.Attrs["storage_account_id"], own.Attrs["default_action"], own.Attrs["private_link_access"] = id, "Deny", []any{}
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Storage/storageAccounts", listed(account("Deny")))
	inline.Attrs["network_rules"] = rules("Deny")
	w.look(t, false, nil, inline).tells(t)
	w.look(t, false, nil, inline, own).tells(t)

	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Storage/storageAccounts", listed(account("Allow")))
	w.look(t, false, nil, inline).tells(t, "changed azurerm_storage_account.st")
	inline.Attrs["network_rules"] = []any{}
	w.look(t, false, nil, inline).tells(t)
}
