package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/appservice/armappservice/v4"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// What a Windows app runs is in its metadata and its app settings, which only a POST
// returns.
var windowsWebApp = define(
	sitesOf(func(v *armappservice.Site) bool { return isWebApp(v) && !isLinux(v) }),
	provider.Spec[*conn, *armappservice.Site]{
		Name: "azurerm_windows_web_app",
		Attrs: func(v *armappservice.Site) resource.Attrs {
			p := value(v.Properties)
			a := siteAttrs(v)
			a["client_affinity_enabled"] = p.ClientAffinityEnabled
			a["virtual_network_image_pull_enabled"] = p.VnetImagePullEnabled
			return a
		},
		Details: siteDetails(func(p armappservice.SiteConfig) map[string]any {
			block := siteRegistry(p)
			block["local_mysql_enabled"] = p.LocalMySQLEnabled
			return block
		}),
		Rules:    siteRules(nil),
		Children: siteChildren(),
		Import:   importIf(isOnPlan),
	},
)
