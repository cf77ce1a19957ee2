package azure

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/redis/armredis/v3"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func redisCaches() collection[armredis.ResourceInfo] {
	return list("Microsoft.Cache/redis", armredis.NewClient, (*armredis.Client).NewListBySubscriptionPager,
		func(p armredis.ClientListBySubscriptionResponse) []*armredis.ResourceInfo { return p.Value })
}

var redisCache = define(redisCaches().all(), provider.Spec[*conn, *armredis.ResourceInfo]{
	Name: "azurerm_redis_cache",
	Attrs: func(v *armredis.ResourceInfo) resource.Attrs {
		p := value(v.Properties)
		sku := value(p.SKU)
		identity := value(v.Identity)
		return resource.Attrs{
			"name":                               v.Name,
			"resource_group_name":                segment(value(v.ID), "resourceGroups"),
			"location":                           location(v.Location),
			"access_keys_authentication_enabled": !value(p.DisableAccessKeyAuthentication),
			"capacity":                           sku.Capacity,
			"enable_non_ssl_port":                p.EnableNonSSLPort,
			"family":                             sku.Family,
			"hostname":                           p.HostName,
			"identity":                           managedIdentity(identity.Type, identity.UserAssignedIdentities),
			"minimum_tls_version":                p.MinimumTLSVersion,
			"non_ssl_port_enabled":               p.EnableNonSSLPort,
			"port":                               p.Port,
			"private_static_ip_address":          p.StaticIP,
			"public_network_access_enabled":      p.PublicNetworkAccess == nil || isEnabled(p.PublicNetworkAccess),
			"redis_configuration":                redisConfiguration(p.RedisConfiguration),
			"redis_version":                      p.RedisVersion,
			"replicas_per_master":                p.ReplicasPerMaster,
			"replicas_per_primary":               p.ReplicasPerPrimary,
			"shard_count":                        p.ShardCount,
			"sku_name":                           sku.Name,
			"ssl_port":                           p.SSLPort,
			"subnet_id":                          p.SubnetID,
			"tags":                               v.Tags,
			"tenant_settings":                    p.TenantSettings,
			"zones":                              v.Zones,
		}
	},
	Details: []provider.Detail[*conn, *armredis.ResourceInfo]{{
		Action: "Microsoft.Cache/redis/patchSchedules/read",
		Paths:  []string{"patch_schedule"},
		When:   configured("patch_schedule"),
		Read:   redisPatchSchedule,
	}},
	Rules: map[string]resource.Rule{
		"resource_group_name":                                        resource.Fold(),
		"minimum_tls_version":                                        resource.Default("1.2"),
		"patch_schedule":                                             resource.Keyed("day_of_week", "start_hour_utc"),
		"patch_schedule.day_of_week":                                 resource.Fold(),
		"patch_schedule.maintenance_window":                          isoDuration().WithDefault("PT5H"),
		"redis_configuration.maxmemory_policy":                       resource.Default("volatile-lru"),
		"redis_configuration.data_persistence_authentication_method": resource.Default("SAS"),
		// The service installs minor versions by itself.
		"redis_version": resource.CanonString(majorVersion),
	},
	// In redis_configuration azurerm 3 has enable_authentication.
	Former: []string{"enable_non_ssl_port", "redis_configuration"},
})

// redisConfiguration reads the settings that are strings in the API. Those that are
// connection strings are not read.
func redisConfiguration(c *armredis.CommonPropertiesRedisConfiguration) []any {
	if c == nil {
		return nil
	}
	authenticated := !strings.EqualFold(value(c.Authnotrequired), "yes")
	return []any{map[string]any{
		"active_directory_authentication_enabled": setting(c.AADEnabled),
		"aof_backup_enabled":                      setting(c.AofBackupEnabled),
		"authentication_enabled":                  authenticated,
		"data_persistence_authentication_method":  c.PreferredDataPersistenceAuthMethod,
		"enable_authentication":                   authenticated,
		"maxclients":                              setting(c.Maxclients),
		"maxfragmentationmemory_reserved":         setting(c.MaxfragmentationmemoryReserved),
		"maxmemory_delta":                         setting(c.MaxmemoryDelta),
		"maxmemory_policy":                        c.MaxmemoryPolicy,
		"maxmemory_reserved":                      setting(c.MaxmemoryReserved),
		"notify_keyspace_events":                  c.NotifyKeyspaceEvents,
		"rdb_backup_enabled":                      setting(c.RdbBackupEnabled),
		"rdb_backup_frequency":                    setting(c.RdbBackupFrequency),
		"rdb_backup_max_snapshot_count":           setting(c.RdbBackupMaxSnapshotCount),
		"storage_account_subscription_id":         c.StorageSubscriptionID,
	}}
}

// setting is the number or the boolean that a string says.
func setting(s *string) any {
	if n, err := strconv.ParseFloat(value(s), 64); err == nil {
		return n
	}
	if b, err := strconv.ParseBool(strings.ToLower(value(s))); err == nil {
		return b
	}
	return nil
}

var versionForm = regexp.MustCompile(`^(\d+)(\.\d+)*$`)

func majorVersion(s string) string {
	if m := versionForm.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return s
}

func redisPatchSchedule(ctx context.Context, c *conn, v *armredis.ResourceInfo) (resource.Attrs, error) {
	cl, err := client(c, armredis.NewPatchSchedulesClient)
	if err != nil {
		return nil, err
	}
	o, err := cl.Get(ctx, segment(value(v.ID), "resourceGroups"), value(v.Name), armredis.DefaultNameDefault, nil)
	if notFound(err) { // has none
		return resource.Attrs{"patch_schedule": nil}, nil
	}
	if err != nil {
		return nil, err
	}
	entries := []any{}
	for _, e := range value(o.Properties).ScheduleEntries {
		entries = append(entries, map[string]any{
			"day_of_week":        e.DayOfWeek,
			"maintenance_window": e.MaintenanceWindow,
			"start_hour_utc":     e.StartHourUTC,
		})
	}
	return resource.Attrs{"patch_schedule": entries}, nil
}
