package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// mysqlServer is a server as version 2023-12-30 of the API tells of it.
type mysqlServer struct {
	ID, Name, Location *string
	Tags               map[string]*string
	SKU                *armpostgresqlflexibleservers.SKU
	Identity           *armpostgresqlflexibleservers.UserAssignedIdentity
	Properties         *mysqlProperties
}

type mysqlProperties struct {
	AdministratorLogin, AvailabilityZone, Version, FullyQualifiedDomainName, ReplicationRole, SourceServerResourceID *string

	Backup            *armpostgresqlflexibleservers.Backup
	DataEncryption    *armpostgresqlflexibleservers.DataEncryption
	HighAvailability  *armpostgresqlflexibleservers.HighAvailability
	MaintenanceWindow *armpostgresqlflexibleservers.MaintenanceWindow
	Network           *mysqlNetwork
	Storage           *mysqlStorage
}

type mysqlNetwork struct {
	DelegatedSubnetResourceID, PrivateDNSZoneResourceID, PublicNetworkAccess *string
}

type mysqlStorage struct {
	AutoGrow, AutoIOScaling, LogOnDisk *string
	IOPS, StorageSizeGB                *int32
}

var mysqlFlexibleServer = define(listAt[mysqlServer]("Microsoft.DBforMySQL/flexibleServers", "2023-12-30").all(), provider.Spec[*conn, *mysqlServer]{
	Name: "azurerm_mysql_flexible_server",
	Attrs: func(v *mysqlServer) resource.Attrs {
		p := value(v.Properties)
		network := value(p.Network)
		backup := value(p.Backup)
		identity := value(v.Identity)
		return resource.Attrs{
			"name":                         v.Name,
			"resource_group_name":          segment(value(v.ID), "resourceGroups"),
			"location":                     location(v.Location),
			"administrator_login":          p.AdministratorLogin,
			"backup_retention_days":        backup.BackupRetentionDays,
			"customer_managed_key":         flexibleServerKey(p.DataEncryption),
			"delegated_subnet_id":          network.DelegatedSubnetResourceID,
			"fqdn":                         p.FullyQualifiedDomainName,
			"geo_redundant_backup_enabled": isEnabled(backup.GeoRedundantBackup),
			"high_availability":            flexibleServerAvailability(p.HighAvailability),
			"identity":                     managedIdentity(identity.Type, identity.UserAssignedIdentities),
			"maintenance_window":           flexibleServerMaintenance(p.MaintenanceWindow),
			"private_dns_zone_id":          network.PrivateDNSZoneResourceID,
			"public_network_access":        network.PublicNetworkAccess,
			"replication_role":             p.ReplicationRole,
			"sku_name":                     flexibleServerSKU(v.SKU),
			"source_server_id":             p.SourceServerResourceID,
			"storage":                      mysqlStorageBlock(p.Storage),
			"tags":                         v.Tags,
			"version":                      p.Version,
			"zone":                         p.AvailabilityZone,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":   resource.Fold(),
		"backup_retention_days": resource.Default(7),
		"public_network_access": resource.Default("Enabled"),
		// A server becomes a source when somebody makes the first replica of it.
		"replication_role": resource.CanonString(func(s string) string {
			if strings.EqualFold(s, "Source") {
				return "None"
			}
			return s
		}).WithDefault("None"),
	},
})

// mysqlStorageBlock leaves out what the server sets by itself: the size of a storage
// that grows, the operations of one that scales.
func mysqlStorageBlock(s *mysqlStorage) []any {
	if s == nil {
		return nil
	}
	block := map[string]any{
		"auto_grow_enabled":   isEnabled(s.AutoGrow),
		"io_scaling_enabled":  isEnabled(s.AutoIOScaling),
		"log_on_disk_enabled": isEnabled(s.LogOnDisk),
	}
	if !isEnabled(s.AutoGrow) {
		block["size_gb"] = s.StorageSizeGB
	}
	if !isEnabled(s.AutoIOScaling) {
		block["iops"] = s.IOPS
	}
	return []any{block}
}
