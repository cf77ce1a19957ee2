package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The choice of the key is a field of the account, whose id it has.
var storageAccountCustomerManagedKey = define(
	where(storageAccounts().all(), func(v *armstorage.Account) bool { return storageKey(value(value(v.Properties).Encryption)) != nil }),
	provider.Spec[*conn, *armstorage.Account]{
		Name:   "azurerm_storage_account_customer_managed_key",
		Object: noObject[*armstorage.Account],
		Attrs: func(v *armstorage.Account) resource.Attrs {
			e := value(v.Properties.Encryption)
			k := value(e.KeyVaultProperties)
			i := value(e.EncryptionIdentity)
			return resource.Attrs{
				"storage_account_id":           v.ID,
				"federated_identity_client_id": i.EncryptionFederatedIdentityClientID,
				"key_name":                     k.KeyName,
				"key_vault_key_id":             storageKeyID(k),
				"key_vault_uri":                k.KeyVaultURI,
				"key_version":                  k.KeyVersion,
				"user_assigned_identity_id":    i.EncryptionUserAssignedIdentity,
			}
		},
		Rules: map[string]resource.Rule{
			"key_vault_key_id": unlessUnset(), // versions 3 and 4 took the key in parts
			"key_vault_uri":    unlessUnset(),
			"key_name":         unlessUnset(),
		},
		Former:  []string{"key_name", "key_vault_uri", "key_version"},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_storage_account", Ref: "storage_account_id", Path: "customer_managed_key", ParentID: fold}},
	},
)
