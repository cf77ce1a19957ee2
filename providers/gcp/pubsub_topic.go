package gcp

import "google.golang.org/api/pubsub/v1"

var pubsubTopic = define(spec[pubsub.Topic]{
	Name:    "google_pubsub_topic",
	Asset:   "pubsub.googleapis.com/Topic",
	Actions: []string{"pubsub.topics.list"},
	List:    pubsubTopics(),
	// Those of Container Analysis, and Eventarc's way to a trigger.
	Default: func(it item[pubsub.Topic]) bool {
		return hasPrefix(base(it.v.Name), "container-analysis-", "eventarc-")
	},
	Fields: fields{
		"name": from("name").names(),
		"tags": skip(), // input only
	},
})

func pubsubTopics() lister {
	return together("topics", collection("pubsub/v1/projects/{project}/topics", "topics", 1000))
}
