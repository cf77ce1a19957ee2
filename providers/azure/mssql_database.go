package azure

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// sqlDatabases are listed server by server.
func sqlDatabases() source[*armsql.Database] {
	return under(sqlServers(), []string{"azurerm_mssql_server"}, "Microsoft.Sql/servers/databases", armsql.NewDatabasesClient,
		func(c *armsql.DatabasesClient, server *arm.ResourceID) *runtime.Pager[armsql.DatabasesClientListByServerResponse] {
			return c.NewListByServerPager(server.ResourceGroupName, server.Name, nil)
		},
		func(p armsql.DatabasesClientListByServerResponse) []*armsql.Database { return p.Value })
}

var mssqlDatabase = define(sqlDatabases(), provider.Spec[*conn, *armsql.Database]{
	Name:    "azurerm_mssql_database",
	Default: func(v *armsql.Database) bool { return strings.EqualFold(value(v.Name), "master") },
	Attrs: func(v *armsql.Database) resource.Attrs {
		p := value(v.Properties)
		a := resource.Attrs{
			"name":                           v.Name,
			"server_id":                      sqlServerOf(value(v.ID)),
			"auto_pause_delay_in_minutes":    p.AutoPauseDelay,
			"collation":                      p.Collation,
			"elastic_pool_id":                p.ElasticPoolID,
			"identity":                       sqlDatabaseIdentity(v.Identity),
			"ledger_enabled":                 p.IsLedgerOn,
			"maintenance_configuration_name": segmentAfterLast(value(p.MaintenanceConfigurationID)),
			"max_size_gb":                    sqlGigabytes(value(p.MaxSizeBytes)),
			"min_capacity":                   p.MinCapacity,
			"read_replica_count":             p.HighAvailabilityReplicaCount,
			"read_scale":                     value(p.ReadScale) == armsql.DatabaseReadScaleEnabled,
			"secondary_type":                 p.SecondaryType,
			"sku_name":                       sqlSKU(v),
			"storage_account_type":           sqlBackupStorage(p),
			"tags":                           v.Tags,
			"zone_redundant":                 p.ZoneRedundant,
		}
		if p.LicenseType != nil { // only some of the tiers say it
			a["license_type"] = p.LicenseType
		}
		return a
	},
	Details: []provider.Detail[*conn, *armsql.Database]{
		{Action: "Microsoft.Sql/servers/databases/transparentDataEncryption/read", Paths: []string{"transparent_data_encryption_enabled"}, Read: sqlEncryption},
		{Action: "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies/read", Paths: []string{"short_term_retention_policy"}, Read: sqlShortTermRetention},
		{Action: "Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies/read", Paths: []string{"long_term_retention_policy"}, When: hasLongTermRetention, Read: sqlLongTermRetention},
	},
	Rules: map[string]resource.Rule{
		"collation": resource.Fold(),
		"long_term_retention_policy.monthly_retention": noRetention(),
		"long_term_retention_policy.week_of_year":      resource.Default(1),
		"long_term_retention_policy.weekly_retention":  noRetention(),
		"long_term_retention_policy.yearly_retention":  noRetention(),
		"short_term_retention_policy.retention_days":   resource.Default(7),
		"sku_name":             resource.Fold(),
		"storage_account_type": resource.Default("Geo"),
	},
	ChildOf: []resource.ChildOf{{Parent: "azurerm_mssql_server", Ref: "server_id", ParentID: fold}},
})

// hasLongTermRetention: the state of a database without any holds zero durations.
func hasLongTermRetention(held resource.Attrs) bool {
	policy := held.Block("long_term_retention_policy")
	return slices.ContainsFunc([]string{"weekly_retention", "monthly_retention", "yearly_retention"}, func(name string) bool {
		v := policy.String(name)
		return v != "" && v != "PT0S"
	})
}

func sqlServerOf(id string) string {
	server, _ := cut(id, "Microsoft.Sql/servers")
	return server
}

func sqlDatabaseIdentity(i *armsql.DatabaseIdentity) []any {
	if i == nil {
		return nil
	}
	return managedIdentity(i.Type, i.UserAssignedIdentities)
}

// sqlGigabytes: the provider knows two sizes below one, and leaves out the rest of
// a larger one.
func sqlGigabytes(bytes int64) float64 {
	const mega, giga = 1 << 20, 1 << 30
	switch bytes {
	case 100 * mega:
		return 0.1
	case 500 * mega:
		return 0.5
	}
	return float64(bytes / giga)
}

// sqlSKU is the service objective: the SKU itself does not say how large one of
// the older tiers is.
func sqlSKU(v *armsql.Database) string {
	return cmp.Or(value(value(v.Properties).CurrentServiceObjectiveName), value(value(v.SKU).Name))
}

// sqlBackupStorage: a named replica does not say it, and has the default.
func sqlBackupStorage(p armsql.DatabaseProperties) armsql.BackupStorageRedundancy {
	if value(p.SecondaryType) == armsql.SecondaryTypeNamed {
		return armsql.BackupStorageRedundancyGeo
	}
	return value(p.RequestedBackupStorageRedundancy)
}

func sqlEncryption(ctx context.Context, c *conn, v *armsql.Database) (resource.Attrs, error) {
	cl, err := client(c, armsql.NewTransparentDataEncryptionsClient)
	if err != nil {
		return nil, err
	}
	id := value(v.ID)
	o, err := cl.Get(ctx, segment(id, "resourceGroups"), segment(id, "servers"), value(v.Name), armsql.TransparentDataEncryptionNameCurrent, nil)
	return resource.Attrs{"transparent_data_encryption_enabled": isEnabled(value(o.Properties).State)}, err
}

// hasRetention: of a data warehouse and of the free tier nobody chooses it.
func hasRetention(v *armsql.Database) bool {
	sku := strings.ToLower(sqlSKU(v))
	return sku != "free" && !strings.HasPrefix(sku, "dw")
}

func sqlShortTermRetention(ctx context.Context, c *conn, v *armsql.Database) (resource.Attrs, error) {
	if !hasRetention(v) {
		return resource.Attrs{"short_term_retention_policy": nil}, nil
	}
	cl, err := client(c, armsql.NewBackupShortTermRetentionPoliciesClient)
	if err != nil {
		return nil, err
	}
	id := value(v.ID)
	o, err := cl.Get(ctx, segment(id, "resourceGroups"), segment(id, "servers"), value(v.Name), armsql.ShortTermRetentionPolicyNameDefault, nil)
	p := value(o.Properties)
	return resource.Attrs{"short_term_retention_policy": []any{map[string]any{
		"backup_interval_in_hours": p.DiffBackupIntervalInHours,
		"retention_days":           p.RetentionDays,
	}}}, err
}

func sqlLongTermRetention(ctx context.Context, c *conn, v *armsql.Database) (resource.Attrs, error) {
	if !hasRetention(v) {
		return resource.Attrs{"long_term_retention_policy": nil}, nil
	}
	cl, err := client(c, armsql.NewLongTermRetentionPoliciesClient)
	if err != nil {
		return nil, err
	}
	id := value(v.ID)
	o, err := cl.Get(ctx, segment(id, "resourceGroups"), segment(id, "servers"), value(v.Name), armsql.LongTermRetentionPolicyNameDefault, nil)
	p := value(o.Properties)
	return resource.Attrs{"long_term_retention_policy": []any{map[string]any{
		"monthly_retention": p.MonthlyRetention,
		"week_of_year":      max(value(p.WeekOfYear), 1),
		"weekly_retention":  p.WeeklyRetention,
		"yearly_retention":  p.YearlyRetention,
	}}}, err
}

// noRetention is for a duration of which nothing means none.
func noRetention() resource.Rule { return resource.Default("PT0S") }
