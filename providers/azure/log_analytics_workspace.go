package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// logAnalyticsProperties are those of version 2022-10-01 of the API: the SDK's is
// older and knows no identity.
type logAnalyticsProperties struct {
	CustomerID, DefaultDataCollectionRuleResourceID *string

	ForceCmkForQuery                                             *bool
	PublicNetworkAccessForIngestion, PublicNetworkAccessForQuery *string

	RetentionInDays  *int32
	Features         *armoperationalinsights.WorkspaceFeatures
	SKU              *armoperationalinsights.WorkspaceSKU
	WorkspaceCapping *armoperationalinsights.WorkspaceCapping
}

type logAnalytics struct {
	ID, Name, Location *string
	Tags               map[string]*string
	Identity           *armoperationalinsights.Identity
	Properties         *logAnalyticsProperties
}

func logAnalyticsWorkspaces() collection[logAnalytics] {
	return listAt[logAnalytics]("Microsoft.OperationalInsights/workspaces", "2022-10-01")
}

// noQuota is how the provider and the API write that there is no limit a day.
const noQuota = -1

var logAnalyticsWorkspace = define(logAnalyticsWorkspaces().all(), provider.Spec[*conn, *logAnalytics]{
	Name: "azurerm_log_analytics_workspace",
	Attrs: func(v *logAnalytics) resource.Attrs {
		p := value(v.Properties)
		features := value(p.Features)
		sku := value(p.SKU)
		identity := value(v.Identity)
		return resource.Attrs{
			"name":                            v.Name,
			"resource_group_name":             segment(value(v.ID), "resourceGroups"),
			"location":                        location(v.Location),
			"allow_resource_only_permissions": p.Features == nil || value(features.EnableLogAccessUsingOnlyResourcePermissions),
			"cmk_for_query_forced":            p.ForceCmkForQuery,
			"daily_quota_gb":                  value(p.WorkspaceCapping).DailyQuotaGb,
			"data_collection_rule_id":         p.DefaultDataCollectionRuleResourceID,
			"identity":                        managedIdentity(identity.Type, identity.UserAssignedIdentities),
			"immediate_data_purge_on_30_days_enabled": features.ImmediatePurgeDataOn30Days,
			"internet_ingestion_access_type":          p.PublicNetworkAccessForIngestion,
			"internet_ingestion_enabled":              p.PublicNetworkAccessForIngestion == nil || isEnabled(p.PublicNetworkAccessForIngestion),
			"internet_query_access_type":              p.PublicNetworkAccessForQuery,
			"internet_query_enabled":                  p.PublicNetworkAccessForQuery == nil || isEnabled(p.PublicNetworkAccessForQuery),
			"local_authentication_disabled":           features.DisableLocalAuth,
			"local_authentication_enabled":            !value(features.DisableLocalAuth),
			"reservation_capacity_in_gb_per_day":      sku.CapacityReservationLevel,
			"retention_in_days":                       p.RetentionInDays,
			"sku":                                     sku.Name,
			"tags":                                    v.Tags,
			"workspace_id":                            p.CustomerID,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":            resource.Fold(),
		"daily_quota_gb":                 resource.Default(noQuota),
		"internet_ingestion_access_type": resource.Default("Enabled"),
		"internet_query_access_type":     resource.Default("Enabled"),
		"sku":                            resource.Fold(),
		"workspace_id":                   resource.Identity(),
	},
	Former: []string{"internet_ingestion_enabled", "internet_query_enabled", "local_authentication_disabled"},
})
