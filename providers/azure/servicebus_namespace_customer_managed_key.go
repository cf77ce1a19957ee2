package azure

import (
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The key is a field of the namespace, whose id it has.
var servicebusNamespaceCustomerManagedKey = define(
	where(busNamespaces().all(), func(v *busNamespace) bool { return len(busKeys(value(v.Properties).Encryption)) > 0 }),
	provider.Spec[*conn, *busNamespace]{
		Name:   "azurerm_servicebus_namespace_customer_managed_key",
		Object: noObject[*busNamespace],
		Attrs: func(v *busNamespace) resource.Attrs {
			key := busKeys(v.Properties.Encryption)[0].(map[string]any)
			return resource.Attrs{
				"namespace_id":                      v.ID,
				"infrastructure_encryption_enabled": key["infrastructure_encryption_enabled"],
				"key_vault_key_id":                  key["key_vault_key_id"],
			}
		},
		ChildOf: []resource.ChildOf{{Parent: "azurerm_servicebus_namespace", Ref: "namespace_id", Path: "customer_managed_key", ParentID: fold}},
	},
)
