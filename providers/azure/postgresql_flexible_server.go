package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func postgresqlFlexibleServers() collection[armpostgresqlflexibleservers.Server] {
	return list("Microsoft.DBforPostgreSQL/flexibleServers", armpostgresqlflexibleservers.NewServersClient, (*armpostgresqlflexibleservers.ServersClient).NewListPager,
		func(p armpostgresqlflexibleservers.ServersClientListResponse) []*armpostgresqlflexibleservers.Server {
			return p.Value
		})
}

var postgresqlFlexibleServer = define(postgresqlFlexibleServers().all(), provider.Spec[*conn, *armpostgresqlflexibleservers.Server]{
	Name: "azurerm_postgresql_flexible_server",
	Attrs: func(v *armpostgresqlflexibleservers.Server) resource.Attrs {
		p := value(v.Properties)
		backup := value(p.Backup)
		identity := value(v.Identity)
		a := resource.Attrs{
			"name":                         v.Name,
			"resource_group_name":          segment(value(v.ID), "resourceGroups"),
			"location":                     location(v.Location),
			"backup_retention_days":        backup.BackupRetentionDays,
			"customer_managed_key":         flexibleServerKey(p.DataEncryption),
			"fqdn":                         p.FullyQualifiedDomainName,
			"geo_redundant_backup_enabled": isEnabled(backup.GeoRedundantBackup),
			"high_availability":            flexibleServerAvailability(p.HighAvailability),
			"identity":                     managedIdentity(identity.Type, identity.UserAssignedIdentities),
			"maintenance_window":           flexibleServerMaintenance(p.MaintenanceWindow),
			"sku_name":                     flexibleServerSKU(v.SKU),
			"tags":                         v.Tags,
			"version":                      p.Version,
			"zone":                         p.AvailabilityZone,
		}
		// Not told where nobody can log in with a password.
		if p.AdministratorLogin != nil {
			a["administrator_login"] = p.AdministratorLogin
		}
		if p.AuthConfig != nil {
			a["authentication"] = postgresqlAuthentication(p.AuthConfig)
		}
		if n := p.Network; n != nil {
			a["delegated_subnet_id"] = n.DelegatedSubnetResourceID
			a["private_dns_zone_id"] = n.PrivateDNSZoneArmResourceID
			a["public_network_access_enabled"] = isEnabled(n.PublicNetworkAccess)
		}
		// Told of replicas only; a server that was restored keeps it in the state alone.
		if value(p.SourceServerResourceID) != "" {
			a["source_server_id"] = p.SourceServerResourceID
		}
		postgresqlStorage(a, value(p.Storage))
		return a
	},
	Rules: map[string]resource.Rule{"resource_group_name": resource.Fold()},
})

// postgresqlStorage adds the storage. One that grows by itself has the size that the
// data takes, which is nobody's change.
func postgresqlStorage(a resource.Attrs, s armpostgresqlflexibleservers.Storage) {
	if s.AutoGrow != nil {
		a["auto_grow_enabled"] = isEnabled(s.AutoGrow)
		if isEnabled(s.AutoGrow) {
			return
		}
	}
	if s.StorageSizeGB != nil {
		a["storage_mb"] = int64(*s.StorageSizeGB) * 1024
	}
	if s.Tier != nil {
		a["storage_tier"] = s.Tier
	}
}

func postgresqlAuthentication(c *armpostgresqlflexibleservers.AuthConfig) []any {
	return []any{map[string]any{
		"active_directory_auth_enabled": isEnabled(c.ActiveDirectoryAuth),
		"password_auth_enabled":         c.PasswordAuth == nil || isEnabled(c.PasswordAuth),
		"tenant_id":                     c.TenantID,
	}}
}
