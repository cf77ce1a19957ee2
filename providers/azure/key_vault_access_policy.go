package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// vaultPolicy is what a vault allows to one principal. It has no id in ARM.
type vaultPolicy struct {
	vault  string
	policy *armkeyvault.AccessPolicyEntry
}

func vaultPolicies(v *armkeyvault.Vault) []vaultPolicy {
	var out []vaultPolicy
	for _, p := range value(v.Properties).AccessPolicies {
		out = append(out, vaultPolicy{value(v.ID), p})
	}
	return out
}

var keyVaultAccessPolicy = define(each(keyVaults().all(), vaultPolicies), provider.Spec[*conn, vaultPolicy]{
	Name: "azurerm_key_vault_access_policy",
	ID: func(v vaultPolicy) string {
		id := v.vault + "/objectId/" + value(v.policy.ObjectID)
		if application := value(v.policy.ApplicationID); application != "" {
			id += "/applicationId/" + application
		}
		return id
	},
	Attrs: func(v vaultPolicy) resource.Attrs {
		a := resource.Attrs(accessPolicy(v.policy))
		a["key_vault_id"] = v.vault
		return a
	},
	Rules: map[string]resource.Rule{
		"application_id":          resource.Fold(),
		"certificate_permissions": permissionNames(),
		"key_permissions":         permissionNames(),
		"object_id":               resource.Fold(),
		"secret_permissions":      permissionNames(),
		"storage_permissions":     permissionNames(),
		"tenant_id":               resource.Fold(),
	},
	ChildOf: []resource.ChildOf{{Parent: "azurerm_key_vault", Ref: "key_vault_id", Path: "access_policy", ParentID: fold}},
})

// accessPolicy is a policy as both its own type and its vault show it.
func accessPolicy(p *armkeyvault.AccessPolicyEntry) map[string]any {
	may := value(p.Permissions)
	return map[string]any{
		"application_id":          p.ApplicationID,
		"certificate_permissions": may.Certificates,
		"key_permissions":         may.Keys,
		"object_id":               p.ObjectID,
		"secret_permissions":      may.Secrets,
		"storage_permissions":     may.Storage,
		"tenant_id":               p.TenantID,
	}
}

// permissionNames is for "Get" and "get", in any order.
func permissionNames() resource.Rule {
	r := resource.Fold()
	r.Unordered = true
	return r
}
