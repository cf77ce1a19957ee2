package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The rules are a field of the account, whose id they have. Every account has some,
// and without a resource of their own they are the account's.
var storageAccountNetworkRules = define(
	where(storageAccounts().all(), func(v *armstorage.Account) bool { return value(v.Properties).NetworkRuleSet != nil }),
	provider.Spec[*conn, *armstorage.Account]{
		Name:    "azurerm_storage_account_network_rules",
		Object:  noObject[*armstorage.Account],
		Default: func(*armstorage.Account) bool { return true },
		Attrs: func(v *armstorage.Account) resource.Attrs {
			a := resource.Attrs(networkRuleSet(v.Properties.NetworkRuleSet))
			a["storage_account_id"] = v.ID
			return a
		},
		Rules: map[string]resource.Rule{
			"bypass":              resource.Fold(),
			"ip_rules":            ipRules(),
			"private_link_access": scannerless(),
		},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_storage_account", Ref: "storage_account_id", Path: "network_rules", ParentID: fold}},
	},
)
