package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// resourceGroups also tell which resources a service keeps for its own use: see
// madeByAzure.
func resourceGroups() collection[armresources.ResourceGroup] {
	return list(groupType, armresources.NewResourceGroupsClient, (*armresources.ResourceGroupsClient).NewListPager,
		func(p armresources.ResourceGroupsClientListResponse) []*armresources.ResourceGroup { return p.Value })
}

var resourceGroup = define(resourceGroups().all(), provider.Spec[*conn, *armresources.ResourceGroup]{
	Name:    "azurerm_resource_group",
	Default: isManagedGroup,
	Attrs: func(v *armresources.ResourceGroup) resource.Attrs {
		return resource.Attrs{
			"name":       v.Name,
			"location":   location(v.Location),
			"managed_by": v.ManagedBy,
			"tags":       v.Tags,
		}
	},
	Rules: map[string]resource.Rule{"name": resource.Fold()},
})
