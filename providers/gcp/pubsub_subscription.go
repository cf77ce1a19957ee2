package gcp

import (
	"maps"
	"strings"

	"google.golang.org/api/pubsub/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var pubsubSubscription = define(spec[pubsub.Subscription]{
	Name:    "google_pubsub_subscription",
	Asset:   "pubsub.googleapis.com/Subscription",
	Actions: []string{"pubsub.subscriptions.list"},
	List:    collection("pubsub/v1/projects/{project}/subscriptions", "subscriptions", 1000),
	// Those of Eventarc's triggers and of Cloud Functions.
	Default: func(it item[pubsub.Subscription]) bool {
		return hasPrefix(base(it.v.Name), "eventarc-", "gcf-") || hasPrefix(base(it.v.Topic), "eventarc-")
	},
	Fields: fields{
		"name": from("name").names(),
		"tags": skip(), // input only
	},
	Rules: map[string]resource.Rule{
		"expiration_policy.ttl":        duration(),
		"message_retention_duration":   duration(),
		"retry_policy.minimum_backoff": duration(),
		"retry_policy.maximum_backoff": duration(),
		// Pub/Sub adds the version of its own format.
		"push_config.attributes": resource.Canon(func(v any) any {
			attributes, ok := v.(map[string]any)
			if !ok {
				return v
			}
			out := maps.Clone(attributes)
			delete(out, "x-goog-version")
			return out
		}),
	},
})

// duration is for a length of time in seconds: 600s, 600.000s and 0600s are one.
func duration() resource.Rule {
	return resource.CanonString(func(s string) string {
		number, ok := strings.CutSuffix(s, "s")
		if !ok {
			return s
		}
		number = strings.TrimLeft(number, "0")
		if strings.Contains(number, ".") {
			number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
		}
		return number + "s"
	})
}
