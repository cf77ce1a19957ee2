package gcp

import (
	"context"
	"encoding/json"
	"iter"
	"maps"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/container/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// inCluster is the ownership rule of node pools, whose cluster shows the nodes in a
// second path as well.
func inCluster(path string) resource.ChildOf {
	return resource.ChildOf{Parent: "google_container_cluster", Ref: "cluster", Path: path, ParentOf: func(a resource.Attrs) string {
		if ids := clusterIDs(a, a.String("cluster")); ids != nil {
			return ids[0]
		}
		return ""
	}}
}

var containerNodePool = define(spec[container.NodePool]{
	Name:    "google_container_node_pool",
	Asset:   "container.googleapis.com/NodePool",
	Actions: []string{"container.clusters.list"},
	List:    nodePools(),
	ID:      func(it item[container.NodePool]) string { return it.parent + "/nodePools/" + it.v.Name },
	StateIDs: func(a resource.Attrs) []string {
		ids := clusterIDs(a, a.String("cluster"))
		for i := range ids {
			ids[i] += "/nodePools/" + a.String("name")
		}
		return ids
	},
	Import: importNames("projects", "locations", "clusters", "nodePools"),
	Default: func(it item[container.NodePool]) bool {
		return comesWithCluster(it.v) || ofAutopilot(it.conn, it.parent, false)
	},
	ChildOf: []resource.ChildOf{inCluster("node_pool"), inCluster("node_config")},
	Fields:  poolFields(""),
	Labels:  map[string]string{},
	Map: func(it item[container.NodePool], a resource.Attrs) {
		a["cluster"], a["location"] = base(it.parent), locationIn(it.parent)
		settledPool(it.v, a)
	},
	Details: []provider.Detail[*conn, item[container.NodePool]]{{
		Action: "compute.instanceGroupManagers.list", Paths: []string{"node_count"}, Read: nodeCount,
	}},
	Rules: poolRules(""),
	// Whoever told the provider to leave the number of nodes alone has an old one in
	// the state.
	Fit: func(state, cloud resource.Attrs) resource.Attrs {
		cloud = fitTaints(state, cloud)
		if state["ignore_node_count_changes"] != true {
			return cloud
		}
		cloud = maps.Clone(cloud)
		delete(cloud, "node_count")
		return cloud
	},
})

// nodePools lists the pools of every cluster.
func nodePools() lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return func(yield func(object, error) bool) {
			for o, err := range clusters()(ctx, c, q) {
				if err != nil {
					yield(object{}, err)
					return
				}
				var cluster struct {
					Name, Location string
					Autopilot      struct{ Enabled bool }
					NodePools      []json.RawMessage
				}
				if err := json.Unmarshal(o.body, &cluster); err != nil {
					yield(object{}, err)
					return
				}
				parent := clusterID(item[container.Cluster]{conn: c, v: &container.Cluster{Name: cluster.Name, Location: cluster.Location}})
				ofAutopilot(c, parent, cluster.Autopilot.Enabled)
				for _, pool := range cluster.NodePools {
					if !yield(object{body: pool, parent: parent}, nil) {
						return
					}
				}
			}
		}
	}
}

// ofAutopilot reports whether a cluster is of the Autopilot mode, which it takes from
// the first who says it.
func ofAutopilot(c *conn, cluster string, enabled bool) bool {
	is, _ := provider.Once(&c.memo, "autopilot "+cluster, func() (bool, error) { return enabled, nil })
	return is
}

// nodeCount reads how many nodes a pool has per zone, which only its instance groups
// say. Where GKE scales, the number is nobody's setting.
func nodeCount(ctx context.Context, c *conn, it item[container.NodePool]) (resource.Attrs, error) {
	if it.v.Autoscaling != nil && it.v.Autoscaling.Enabled {
		return nil, nil
	}
	sizes, err := provider.Once(&c.memo, "group sizes", func() (map[string]int64, error) {
		sizes := map[string]int64{}
		for o, err := range together("instanceGroupManagers", inAll("instanceGroupManagers"))(ctx, c, provider.Query{}) {
			if err != nil {
				return nil, err
			}
			var group compute.InstanceGroupManager
			if err := json.Unmarshal(o.body, &group); err != nil {
				return nil, err
			}
			sizes[ofProject(link(group.SelfLink), c.project)] = group.TargetSize
		}
		return sizes, nil
	})
	if err != nil {
		return nil, err
	}
	var nodes, groups int64
	for _, url := range it.v.InstanceGroupUrls {
		if n, ok := sizes[ofProject(link(url), c.project)]; ok {
			nodes, groups = nodes+n, groups+1
		}
	}
	if groups == 0 {
		return resource.Attrs{"node_count": 0}, nil
	}
	return resource.Attrs{"node_count": nodes / groups}, nil
}
