package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/appservice/armappservice/v4"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

var windowsFunctionApp = define(
	sitesOf(func(v *armappservice.Site) bool { return isFunctionApp(v) && !isLinux(v) }),
	provider.Spec[*conn, *armappservice.Site]{
		Name:     "azurerm_windows_function_app",
		Attrs:    functionAppAttrs,
		Details:  siteDetails(functionAppConfig),
		Rules:    siteRules(nil),
		Children: siteChildren(),
		Import:   importIf(isOnPlan),
	},
)
