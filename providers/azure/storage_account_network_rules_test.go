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
