package gcp

import (
	"strings"

	sqladmin "google.golang.org/api/sqladmin/v1beta4"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var sqlDatabaseInstance = define(spec[sqladmin.DatabaseInstance]{
	Name:    "google_sql_database_instance",
	Asset:   "sqladmin.googleapis.com/Instance",
	Actions: []string{"cloudsql.instances.list"},
	List:    sqlInstances(),
	ID:      sqlInstanceID,
	// An id is only the name.
	StateIDs: func(a resource.Attrs) []string {
		if a.String("name") == "" {
			return nil
		}
		return []string{"projects/" + a.String("project") + "/instances/" + a.String("name")}
	},
	Fields: fields{
		"root_password":                        skip(),
		"maintenance_version":                  skip(), // Google moves it on
		"replica_names":                        skip(), // each is a resource of its own
		"encryption_key_name":                  from("diskEncryptionConfiguration.kmsKeyName"),
		"enforce_new_sql_network_architecture": from("sqlNetworkArchitecture").then(func(v any) any { return v == "NEW_NETWORK_ARCHITECTURE" }),
		"settings.disk_autoresize":             from("storageAutoResize"),
		"settings.disk_autoresize_limit":       from("storageAutoResizeLimit"),
		"settings.disk_size":                   from("dataDiskSizeGb"),
		"settings.disk_type":                   from("dataDiskType"),
		"settings.ip_configuration.psc_config.psc_auto_connections.consumer_service_project_id": from("consumerProject"),
	},
	Map: func(it item[sqladmin.DatabaseInstance], a resource.Attrs) {
		a["master_instance_name"] = strings.TrimPrefix(it.v.MasterInstanceName, it.conn.project+":")
		settings, s := a.Block("settings"), it.v.Settings
		if s == nil {
			return
		}
		// What Cloud SQL adjusts by itself is nobody's change.
		if s.StorageAutoResize != nil && *s.StorageAutoResize {
			delete(settings, "disk_size")
		}
		if c := s.ReadPoolAutoScaleConfig; c != nil && c.Enabled {
			delete(a, "node_count")
		}
		if it.v.InstanceType == "READ_POOL_INSTANCE" {
			delete(settings, "availability_type")
		}
		if b := s.BackupConfiguration; b != nil && b.BackupTier == "ENHANCED" {
			delete(settings, "backup_configuration") // the Backup and DR Service's
		}
	},
	Rules: map[string]resource.Rule{
		"database_version":                             {Same: minorVersionOf8},
		"master_instance_name":                         {Same: sameReplica},
		"replication_cluster.failover_dr_replica_name": {Same: sameReplica},
		"settings.edition":                             resource.Default("ENTERPRISE"),
		"settings.activation_policy":                   resource.Default("ALWAYS"),
		"settings.availability_type":                   resource.Default("ZONAL"),
		"settings.pricing_plan":                        resource.Default("PER_USE"),
		"settings.disk_type":                           resource.CanonString(func(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "-", "_")) }),
		"settings.database_flags":                      resource.Keyed("name"),
		"settings.connection_pool_config.flags":        resource.Keyed("name"),
		"settings.backup_configuration.backup_retention_settings.retention_unit": resource.Default("COUNT"),
		"settings.ip_configuration.server_certificate_rotation_mode":             resource.Default("SERVER_CERTIFICATE_ROTATION_MODE_UNSPECIFIED"),
		"settings.ip_configuration.authorized_networks.value":                    resource.CIDR(),
	},
})

func sqlInstances() lister {
	return together("sql instances", collection("sql/v1beta4/projects/{project}/instances", "items", 1000))
}

func sqlInstanceID(it item[sqladmin.DatabaseInstance]) string {
	return "projects/" + it.conn.project + "/instances/" + it.v.Name
}

// sameReplica relates PROJECT:NAME and the NAME alone.
func sameReplica(state, cloud any) bool {
	a, aok := state.(string)
	b, bok := cloud.(string)
	return aok && bok && a != "" && b != "" && (a == b || strings.HasSuffix(a, ":"+b) || strings.HasSuffix(b, ":"+a))
}

// minorVersionOf8 relates the minor versions of MySQL 8.0, which Cloud SQL moves on.
func minorVersionOf8(state, cloud any) bool {
	a, aok := state.(string)
	b, bok := cloud.(string)
	return aok && bok && (a == "MYSQL_8_0" || strings.HasPrefix(a, "MYSQL_8_0_")) && strings.HasPrefix(b, "MYSQL_8_0_") &&
		(len(a) < len(b) || len(a) == len(b) && a <= b)
}
