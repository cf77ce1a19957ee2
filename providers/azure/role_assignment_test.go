package azure

import "testing"

func TestRoleAssignmentsOfOthers(t *testing.T) {
	const (
		subscription = "/subscriptions/" + sub1
		assignments  = "/providers/Microsoft.Authorization/roleAssignments"
		roles        = "/providers/Microsoft.Authorization/roleDefinitions/"
		nodes        = subscription + "/resourceGroups/MC_rg_aks_westeurope"
		corp         = "/providers/Microsoft.Management/managementGroups/corp"
	)
	assignment := func(scope, name, role, principal string) map[string]any {
		a := thing(scope + assignments + "/" + name)
		a["properties"] = map[string]any{"scope": scope, "roleDefinitionId": roles + role, "principalId": principal}
		return a
	}
	w := newWorld(t)
	ofCluster := thing(nodes)
	ofCluster["managedBy"] = subscription + "/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks"
	w.on("/subscriptions/"+sub1+"/resourcegroups", listed(ofCluster))
	w.on(subscription+assignments, listed(
		assignment(subscription, "nobodys", "owner", "p1"),
		assignment(subscription, "activated", "reader", "p2"),
		assignment(nodes, "kubelet", "contributor", "p3"),
		assignment(corp, "inherited", "owner", "p4"),
		assignment("", "root", "owner", "p5"),
	))
	elsewhere := "/providers/Microsoft.Management/managementGroups/elsewhere" + assignments + "/there"
	w.on(elsewhere, reply(200, assignment("/providers/Microsoft.Management/managementGroups/elsewhere", "there", "owner", "p6")))

	active := held("azurerm_pim_active_role_assignment", subscription+"|"+roles+"reader|p2")
	active.Attrs["scope"], active.Attrs["role_definition_id"], active.Attrs["principal_id"] = subscription, subscription+roles+"READER", "P2"
	gone := "/providers/Microsoft.Management/managementGroups/elsewhere" + assignments + "/gone"
	r := w.look(t, true, []string{sub1}, active, held("azurerm_role_assignment", elsewhere), held("azurerm_role_assignment", gone), held("azurerm_virtual_network", vnetID(sub1, "rg", "v")))
	r.tells(t,
		"missing azurerm_role_assignment.gone",
		"missing azurerm_virtual_network.v",
		"unchecked azurerm_pim_active_role_assignment.reader|p2",
		"unmanaged "+subscription+assignments+"/nobodys",
	)
}
