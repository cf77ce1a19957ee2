package gcp

import (
	"google.golang.org/api/monitoring/v3"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var monitoringAlertPolicy = define(spec[monitoring.AlertPolicy]{
	Name:    "google_monitoring_alert_policy",
	Asset:   "monitoring.googleapis.com/AlertPolicy",
	Actions: []string{"monitoring.alertPolicies.list"},
	List:    collection("monitoring/v3/projects/{project}/alertPolicies", "alertPolicies", 1000),
	Rules: map[string]resource.Rule{
		"notification_channels":   resource.Unordered(),
		"documentation.mime_type": resource.Default("text/markdown"),
		"conditions.condition_absent.aggregations.cross_series_reducer":                resource.Default("REDUCE_NONE"),
		"conditions.condition_threshold.aggregations.cross_series_reducer":             resource.Default("REDUCE_NONE"),
		"conditions.condition_threshold.denominator_aggregations.cross_series_reducer": resource.Default("REDUCE_NONE"),
	},
})
