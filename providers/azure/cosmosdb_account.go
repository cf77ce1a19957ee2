package azure

import (
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/cosmos/armcosmos/v3"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func cosmosdbAccounts() collection[armcosmos.DatabaseAccountGetResults] {
	return list("Microsoft.DocumentDB/databaseAccounts", armcosmos.NewDatabaseAccountsClient, (*armcosmos.DatabaseAccountsClient).NewListPager,
		func(p armcosmos.DatabaseAccountsClientListResponse) []*armcosmos.DatabaseAccountGetResults {
			return p.Value
		})
}

var cosmosdbAccount = define(cosmosdbAccounts().all(), provider.Spec[*conn, *armcosmos.DatabaseAccountGetResults]{
	Name: "azurerm_cosmosdb_account",
	Attrs: func(v *armcosmos.DatabaseAccountGetResults) resource.Attrs {
		p := value(v.Properties)
		identity := value(v.Identity)
		a := resource.Attrs{
			"name":                                  v.Name,
			"resource_group_name":                   segment(value(v.ID), "resourceGroups"),
			"location":                              location(v.Location),
			"access_key_metadata_writes_enabled":    !value(p.DisableKeyBasedMetadataWriteAccess),
			"analytical_storage":                    analyticalStorage(p.AnalyticalStorageConfiguration),
			"analytical_storage_enabled":            p.EnableAnalyticalStorage,
			"automatic_failover_enabled":            p.EnableAutomaticFailover,
			"backup":                                cosmosdbBackup(p.BackupPolicy),
			"burst_capacity_enabled":                p.EnableBurstCapacity,
			"capabilities":                          cosmosdbCapabilities(p.Capabilities),
			"capacity":                              cosmosdbCapacity(p.Capacity),
			"consistency_policy":                    consistencyPolicy(p.ConsistencyPolicy),
			"cors_rule":                             cosmosdbCORS(p.Cors),
			"create_mode":                           p.CreateMode,
			"default_identity_type":                 p.DefaultIdentity,
			"enable_automatic_failover":             p.EnableAutomaticFailover,
			"enable_free_tier":                      p.EnableFreeTier,
			"enable_multiple_write_locations":       p.EnableMultipleWriteLocations,
			"endpoint":                              p.DocumentEndpoint,
			"free_tier_enabled":                     p.EnableFreeTier,
			"geo_location":                          geoLocations(p),
			"identity":                              managedIdentity(identity.Type, identity.UserAssignedIdentities),
			"ip_range_filter":                       ipRanges(p.IPRules),
			"is_virtual_network_filter_enabled":     p.IsVirtualNetworkFilterEnabled,
			"kind":                                  v.Kind,
			"local_authentication_disabled":         p.DisableLocalAuth,
			"local_authentication_enabled":          !value(p.DisableLocalAuth),
			"minimal_tls_version":                   p.MinimalTLSVersion,
			"multiple_write_locations_enabled":      p.EnableMultipleWriteLocations,
			"network_acl_bypass_for_azure_services": value(p.NetworkACLBypass) == armcosmos.NetworkACLBypassAzureServices,
			"network_acl_bypass_ids":                p.NetworkACLBypassResourceIDs,
			"offer_type":                            p.DatabaseAccountOfferType,
			"partition_merge_enabled":               p.EnablePartitionMerge,
			"public_network_access_enabled":         isEnabled(p.PublicNetworkAccess),
			"restore":                               cosmosdbRestore(p.RestoreParameters),
			"tags":                                  v.Tags,
			"virtual_network_rule":                  cosmosdbNetworkRules(p.VirtualNetworkRules),
		}
		if p.APIProperties != nil {
			a["mongo_server_version"] = p.APIProperties.ServerVersion
		}
		// A key of a managed HSM is in another attribute in some versions of azurerm 4.
		if !strings.Contains(value(p.KeyVaultKeyURI), ".managedhsm.") {
			a["key_vault_key_id"] = p.KeyVaultKeyURI
		}
		return a
	},
	Rules: map[string]resource.Rule{
		"resource_group_name": resource.Fold(),
		"capabilities":        resource.Keyed("name"),
		"capacity":            resource.Canon(limitedCapacity),
		"consistency_policy.max_interval_in_seconds": resource.Default(5),
		"consistency_policy.max_staleness_prefix":    resource.Default(100),
		"create_mode":                      resource.Default("Default"),
		"default_identity_type":            resource.Default("FirstPartyIdentity"),
		"geo_location":                     resource.Keyed("location"),
		"geo_location.location":            resource.CanonString(canonLocation),
		"ip_range_filter":                  {Same: sameRanges},
		"key_vault_key_id":                 resource.CanonString(withoutKeyVersion),
		"minimal_tls_version":              resource.Default("Tls12"),
		"network_acl_bypass_ids":           resource.Unordered(),
		"restore.restore_timestamp_in_utc": timestamp(),
		"virtual_network_rule":             resource.Keyed("id"),
	},
	Former: []string{"enable_automatic_failover", "enable_free_tier", "enable_multiple_write_locations", "local_authentication_disabled"},
})

func analyticalStorage(c *armcosmos.AnalyticalStorageConfiguration) []any {
	if c == nil {
		return nil
	}
	return []any{map[string]any{"schema_type": c.SchemaType}}
}

func cosmosdbBackup(policy armcosmos.BackupPolicyClassification) []any {
	switch b := policy.(type) {
	case *armcosmos.ContinuousModeBackupPolicy:
		return []any{map[string]any{"type": b.Type, "tier": value(b.ContinuousModeProperties).Tier}}
	case *armcosmos.PeriodicModeBackupPolicy:
		p := value(b.PeriodicModeProperties)
		return []any{map[string]any{
			"type":                b.Type,
			"interval_in_minutes": p.BackupIntervalInMinutes,
			"retention_in_hours":  p.BackupRetentionIntervalInHours,
			"storage_redundancy":  p.BackupStorageRedundancy,
		}}
	}
	return nil
}

func cosmosdbCapabilities(all []*armcosmos.Capability) []any {
	out := []any{}
	for _, c := range all {
		out = append(out, map[string]any{"name": c.Name})
	}
	return out
}

func cosmosdbCapacity(c *armcosmos.Capacity) []any {
	if c == nil {
		return nil
	}
	return []any{map[string]any{"total_throughput_limit": c.TotalThroughputLimit}}
}

// limitedCapacity takes a limit of -1 for what it means: there is none.
func limitedCapacity(v any) any {
	blocks, _ := v.([]any)
	if len(blocks) == 1 {
		if block, ok := blocks[0].(map[string]any); ok && block["total_throughput_limit"] == -1.0 {
			return nil
		}
	}
	return v
}

// consistencyPolicy leaves out the bounds of a policy that has none in effect: the
// provider does not care for them either.
func consistencyPolicy(c *armcosmos.ConsistencyPolicy) []any {
	if c == nil {
		return nil
	}
	block := map[string]any{"consistency_level": c.DefaultConsistencyLevel}
	if value(c.DefaultConsistencyLevel) == armcosmos.DefaultConsistencyLevelBoundedStaleness {
		block["max_interval_in_seconds"] = c.MaxIntervalInSeconds
		block["max_staleness_prefix"] = c.MaxStalenessPrefix
	}
	return []any{block}
}

func cosmosdbCORS(all []*armcosmos.CorsPolicy) []any {
	out := []any{}
	for _, c := range all {
		out = append(out, map[string]any{
			"allowed_headers":    splitCommas(value(c.AllowedHeaders)),
			"allowed_methods":    splitCommas(value(c.AllowedMethods)),
			"allowed_origins":    splitCommas(value(c.AllowedOrigins)),
			"exposed_headers":    splitCommas(value(c.ExposedHeaders)),
			"max_age_in_seconds": c.MaxAgeInSeconds,
		})
	}
	return out
}

func splitCommas(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// geoLocations are the regions by failover priority. Whether one has zones stands in
// the list of locations alone.
func geoLocations(p armcosmos.DatabaseAccountGetProperties) []any {
	zones := map[string]*bool{}
	for _, l := range p.Locations {
		zones[value(l.ID)] = l.IsZoneRedundant
	}
	out := []any{}
	for _, f := range p.FailoverPolicies {
		out = append(out, map[string]any{
			"id":                f.ID,
			"failover_priority": f.FailoverPriority,
			"location":          location(f.LocationName),
			"zone_redundant":    zones[value(f.ID)],
		})
	}
	return out
}

func ipRanges(rules []*armcosmos.IPAddressOrRange) []*string {
	out := []*string{}
	for _, r := range rules {
		out = append(out, r.IPAddressOrRange)
	}
	return out
}

// sameRanges compares with a state of azurerm 3, which has the ranges as one string.
func sameRanges(state, cloud any) bool {
	s, ok := state.(string)
	ranges, _ := cloud.([]any)
	if !ok || cloud == nil {
		return false
	}
	now := []string{}
	for _, r := range ranges {
		now = append(now, resource.Text(r))
	}
	return slices.Equal(resource.Sorted(strings.Split(s, ",")), resource.Sorted(now))
}

func cosmosdbNetworkRules(all []*armcosmos.VirtualNetworkRule) []any {
	out := []any{}
	for _, r := range all {
		out = append(out, map[string]any{"id": r.ID, "ignore_missing_vnet_service_endpoint": r.IgnoreMissingVNetServiceEndpoint})
	}
	return out
}

func cosmosdbRestore(r *armcosmos.RestoreParameters) []any {
	if r == nil {
		return nil
	}
	databases, graphs := []any{}, []any{}
	for _, d := range r.DatabasesToRestore {
		databases = append(databases, map[string]any{"name": d.DatabaseName, "collection_names": d.CollectionNames})
	}
	for _, d := range r.GremlinDatabasesToRestore {
		graphs = append(graphs, map[string]any{"name": d.DatabaseName, "graph_names": d.GraphNames})
	}
	return []any{map[string]any{
		"database":                   databases,
		"gremlin_database":           graphs,
		"restore_timestamp_in_utc":   r.RestoreTimestampInUTC,
		"source_cosmosdb_account_id": r.RestoreSource,
		"tables_to_restore":          r.TablesToRestore,
	}}
}

// withoutKeyVersion returns the id of a key of a vault without its version, which
// the service follows by itself: https://VAULT/keys/NAME.
func withoutKeyVersion(id string) string {
	if parts := strings.Split(id, "/"); len(parts) == 6 && parts[3] == "keys" {
		return strings.Join(parts[:5], "/")
	}
	return id
}
