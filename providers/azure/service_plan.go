package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/appservice/armappservice/v4"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func servicePlans() collection[armappservice.Plan] {
	return list("Microsoft.Web/serverfarms", armappservice.NewPlansClient,
		func(c *armappservice.PlansClient, _ *armappservice.PlansClientListOptions) *runtime.Pager[armappservice.PlansClientListResponse] {
			detailed := true // without, a plan shows part of itself
			return c.NewListPager(&armappservice.PlansClientListOptions{Detailed: &detailed})
		},
		func(p armappservice.PlansClientListResponse) []*armappservice.Plan { return p.Value })
}

var servicePlan = define(servicePlans().all(), provider.Spec[*conn, *armappservice.Plan]{
	Name: "azurerm_service_plan",
	Attrs: func(v *armappservice.Plan) resource.Attrs {
		p := value(v.Properties)
		sku := value(v.SKU)
		return resource.Attrs{
			"name":                            v.Name,
			"resource_group_name":             segment(value(v.ID), "resourceGroups"),
			"location":                        location(v.Location),
			"app_service_environment_id":      value(p.HostingEnvironmentProfile).ID,
			"maximum_elastic_worker_count":    p.MaximumElasticWorkerCount,
			"os_type":                         planOS(p),
			"per_site_scaling_enabled":        p.PerSiteScaling,
			"premium_plan_auto_scale_enabled": value(p.ElasticScaleEnabled) && strings.HasPrefix(strings.ToUpper(value(sku.Name)), "P"), // an EP scales anyway
			"sku_name":                        sku.Name,
			"tags":                            v.Tags,
			"worker_count":                    sku.Capacity,
			"zone_balancing_enabled":          p.ZoneRedundant,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name": resource.Fold(),
		"sku_name":            resource.Fold(),
		"tags":                resource.Canon(withoutHiddenLinks),
	},
	Children: []resource.Child{childAt("worker_count", "azurerm_monitor_autoscale_setting", "target_resource_id")},
})

func planOS(p armappservice.PlanProperties) string {
	switch {
	case value(p.Reserved):
		return "Linux"
	case value(p.HyperV):
		return "WindowsContainer"
	}
	return "Windows"
}
