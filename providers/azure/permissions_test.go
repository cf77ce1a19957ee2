package azure

import "testing"

func TestAllows(t *testing.T) {
	tests := map[string]struct {
		p      permission
		action string
		want   bool
	}{
		"reader":                    {permission{Actions: []string{"*/read"}}, anyAction, true},
		"contributor":               {permission{Actions: []string{"*"}, NotActions: []string{"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"}}, anyAction, true},
		"one service":               {permission{Actions: []string{"Microsoft.Network/*/read"}}, "Microsoft.Network/virtualNetworks/read", true},
		"another service":           {permission{Actions: []string{"Microsoft.Network/*"}}, "Microsoft.Storage/storageAccounts/read", false},
		"taken away":                {permission{Actions: []string{"*"}, NotActions: []string{"microsoft.network/*"}}, "Microsoft.Network/virtualNetworks/read", false},
		"all but a service":         {permission{Actions: []string{"*/read"}, NotActions: []string{"Microsoft.KeyVault/*"}}, anyAction, false},
		"all but a service's reads": {permission{Actions: []string{"*"}, NotActions: []string{"Microsoft.KeyVault/*/read"}}, anyAction, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.p.allows(tt.action); got != tt.want {
				t.Errorf("%+v allows %s: %v", tt.p, tt.action, got)
			}
		})
	}
}

// Who has a role in a group alone is told of no permission, and sees part of the
// subscription.
func TestNoRoleInSubscription(t *testing.T) {
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Authorization/permissions", listed())
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Authorization/roleAssignments", refuse(403, "AuthorizationFailed"))
	nsgs := "/subscriptions/" + sub1 + "/providers/Microsoft.Network/networkSecurityGroups"
	r := w.look(t, true, []string{sub1})
	r.tells(t, "unchecked "+graphType+" "+sub1, "unchecked azurerm_role_assignment "+sub1)
	if w.count("GET "+nsgs) != 1 {
		t.Error("Resource Graph was believed")
	}
}
