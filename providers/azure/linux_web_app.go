package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/appservice/armappservice/v4"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var linuxWebApp = define(
	sitesOf(func(v *armappservice.Site) bool { return isWebApp(v) && isLinux(v) }),
	provider.Spec[*conn, *armappservice.Site]{
		Name: "azurerm_linux_web_app",
		Attrs: func(v *armappservice.Site) resource.Attrs {
			p := value(v.Properties)
			a := siteAttrs(v)
			a["client_affinity_enabled"] = p.ClientAffinityEnabled
			a["vnet_image_pull_enabled"] = p.VnetImagePullEnabled
			return a
		},
		Details: siteDetails(func(p armappservice.SiteConfig) map[string]any {
			block := siteRegistry(p)
			block["application_stack"] = linuxStack(value(p.LinuxFxVersion))
			block["auto_heal_setting"] = autoHeal(p.AutoHealRules)
			block["local_mysql_enabled"] = p.LocalMySQLEnabled
			return block
		}),
		Rules: siteRules(map[string]resource.Rule{
			"site_config.application_stack.docker_image_name": imageName(),
		}),
		Children: siteChildren(),
		Import:   importIf(isOnPlan),
	},
)

// linuxStack takes what a Linux app runs apart: "NODE|20-lts", "TOMCAT|10.0-java17",
// "DOCKER|registry.example.com/app:1". Of an image, the registry and its password
// are app settings, which are not read.
func linuxStack(fx string) []any {
	name, version, ok := strings.Cut(fx, "|")
	if !ok {
		return nil
	}
	stack := map[string]any{
		"docker_image_name": nil, "dotnet_version": nil, "go_version": nil, "java_server": nil, "java_server_version": nil,
		"java_version": nil, "node_version": nil, "php_version": nil, "python_version": nil,
	}
	switch name = strings.ToUpper(name); name {
	case "DOCKER":
		stack["docker_image_name"] = version
	case "DOTNET", "DOTNETCORE", "DOTNET-ISOLATED":
		stack["dotnet_version"] = version
	case "GO", "NODE", "PHP", "PYTHON":
		stack[strings.ToLower(name)+"_version"] = version
	case "JAVA":
		server, _, _ := strings.Cut(version, "-")
		stack["java_server"], stack["java_server_version"], stack["java_version"] = name, server, leadingDigits(server)
	case "JBOSSEAP", "TOMCAT":
		server, java, _ := strings.Cut(version, "-")
		stack["java_server"], stack["java_server_version"] = name, server
		stack["java_version"] = strings.TrimPrefix(strings.TrimPrefix(java, "jre"), "java")
	default: // a stack that the provider has no name for
		return nil
	}
	return []any{stack}
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

// imageName is for an image that the provider writes without the registry, which
// is in an app setting.
func imageName() resource.Rule {
	return resource.Rule{Same: func(state, cloud any) bool {
		a, _ := state.(string)
		b, _ := cloud.(string)
		return a == "" || a == b || strings.HasSuffix(b, "/"+a)
	}}
}
