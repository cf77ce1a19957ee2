package gcp

import (
	"google.golang.org/api/pubsub/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// pubsubTopicIAM are the policies of topics.
var pubsubTopicIAM = policies{
	types:  "google_pubsub_topic",
	path:   func(parent string) string { return "pubsub/v1/" + parent + ":getIamPolicy" },
	params: withConditions("options.requestedPolicyVersion"),
	all:    keysOf(pubsubTopics(), path[pubsub.Topic]),
	attrs: func(parent string) resource.Attrs {
		return resource.Attrs{"topic": parent, "project": part(parent, "projects")}
	},
	actions: []string{"pubsub.topics.list"},
	action:  "pubsub.topics.getIamPolicy",
}
