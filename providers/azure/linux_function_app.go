package azure

import (
	"maps"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/appservice/armappservice/v4"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// What a function app runs, and where it keeps its state, is in its app settings,
// which are secrets.
var linuxFunctionApp = define(
	sitesOf(func(v *armappservice.Site) bool { return isFunctionApp(v) && isLinux(v) }),
	provider.Spec[*conn, *armappservice.Site]{
		Name:  "azurerm_linux_function_app",
		Attrs: functionAppAttrs,
		Details: siteDetails(func(p armappservice.SiteConfig) map[string]any {
			block := functionAppConfig(p)
			maps.Copy(block, siteRegistry(p))
			return block
		}),
		Rules:    siteRules(nil),
		Children: siteChildren(),
		Import:   importIf(isOnPlan),
	},
)

func functionAppAttrs(v *armappservice.Site) resource.Attrs {
	p := value(v.Properties)
	a := siteAttrs(v)
	a["daily_memory_time_quota"] = p.DailyMemoryTimeQuota
	a["vnet_image_pull_enabled"] = p.VnetImagePullEnabled
	return a
}

func functionAppConfig(p armappservice.SiteConfig) map[string]any {
	return map[string]any{
		"app_scale_limit":                  p.FunctionAppScaleLimit,
		"elastic_instance_minimum":         p.MinimumElasticInstanceCount,
		"pre_warmed_instance_count":        p.PreWarmedInstanceCount,
		"runtime_scale_monitoring_enabled": p.FunctionsRuntimeScaleMonitoringEnabled,
	}
}
