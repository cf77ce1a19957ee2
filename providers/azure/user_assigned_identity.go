package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/msi/armmsi"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func userAssignedIdentities() collection[armmsi.Identity] {
	return list("Microsoft.ManagedIdentity/userAssignedIdentities", armmsi.NewUserAssignedIdentitiesClient, (*armmsi.UserAssignedIdentitiesClient).NewListBySubscriptionPager,
		func(p armmsi.UserAssignedIdentitiesClientListBySubscriptionResponse) []*armmsi.Identity {
			return p.Value
		})
}

var userAssignedIdentity = define(userAssignedIdentities().all(), provider.Spec[*conn, *armmsi.Identity]{
	Name: "azurerm_user_assigned_identity",
	Attrs: func(v *armmsi.Identity) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":                v.Name,
			"resource_group_name": segment(value(v.ID), "resourceGroups"),
			"location":            location(v.Location),
			"client_id":           p.ClientID,
			"isolation_scope":     p.IsolationScope,
			"principal_id":        p.PrincipalID,
			"tenant_id":           p.TenantID,
			"tags":                v.Tags,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name": resource.Fold(),
		"isolation_scope":     resource.Default("None"),
		"principal_id":        resource.Identity(),
	},
})
