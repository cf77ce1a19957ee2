package azure

import (
	"testing"
)

// What a vault allows is declared inline or one by one. What was added is told once,
// of whichever it is.
func TestAccessPolicyHasOneOwner(t *testing.T) {
	const id = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
	policy := func(object string, secrets ...string) map[string]any {
		return map[string]any{"objectId": object, "tenantId": "t", "permissions": map[string]any{"secrets": secrets}}
	}
	vault := thing(id)
	vault["properties"] = map[string]any{"accessPolicies": []any{policy("ME", "get", "list"), policy("intruder", "all")}}
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.KeyVault/vaults", listed(vault))

	inline := held("azurerm_key_vault", id)
	inline.Attrs["access_policy"] = []any{map[string]any{"object_id": "me", "application_id": "", "tenant_id": "T", "secret_permissions": []any{"List", "Get"}}}
	w.look(t, true, []string{sub1}, inline).tells(t, "changed azurerm_key_vault.kv")

	own := held("azurerm_key_vault_access_policy", id+"/objectId/me")
	own.Attrs["key_vault_id"], own.Attrs["secret_permissions"] = id, []any{"Get", "List"}
	w.look(t, true, []string{sub1}, inline, own).tells(t, "unmanaged "+id+"/objectId/intruder")
}
