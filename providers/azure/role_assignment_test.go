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

// What a management group gives shows in each of its subscriptions, and is one thing.
func TestAssignmentAtManagementGroup(t *testing.T) {
	const scope = "/providers/Microsoft.Management/managementGroups/corp"
	const id, role = scope + "/providers/Microsoft.Authorization/roleAssignments/a", "/providers/Microsoft.Authorization/roleDefinitions/r"
	given, custom := thing(id), thing(role)
	given["properties"] = map[string]any{"scope": scope, "principalId": "p"}
	custom["properties"] = map[string]any{"type": "CustomRole", "assignableScopes": []string{scope}}
	w := newWorld(t)
	for _, sub := range []string{sub1, sub2} {
		w.on("/subscriptions/"+sub+"/providers/Microsoft.Authorization/roleAssignments", listed(given))
		w.on("/subscriptions/"+sub+"/providers/Microsoft.Authorization/roleDefinitions", listed(custom))
	}
	w.on("/subscriptions", listed(map[string]any{"subscriptionId": sub1}, map[string]any{"subscriptionId": sub2}))
	assignment, definition := held("azurerm_role_assignment", id), held("azurerm_role_definition", role+"|"+scope)
	w.look(t, true, nil, assignment, definition).tells(t)
	w.look(t, true, []string{sub1, sub2}, assignment, definition).tells(t)
	w.look(t, true, nil, assignment, definition, held("azurerm_role_assignment", id+"gone"), held("azurerm_resource_group", "/subscriptions/"+sub1+"/resourceGroups/x"),
		held("azurerm_resource_group", "/subscriptions/"+sub2+"/resourceGroups/x")).
		tells(t, "missing azurerm_role_assignment.agone", "missing azurerm_resource_group.x", "missing azurerm_resource_group.x")
}

// Version 2 of the provider wrote the id of a role without its scope.
func TestRoleWithoutScope(t *testing.T) {
	const id = "/subscriptions/" + sub1 + "/providers/Microsoft.Authorization/roleDefinitions/r"
	role := thing(id)
	role["properties"] = map[string]any{"type": "CustomRole"}
	w := newWorld(t)
	w.on(id, reply(200, role))
	w.look(t, false, nil, held("azurerm_role_definition", id)).tells(t)
}
