package gcp

import "google.golang.org/api/pubsub/v1"

var pubsubTopic = define(spec[pubsub.Topic]{
	Name:    "google_pubsub_topic",
	Asset:   "pubsub.googleapis.com/Topic",
	Actions: []string{"pubsub.topics.list"},
	List:    collection("pubsub/v1/projects/{project}/topics", "topics", 1000),
})
