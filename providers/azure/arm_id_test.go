package azure

import "testing"

func TestCut(t *testing.T) {
	vnet := vnetID(sub1, "rg", "V")
	tests := map[string]struct {
		id, typ, want string
	}{
		"itself":                 {vnet, "Microsoft.Network/virtualNetworks", vnet},
		"casing of the type":     {fold(vnet), "Microsoft.Network/virtualNetworks", fold("/subscriptions/"+sub1+"/resourcegroups/rg/providers/") + "Microsoft.Network/virtualNetworks/v"},
		"what it is below of":    {vnet + "/subnets/s", "Microsoft.Network/virtualNetworks", vnet},
		"one of two":             {vnet + "|" + vnet + "2", "Microsoft.Network/virtualNetworks", vnet},
		"another type":           {vnet, "Microsoft.Network/natGateways", ""},
		"above the type":         {vnet, "Microsoft.Network/virtualNetworks/subnets", ""},
		"a group":                {"/subscriptions/" + sub1 + "/resourcegroups/RG", groupType, "/subscriptions/" + sub1 + "/resourceGroups/RG"},
		"an extension":           {vnet + "/providers/Microsoft.Authorization/roleAssignments/r", "Microsoft.Authorization/roleAssignments", vnet + "/providers/Microsoft.Authorization/roleAssignments/r"},
		"what is extended":       {vnet + "/providers/Microsoft.Authorization/locks/l", "Microsoft.Network/virtualNetworks", ""},
		"of a tenant":            {"/providers/Microsoft.Authorization/roleAssignments/r", "Microsoft.Authorization/roleAssignments", "/providers/Microsoft.Authorization/roleAssignments/r"},
		"no ARM id":              {"https://kv.vault.azure.net/secrets/s/1", "Microsoft.KeyVault/vaults", ""},
		"nothing":                {"", "Microsoft.Network/virtualNetworks", ""},
		"a collection is no one": {vnetsOf(sub1), "Microsoft.Network/virtualNetworks", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, ok := cut(tt.id, tt.typ); got != tt.want || ok != (tt.want != "") {
				t.Errorf("%q %v, want %q", got, ok, tt.want)
			}
		})
	}
}

func TestActionName(t *testing.T) {
	group := "/subscriptions/" + sub1 + "/resourcegroups/rg"
	for path, want := range map[string]string{
		"/subscriptions":                  "Microsoft.Resources/subscriptions/read",
		"/subscriptions/" + sub1:          "Microsoft.Resources/subscriptions/read",
		"/subscriptions/x/resourcegroups": "Microsoft.Resources/subscriptions/resourceGroups/read",
		group:                             "Microsoft.Resources/subscriptions/resourceGroups/read",
		group + "/resources":              "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
		vnetsOf(sub1):                     "Microsoft.Network/virtualNetworks/read",
		vnetID(sub1, "rg", "v"):           "Microsoft.Network/virtualNetworks/read",
		group + "/providers/Microsoft.Storage/storageAccounts/s/blobServices/default":  "Microsoft.Storage/storageAccounts/blobServices/read",
		vnetID(sub1, "rg", "v") + "/providers/Microsoft.Authorization/roleAssignments": "Microsoft.Authorization/roleAssignments/read",
		"/subscriptions/x/providers/Microsoft.Web":                                     "Microsoft.Resources/subscriptions/providers/read",
	} {
		if got := actionName("GET", path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := actionName("POST", graphPath); got != "Microsoft.ResourceGraph/resources/read" {
		t.Error(got)
	}
}

func TestParentID(t *testing.T) {
	if got, want := parentID(vnetID(sub1, "RG", "V")+"/subnets/S"), fold(vnetID(sub1, "rg", "v")); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, id := range []string{"", "x", vnetID(sub1, "rg", "v"), "/subscriptions"} {
		if got := parentID(id); got != "" {
			t.Errorf("%q: %q", id, got)
		}
	}
}

func FuzzPaths(f *testing.F) {
	f.Add(vnetID(sub1, "rg", "v"), "Microsoft.Network/virtualNetworks")
	f.Add("/subscriptions/x/providers/", "a")
	f.Add("/providers//", "/")
	f.Fuzz(func(_ *testing.T, id, typ string) {
		cut(id, typ)
		parentID(id)
		groupOf(id)
		subscriptionOf(id)
		segment(id, typ)
		actionName("GET", id)
	})
}
