package gcp

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/api/monitoring/v3"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var monitoringNotificationChannel = define(spec[monitoring.NotificationChannel]{
	Name:    "google_monitoring_notification_channel",
	Asset:   "monitoring.googleapis.com/NotificationChannel",
	Actions: []string{"monitoring.notificationChannels.list"},
	List:    collection("monitoring/v3/projects/{project}/notificationChannels", "notificationChannels", 1000),
	// What the labels say is the channel's own, not what it is marked with.
	Labels: map[string]string{},
	Rules:  map[string]resource.Rule{"labels": withoutSecrets()},
	Map: func(_ item[monitoring.NotificationChannel], a resource.Attrs) {
		a["labels"] = withoutSecrets().Canon(a["labels"])
	},
})

// withoutSecrets leaves out the labels that the API returns masked, and the token in
// the address of a web hook.
func withoutSecrets() resource.Rule {
	secrets := []string{"auth_token", "password", "service_key"}
	return resource.Canon(func(v any) any {
		labels, ok := v.(map[string]any)
		if !ok {
			return v
		}
		labels = maps.Clone(labels)
		maps.DeleteFunc(labels, func(name string, _ any) bool { return slices.Contains(secrets, name) })
		address, _ := labels["url"].(string)
		if before, query, found := strings.Cut(address, "?"); found && strings.Contains(strings.ToLower(query), "token=") {
			labels["url"] = before
		}
		return labels
	})
}
