package azure

import (
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

func TestLocate(t *testing.T) {
	code := []resource.ProviderConfig{
		{Source: "s", Address: "p", Name: "azurerm", Attrs: resource.Attrs{"subscription_id": sub3}},
		{Source: "s", Address: "alone", Name: "azurerm", Attrs: resource.Attrs{"subscription_id": sub3}},
	}
	managed := []resource.Managed{
		{Key: resource.Key{Type: "azurerm_virtual_network"}, Provider: "p", Attrs: resource.Attrs{"id": vnetID("ABC", "RG", "V")}},
		{Key: resource.Key{Type: "azurerm_key_vault_key"}, Provider: "p", Attrs: resource.Attrs{"id": "https://kv.vault.azure.net/keys/k/1", "key_vault_id": "/subscriptions/abc/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"}},
		{Key: resource.Key{Type: "azurerm_without_reader"}, Provider: "p", Attrs: resource.Attrs{"name": "x"}},
		{Key: resource.Key{Type: "azurerm_without_reader"}, Provider: "alone", Attrs: resource.Attrs{"id": "/providers/Microsoft.Foo/bars/B"}},
		{Key: resource.Key{Type: "azurerm_subnet"}, Data: true, Provider: "alone", Attrs: resource.Attrs{"id": vnetID(sub1, "rg", "v") + "/subnets/s"}},
		{Key: resource.Key{Type: "azapi_resource"}, Provider: "other", Attrs: resource.Attrs{"id": vnetID(sub2, "rg", "v")}},
		{Key: resource.Key{Type: "azurerm_subnet"}, Provider: "config", Attrs: resource.Attrs{}},
		{Key: resource.Key{Type: "azurerm_client_config"}, Data: true, Provider: "config", Attrs: resource.Attrs{"id": "x", "subscription_id": sub2}},
		{Key: resource.Key{Type: "aws_vpc"}, Provider: "p", Attrs: resource.Attrs{"id": "vpc-1"}},
	}
	for i := range managed {
		managed[i].Source = "s"
	}
	New(Options{}).Locate(managed, code)
	want := []resource.Key{
		{Type: "azurerm_virtual_network", Account: "abc", ID: fold(vnetID("abc", "rg", "v"))},
		{Type: "azurerm_key_vault_key", Account: "abc", ID: "https://kv.vault.azure.net/keys/k/1"},
		{Type: "azurerm_without_reader", Account: "abc"},
		{Type: "azurerm_without_reader", Account: sub3, ID: "/providers/microsoft.foo/bars/b"},
		{Type: "azurerm_subnet"},
		{Type: "azapi_resource", Account: sub2, ID: fold(vnetID(sub2, "rg", "v"))},
		{Type: "azurerm_subnet", Account: sub2},
		{Type: "azurerm_client_config"},
		{Type: "aws_vpc"},
	}
	for i, m := range managed {
		if m.Key != want[i] {
			t.Errorf("%d: %+v, want %+v", i, m.Key, want[i])
		}
	}
}

// What is in no subscription is read by way of one that is looked at anyway.
func TestLocateTenants(t *testing.T) {
	const id = "/providers/Microsoft.Management/managementGroups/corp/providers/Microsoft.Authorization/roleAssignments/a"
	at := func(o Options, others ...string) string {
		managed := []resource.Managed{held("azurerm_role_assignment", id)}
		for _, sub := range others {
			managed = append(managed, held("azurerm_virtual_network", vnetID(sub, "rg", "v")))
		}
		New(o).Locate(managed, nil)
		return managed[0].Key.Account
	}
	for got, want := range map[string]string{
		at(Options{}):                                    "",
		at(Options{Subscription: "ABC"}):                 "abc",
		at(Options{Subscriptions: []string{sub3, sub2}}): sub3,
		at(Options{Subscription: sub3}, sub2, sub1):      sub1,
	} {
		if got != want {
			t.Errorf("in %q, want %q", got, want)
		}
	}
}
