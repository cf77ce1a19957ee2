package azure

import (
	"context"
	"iter"
	"maps"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/appservice/armappservice/v4"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// sites are web apps, function apps and logic apps, for Linux and for Windows.
func sites() collection[armappservice.Site] {
	return list("Microsoft.Web/sites", armappservice.NewWebAppsClient,
		func(c *armappservice.WebAppsClient, _ *armappservice.WebAppsClientListOptions) *runtime.Pager[armappservice.WebAppsClientListResponse] {
			return c.NewListPager(nil)
		},
		func(p armappservice.WebAppsClientListResponse) []*armappservice.Site { return p.Value })
}

// sitesOf are the sites of one kind, and those that a state holds as one: what
// kind says is for portals and has been spelled in many ways.
func sitesOf(is func(*armappservice.Site) bool) source[*armappservice.Site] {
	from := sites().all()
	return source[*armappservice.Site]{actions: from.actions, items: func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*armappservice.Site, error] {
		held := joinKeys(q, name)
		return func(yield func(*armappservice.Site, error) bool) {
			for v, err := range from.items(ctx, c, q, name) {
				if err == nil && !is(v) && !held[fold(value(v.ID))] {
					continue
				}
				if !yield(v, err) {
					return
				}
			}
		}
	}}
}

func isLinux(v *armappservice.Site) bool {
	return value(value(v.Properties).Reserved) || siteKind(v, "linux")
}

func isWebApp(v *armappservice.Site) bool {
	return !siteKind(v, "functionapp") && !siteKind(v, "workflowapp")
}

// isFunctionApp leaves out those on the Flex Consumption plan and in Container
// Apps, which are other types.
func isFunctionApp(v *armappservice.Site) bool {
	p := value(v.Properties)
	return siteKind(v, "functionapp") && !siteKind(v, "workflowapp") && p.FunctionAppConfig == nil && value(p.ManagedEnvironmentID) == ""
}

// isOnPlan is what the importers of sites ask for: they look at the plan's kind.
func isOnPlan(a resource.Attrs) bool { return a.String("service_plan_id") != "" }

func siteKind(v *armappservice.Site, word string) bool {
	return strings.Contains(strings.ToLower(value(v.Kind)), word)
}

// siteAttrs are those that every kind of site has. App settings, connection strings
// and the credentials to publish with are secrets, and only a POST returns them.
func siteAttrs(v *armappservice.Site) resource.Attrs {
	p := value(v.Properties)
	return resource.Attrs{
		"name":                                   v.Name,
		"resource_group_name":                    segment(value(v.ID), "resourceGroups"),
		"location":                               location(v.Location),
		"client_certificate_enabled":             p.ClientCertEnabled,
		"client_certificate_exclusion_paths":     p.ClientCertExclusionPaths,
		"client_certificate_mode":                p.ClientCertMode,
		"enabled":                                p.Enabled,
		"https_only":                             p.HTTPSOnly,
		"identity":                               siteIdentity(v.Identity),
		"key_vault_reference_identity_id":        p.KeyVaultReferenceIdentity,
		"public_network_access_enabled":          !strings.EqualFold(value(p.PublicNetworkAccess), "Disabled"),
		"service_plan_id":                        p.ServerFarmID,
		"tags":                                   v.Tags,
		"virtual_network_backup_restore_enabled": p.VnetBackupRestoreEnabled,
		"virtual_network_subnet_id":              p.VirtualNetworkSubnetID,
	}
}

func siteIdentity(i *armappservice.ManagedServiceIdentity) []any {
	if i == nil {
		return nil
	}
	return managedIdentity(i.Type, i.UserAssignedIdentities)
}

// siteRules are those of siteAttrs and siteConfig, with some of a type's own.
func siteRules(own map[string]resource.Rule) map[string]resource.Rule {
	rules := map[string]resource.Rule{
		"resource_group_name":                           resource.Fold(),
		"client_certificate_mode":                       resource.Fold(),
		"tags":                                          resource.Canon(withoutHiddenLinks),
		"virtual_network_subnet_id":                     resource.CanonString(func(id string) string { return "/" + strings.TrimLeft(fold(id), "/") }),
		"site_config.ip_restriction":                    resource.Unordered(),
		"site_config.ip_restriction_default_action":     resource.Default("Allow"),
		"site_config.load_balancing_mode":               resource.Default("LeastRequests"),
		"site_config.managed_pipeline_mode":             resource.Default("Integrated"),
		"site_config.remote_debugging_version":          resource.Fold(),
		"site_config.scm_ip_restriction":                resource.Unordered(),
		"site_config.scm_ip_restriction_default_action": resource.Default("Allow"),
	}
	maps.Copy(rules, own)
	return rules
}

// siteChildren are those that every kind of site has.
func siteChildren() []resource.Child {
	return []resource.Child{childAt("virtual_network_subnet_id", "azurerm_app_service_virtual_network_swift_connection", "app_service_id")}
}

// withoutHiddenLinks leaves out the tags by which the portal finds an app's
// monitoring: Azure writes and rewrites them.
func withoutHiddenLinks(v any) any {
	tags, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for name, text := range tags {
		if !strings.HasPrefix(strings.ToLower(name), "hidden-link:") {
			out[name] = text
		}
	}
	return out
}

// siteDetails are the calls that every kind of site takes. own adds what site_config
// says of one kind only.
func siteDetails(own func(armappservice.SiteConfig) map[string]any) []provider.Detail[*conn, *armappservice.Site] {
	return []provider.Detail[*conn, *armappservice.Site]{
		{
			Action: "Microsoft.Web/sites/config/read", Paths: []string{"site_config"},
			Read: func(ctx context.Context, c *conn, v *armappservice.Site) (resource.Attrs, error) {
				cl, err := client(c, armappservice.NewWebAppsClient)
				if err != nil {
					return nil, err
				}
				o, err := cl.GetConfiguration(ctx, segment(value(v.ID), "resourceGroups"), value(v.Name), nil)
				if err != nil {
					return nil, err
				}
				p := value(o.Properties)
				block := siteConfig(p)
				maps.Copy(block, own(p))
				return resource.Attrs{"site_config": []any{block}}, nil
			},
		},
		{
			Action: "Microsoft.Web/sites/basicPublishingCredentialsPolicies/read",
			Paths:  []string{"ftp_publish_basic_authentication_enabled", "webdeploy_publish_basic_authentication_enabled"},
			Read:   sitePublishing,
		},
	}
}

// sitePublishing reads whether a site can be published to with a password, which
// is not read.
func sitePublishing(ctx context.Context, c *conn, v *armappservice.Site) (resource.Attrs, error) {
	cl, err := client(c, armappservice.NewWebAppsClient)
	if err != nil {
		return nil, err
	}
	a := pages(ctx, cl.NewListBasicPublishingCredentialsPoliciesPager(segment(value(v.ID), "resourceGroups"), value(v.Name), nil),
		func(p armappservice.WebAppsClientListBasicPublishingCredentialsPoliciesResponse) []*armappservice.CsmPublishingCredentialsPoliciesEntity {
			return p.Value
		})
	out := resource.Attrs{}
	for _, policy := range a.items {
		allowed := value(policy.Properties).Allow
		switch segmentAfterLast(fold(value(policy.ID))) {
		case "ftp":
			out["ftp_publish_basic_authentication_enabled"] = allowed
		case "scm":
			out["webdeploy_publish_basic_authentication_enabled"] = allowed
		}
	}
	return out, a.err
}
