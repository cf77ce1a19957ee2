package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func availabilitySets() collection[armcompute.AvailabilitySet] {
	return list("Microsoft.Compute/availabilitySets", armcompute.NewAvailabilitySetsClient, (*armcompute.AvailabilitySetsClient).NewListBySubscriptionPager,
		func(p armcompute.AvailabilitySetsClientListBySubscriptionResponse) []*armcompute.AvailabilitySet {
			return p.Value
		})
}

var availabilitySet = define(availabilitySets().all(), provider.Spec[*conn, *armcompute.AvailabilitySet]{
	Name: "azurerm_availability_set",
	Attrs: func(v *armcompute.AvailabilitySet) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":                         v.Name,
			"resource_group_name":          segment(value(v.ID), "resourceGroups"),
			"location":                     location(v.Location),
			"managed":                      strings.EqualFold(value(value(v.SKU).Name), "Aligned"),
			"platform_fault_domain_count":  p.PlatformFaultDomainCount,
			"platform_update_domain_count": p.PlatformUpdateDomainCount,
			"proximity_placement_group_id": value(p.ProximityPlacementGroup).ID,
			"tags":                         v.Tags,
		}
	},
	Rules: map[string]resource.Rule{"resource_group_name": resource.Fold()},
})
