package azure

import "testing"

// What Azure adds to rules and routes comes and goes, in the state as in the cloud.
func TestOwnAmongOthers(t *testing.T) {
	const network = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Network/"
	const nsg, table = network + "networkSecurityGroups/g", network + "routeTables/t"
	named := func(parent string, names ...string) []any {
		out := []any{}
		for _, n := range names {
			out = append(out, map[string]any{"id": parent + n, "name": n, "properties": map[string]any{}})
		}
		return out
	}
	inline := func(names ...string) []any {
		out := []any{}
		for _, n := range names {
			out = append(out, map[string]any{"name": n})
		}
		return out
	}
	const worker, mi = "Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-sql", "Microsoft.Sql-managedInstances_UseOnly_mi-ops"
	const old, young = "aks-default-12345678-vmss000000____102440024", "aks-default-12345678-vmss00000a____102440024"
	for name, tt := range map[string]struct{ rules, routes []string }{
		"added":       {[]string{"web", worker}, []string{"out", old, young}},
		"gone":        {[]string{"web"}, []string{"out"}},
		"and changed": {[]string{"web", mi, "shadow"}, []string{young}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			g, r := thing(nsg), thing(table)
			g["properties"] = map[string]any{"securityRules": named(nsg+"/securityRules/", tt.rules...)}
			r["properties"] = map[string]any{"routes": named(table+"/routes/", tt.routes...)}
			w.on("/subscriptions/"+sub1+"/providers/Microsoft.Network/networkSecurityGroups", listed(g))
			w.on("/subscriptions/"+sub1+"/providers/Microsoft.Network/routeTables", listed(r))
			group, routes := held("azurerm_network_security_group", nsg), held("azurerm_route_table", table)
			group.Attrs["security_rule"], routes.Attrs["route"] = inline("web", mi), inline("out", old)
			want := []string{}
			if name == "and changed" {
				want = []string{"changed azurerm_network_security_group.g", "changed azurerm_route_table.t"}
			}
			w.look(t, true, nil, group, routes).tells(t, want...)
		})
	}
}

func TestMadeByAzure(t *testing.T) {
	group := func(name string) string { return "/subscriptions/" + sub1 + "/resourceGroups/" + name + "/providers/" }
	w := newWorld(t)
	w.on(graphPath, rows(t, []string{
		group("Built-In-Identity-RG") + "Microsoft.ManagedIdentity/userAssignedIdentities/Built-In-Identity-westeurope",
		group("rg") + "Microsoft.Automation/automationAccounts/a/runbooks/AzureAutomationTutorialWithIdentity",
		group("rg") + "Microsoft.Automation/automationAccounts/a/runbooks/nightly",
		group("rg") + "Microsoft.Network/networkIntentPolicies/mi_default_0a1b2c",
		group("rg") + "Microsoft.Sql/virtualClusters/VirtualCluster0a1b2c",
	}))
	r := w.look(t, true, nil, held("azurerm_automation_account", group("rg")+"Microsoft.Automation/automationAccounts/a"))
	r.tells(t, "unchecked azurerm_automation_account.a", "unmanaged "+group("rg")+"Microsoft.Automation/automationAccounts/a/runbooks/nightly")
}
