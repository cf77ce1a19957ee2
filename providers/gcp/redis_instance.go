package gcp

import (
	"google.golang.org/api/redis/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var redisInstance = define(spec[redis.Instance]{
	Name:    "google_redis_instance",
	Asset:   "redis.googleapis.com/Instance",
	Actions: []string{"redis.instances.list"},
	List:    collection("redis/v1/projects/{project}/locations/-/instances", "instances", 1000),
	Fields: fields{
		"name":   from("name").names(),
		"region": from("name").then(locationOf),
		// Google moves it on; asking for one is an act, not a setting.
		"maintenance_version": skip(),
	},
	Rules: map[string]resource.Rule{
		"connect_mode":            resource.Default("DIRECT_PEERING"),
		"tier":                    resource.Default("BASIC"),
		"transit_encryption_mode": resource.Default("DISABLED"),
		"read_replicas_mode":      resource.Default("READ_REPLICAS_DISABLED"),
		"persistence_config":      noBlock(map[string]any{"persistence_mode": "DISABLED"}),
		// "auto" asks for a range that Google picks.
		"secondary_ip_range": {Same: func(state, cloud any) bool { return state == "auto" && !resource.Empty(cloud) }},
	},
})
