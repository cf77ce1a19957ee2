package azure

import (
	"context"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/applicationinsights/armapplicationinsights"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func applicationInsightsComponents() collection[armapplicationinsights.Component] {
	return list("Microsoft.Insights/components", armapplicationinsights.NewComponentsClient, (*armapplicationinsights.ComponentsClient).NewListPager,
		func(p armapplicationinsights.ComponentsClientListResponse) []*armapplicationinsights.Component {
			return p.Value
		})
}

// The instrumentation key and the connection string let anyone send telemetry, so
// they are not read.
var applicationInsights = define(applicationInsightsComponents().all(), provider.Spec[*conn, *armapplicationinsights.Component]{
	Name: "azurerm_application_insights",
	Attrs: func(v *armapplicationinsights.Component) resource.Attrs {
		p := value(v.Properties)
		a := resource.Attrs{
			"name":                                v.Name,
			"resource_group_name":                 segment(value(v.ID), "resourceGroups"),
			"location":                            location(v.Location),
			"app_id":                              p.AppID,
			"application_type":                    applicationType(p.ApplicationType),
			"disable_ip_masking":                  p.DisableIPMasking,
			"force_customer_storage_for_profiler": p.ForceCustomerStorageForProfiler,
			"internet_ingestion_enabled":          isEnabled(p.PublicNetworkAccessForIngestion),
			"internet_query_enabled":              isEnabled(p.PublicNetworkAccessForQuery),
			"ip_masking_enabled":                  !value(p.DisableIPMasking),
			"local_authentication_disabled":       p.DisableLocalAuth,
			"local_authentication_enabled":        !value(p.DisableLocalAuth),
			"retention_in_days":                   p.RetentionInDays,
			"tags":                                v.Tags,
			"workspace_id":                        p.WorkspaceResourceID,
		}
		// Not told where nobody set it.
		if p.SamplingPercentage != nil {
			a["sampling_percentage"] = p.SamplingPercentage
		}
		return a
	},
	Details: []provider.Detail[*conn, *armapplicationinsights.Component]{{
		Action: "Microsoft.Insights/components/currentbillingfeatures/read",
		Paths:  []string{"daily_data_cap_in_gb", "daily_data_cap_notifications_disabled", "daily_data_cap_notifications_enabled"},
		When:   func(held resource.Attrs) bool { gb, ok := held.Number("daily_data_cap_in_gb"); return ok && gb != 100 },
		Read:   applicationInsightsCap,
	}},
	Rules: map[string]resource.Rule{
		"resource_group_name": resource.Fold(),
		"app_id":              resource.Identity(),
		"tags":                resource.Canon(withoutHiddenLinks),
	},
	Former: []string{"daily_data_cap_notifications_disabled", "disable_ip_masking", "local_authentication_disabled"},
})

// applicationType is in lower case for the two kinds that the API writes either way.
func applicationType(t *armapplicationinsights.ApplicationType) string {
	if low := strings.ToLower(string(value(t))); low == "web" || low == "other" {
		return low
	}
	return string(value(t))
}

func applicationInsightsCap(ctx context.Context, c *conn, v *armapplicationinsights.Component) (resource.Attrs, error) {
	cl, err := client(c, armapplicationinsights.NewComponentCurrentBillingFeaturesClient)
	if err != nil {
		return nil, err
	}
	o, err := cl.Get(ctx, segment(value(v.ID), "resourceGroups"), value(v.Name), nil)
	if err != nil || o.DataVolumeCap == nil {
		return nil, err
	}
	return resource.Attrs{
		"daily_data_cap_in_gb":                  asWritten(o.DataVolumeCap.Cap),
		"daily_data_cap_notifications_disabled": o.DataVolumeCap.StopSendNotificationWhenHitCap,
		"daily_data_cap_notifications_enabled":  !value(o.DataVolumeCap.StopSendNotificationWhenHitCap),
	}, nil
}

// asWritten is the number that was written, which a float64 holds closer than a
// float32: 0.1, not 0.10000000149.
func asWritten(f *float32) any {
	if f == nil {
		return nil
	}
	n, err := strconv.ParseFloat(strconv.FormatFloat(float64(*f), 'g', -1, 32), 64)
	if err != nil {
		return *f
	}
	return n
}
