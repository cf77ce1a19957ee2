package azure

import "testing"

// Not every version of the API says how an account was made.
func TestCreateModeUntold(t *testing.T) {
	const id = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/a"
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.DocumentDB/databaseAccounts", listed(thing(id)))
	m := held("azurerm_cosmosdb_account", id)
	m.Attrs["create_mode"] = "Default"
	w.look(t, false, nil, m).tells(t)
	m.Attrs["create_mode"] = "Restore"
	w.look(t, false, nil, m).tells(t, "changed azurerm_cosmosdb_account.a")
}
