package azure

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// sqlServers come with their administrator from the directory, which a server
// leaves out unless it is asked for.
func sqlServers() collection[armsql.Server] {
	return list("Microsoft.Sql/servers", armsql.NewServersClient,
		func(c *armsql.ServersClient, _ *armsql.ServersClientListOptions) *runtime.Pager[armsql.ServersClientListResponse] {
			administrators := "administrators/activedirectory"
			return c.NewListPager(&armsql.ServersClientListOptions{Expand: &administrators})
		},
		func(p armsql.ServersClientListResponse) []*armsql.Server {
			for _, v := range p.Value {
				if v.Properties != nil && v.Properties.Administrators == nil {
					v.Properties.Administrators = &armsql.ServerExternalAdministrator{} // asked for, and there is none
				}
			}
			return p.Value
		})
}

var mssqlServer = define(sqlServers().all(), provider.Spec[*conn, *armsql.Server]{
	Name: "azurerm_mssql_server",
	Attrs: func(v *armsql.Server) resource.Attrs {
		p := value(v.Properties)
		a := resource.Attrs{
			"name":                                 v.Name,
			"resource_group_name":                  segment(value(v.ID), "resourceGroups"),
			"location":                             location(v.Location),
			"administrator_login":                  p.AdministratorLogin,
			"identity":                             sqlServerIdentity(v.Identity),
			"minimum_tls_version":                  sqlTLSVersion(value(p.MinimalTLSVersion)),
			"outbound_network_restriction_enabled": isEnabled(p.RestrictOutboundNetworkAccess),
			"primary_user_assigned_identity_id":    p.PrimaryUserAssignedIdentityID,
			"public_network_access_enabled":        isEnabled(p.PublicNetworkAccess),
			"tags":                                 v.Tags,
			"transparent_data_encryption_key_vault_key_id": p.KeyID,
			"version": p.Version,
		}
		if p.Administrators != nil {
			a["azuread_administrator"] = sqlAdministrator(p.Administrators)
		}
		return a
	},
	Details: []provider.Detail[*conn, *armsql.Server]{
		{Action: "Microsoft.Sql/servers/connectionPolicies/read", Paths: []string{"connection_policy"}, Read: sqlConnectionPolicy,
			When: func(held resource.Attrs) bool { return held.String("connection_policy") != "Default" }},
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":                          resource.Fold(),
		"azuread_administrator.object_id":              resource.Fold(),
		"azuread_administrator.tenant_id":              resource.Fold(),
		"connection_policy":                            resource.Default("Default"),
		"transparent_data_encryption_key_vault_key_id": resource.Fold(),
	},
	Children: []resource.Child{
		childAt("transparent_data_encryption_key_vault_key_id", "azurerm_mssql_server_transparent_data_encryption", "server_id"),
	},
})

func sqlServerIdentity(i *armsql.ResourceIdentity) []any {
	if i == nil {
		return nil
	}
	return managedIdentity(i.Type, i.UserAssignedIdentities)
}

// sqlTLSVersion: a server that takes any version says None, or nothing.
func sqlTLSVersion(least string) string {
	if least == "" || least == "None" {
		return "Disabled"
	}
	return least
}

func sqlAdministrator(a *armsql.ServerExternalAdministrator) []any {
	if a.Sid == nil && a.Login == nil {
		return nil
	}
	return []any{map[string]any{
		"azuread_authentication_only": a.AzureADOnlyAuthentication,
		"login_username":              a.Login,
		"object_id":                   a.Sid,
		"tenant_id":                   a.TenantID,
	}}
}

func sqlConnectionPolicy(ctx context.Context, c *conn, v *armsql.Server) (resource.Attrs, error) {
	cl, err := client(c, armsql.NewServerConnectionPoliciesClient)
	if err != nil {
		return nil, err
	}
	o, err := cl.Get(ctx, segment(value(v.ID), "resourceGroups"), value(v.Name), armsql.ConnectionPolicyNameDefault, nil)
	return resource.Attrs{"connection_policy": value(o.Properties).ConnectionType}, err
}
