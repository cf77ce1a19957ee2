package azure

import "testing"

func TestContainersOfOthers(t *testing.T) {
	account := func(name string) string {
		return "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/" + name
	}
	container := func(acct, name string) string { return account(acct) + "/blobServices/default/containers/" + name }
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Storage/storageAccounts", listed(thing(account("mine")), thing(account("nobodys"))))
	w.on(account("mine")+"/blobServices/default", reply(200, map[string]any{"properties": map[string]any{}}))
	w.on(account("mine")+"/fileServices/default", reply(200, map[string]any{"properties": map[string]any{}}))
	w.on(account("mine")+"/blobServices/default/containers", listed(
		thing(container("mine", "$web")), thing(container("mine", "azure-webjobs-hosts")), thing(container("mine", "lake")), thing(container("mine", "left"))))

	lake := held("azurerm_storage_data_lake_gen2_filesystem", "https://mine.dfs.core.windows.net/lake")
	lake.Attrs["storage_account_id"], lake.Attrs["name"] = account("MINE"), "lake"
	r := w.look(t, true, []string{sub1}, lake, held("azurerm_storage_account", account("mine")))
	r.tells(t,
		"unchecked azurerm_storage_data_lake_gen2_filesystem.lake",
		"unmanaged "+account("nobodys"),
		"unmanaged "+container("mine", "left"),
	)
	if n := w.count("GET " + container("nobodys", "")); n != 0 {
		t.Errorf("%d lists of an account that nobody manages", n)
	}
}

func TestContainerIDs(t *testing.T) {
	const id = "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/st/blobServices/default/containers/c"
	for name, attrs := range map[string]map[string]any{
		"version 5":                      {"id": id},
		"version 3":                      {"id": "https://st.blob.core.windows.net/c", "resource_manager_id": id},
		"with nothing but the account's": {"id": "https://st.blob.core.windows.net/c", "storage_account_id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st", "name": "c"},
	} {
		if got := containerIDs(attrs); len(got) != 1 || got[0] != fold(id) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := containerIDs(map[string]any{"id": "https://st.blob.core.windows.net/c"}); got != nil {
		t.Errorf("a URL alone: %q", got)
	}
}
