package azure

import "testing"

// A server shows its administrator only where the caller asks for it.
func TestAdministratorOfServer(t *testing.T) {
	server := func(name string) string {
		return "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Sql/servers/" + name
	}
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Sql/servers", listed(thing(server("listed"))))
	w.on(server("lagging"), reply(200, thing(server("lagging"))))

	administrator := []any{map[string]any{"login_username": "dba", "object_id": "o"}}
	listed, lagging := held("azurerm_mssql_server", server("listed")), held("azurerm_mssql_server", server("lagging"))
	listed.Attrs["azuread_administrator"], lagging.Attrs["azuread_administrator"] = administrator, administrator
	// Of the one that the list lacks it is not known.
	w.look(t, false, []string{sub1}, listed, lagging).tells(t, "changed azurerm_mssql_server.listed")
}
