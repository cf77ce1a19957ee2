package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func metricAlerts() collection[armmonitor.MetricAlertResource] {
	return list("Microsoft.Insights/metricAlerts", armmonitor.NewMetricAlertsClient, (*armmonitor.MetricAlertsClient).NewListBySubscriptionPager,
		func(p armmonitor.MetricAlertsClientListBySubscriptionResponse) []*armmonitor.MetricAlertResource {
			return p.Value
		})
}

var monitorMetricAlert = define(metricAlerts().all(), provider.Spec[*conn, *armmonitor.MetricAlertResource]{
	Name: "azurerm_monitor_metric_alert",
	Attrs: func(v *armmonitor.MetricAlertResource) resource.Attrs {
		p := value(v.Properties)
		a := resource.Attrs{
			"name":                     v.Name,
			"resource_group_name":      segment(value(v.ID), "resourceGroups"),
			"action":                   blocks(p.Actions, metricAlertAction),
			"auto_mitigate":            p.AutoMitigate,
			"description":              p.Description,
			"enabled":                  p.Enabled,
			"frequency":                p.EvaluationFrequency,
			"scopes":                   p.Scopes,
			"severity":                 p.Severity,
			"tags":                     v.Tags,
			"target_resource_location": location(p.TargetResourceRegion),
			"target_resource_type":     p.TargetResourceType,
			"window_size":              p.WindowSize,
		}
		metricAlertCriteria(a, p.Criteria)
		return a
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":                 resource.Fold(),
		"action":                              resource.Keyed("action_group_id"),
		"auto_mitigate":                       resource.Default(true),
		"criteria.dimension":                  resource.Keyed("name"),
		"criteria.dimension.values":           resource.Unordered(),
		"dynamic_criteria.dimension":          resource.Keyed("name"),
		"dynamic_criteria.dimension.values":   resource.Unordered(),
		"dynamic_criteria.ignore_data_before": timestamp(),
		"frequency":                           isoDuration().WithDefault("PT1M"),
		"target_resource_location":            resource.CanonString(canonLocation),
		"target_resource_type":                resource.Fold(),
		"window_size":                         isoDuration().WithDefault("PT5M"),
	},
})

func metricAlertAction(v *armmonitor.MetricAlertAction) map[string]any {
	return map[string]any{"action_group_id": v.ActionGroupID, "webhook_properties": v.WebHookProperties}
}

// metricAlertCriteria adds what an alert waits for: one of three blocks.
func metricAlertCriteria(a resource.Attrs, criteria armmonitor.MetricAlertCriteriaClassification) {
	static, dynamic, tests := []any{}, []any{}, []any{}
	switch c := criteria.(type) {
	case *armmonitor.MetricAlertSingleResourceMultipleMetricCriteria:
		static = blocks(c.AllOf, staticCriterion)
	case *armmonitor.MetricAlertMultipleResourceMultipleMetricCriteria:
		for _, one := range c.AllOf {
			switch x := one.(type) {
			case *armmonitor.MetricCriteria:
				static = append(static, staticCriterion(x))
			case *armmonitor.DynamicMetricCriteria:
				dynamic = append(dynamic, dynamicCriterion(x))
			}
		}
	case *armmonitor.WebtestLocationAvailabilityCriteria:
		tests = append(tests, map[string]any{
			"component_id":          c.ComponentID,
			"failed_location_count": c.FailedLocationCount,
			"web_test_id":           c.WebTestID,
		})
	default: // a kind that is newer than the SDK
		return
	}
	a["criteria"], a["dynamic_criteria"], a["application_insights_web_test_location_availability_criteria"] = static, dynamic, tests
}

func staticCriterion(c *armmonitor.MetricCriteria) map[string]any {
	return map[string]any{
		"aggregation":            c.TimeAggregation,
		"dimension":              blocks(c.Dimensions, metricDimension),
		"metric_name":            c.MetricName,
		"metric_namespace":       c.MetricNamespace,
		"operator":               c.Operator,
		"skip_metric_validation": c.SkipMetricValidation,
		"threshold":              c.Threshold,
	}
}

func dynamicCriterion(c *armmonitor.DynamicMetricCriteria) map[string]any {
	periods := value(c.FailingPeriods)
	return map[string]any{
		"aggregation":              c.TimeAggregation,
		"alert_sensitivity":        c.AlertSensitivity,
		"dimension":                blocks(c.Dimensions, metricDimension),
		"evaluation_failure_count": periods.MinFailingPeriodsToAlert,
		"evaluation_total_count":   periods.NumberOfEvaluationPeriods,
		"ignore_data_before":       c.IgnoreDataBefore,
		"metric_name":              c.MetricName,
		"metric_namespace":         c.MetricNamespace,
		"operator":                 c.Operator,
		"skip_metric_validation":   c.SkipMetricValidation,
	}
}

func metricDimension(d *armmonitor.MetricDimension) map[string]any {
	return map[string]any{"name": d.Name, "operator": d.Operator, "values": d.Values}
}
