package gcp

import (
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

const topicAsset = "pubsub.googleapis.com/Topic"

func topicName(name string) string { return "//pubsub.googleapis.com/projects/p/topics/" + name }

// The asset inventory may be behind: it can acquit a type, and nothing else.
func TestTheInventoryOnlyAcquits(t *testing.T) {
	red, blue := map[string]any{"color": "red"}, map[string]any{"color": "blue"}
	for name, tt := range map[string]struct {
		inventory []map[string]any
		service   []map[string]any
		want      string
		lists     int
	}{
		"it agrees": {
			[]map[string]any{inventoried(topicAsset, topicName("a"), topic("a", red))},
			[]map[string]any{topic("a", blue)}, "", 0,
		},
		"it differs, rightly": {
			[]map[string]any{inventoried(topicAsset, topicName("a"), topic("a", blue))},
			[]map[string]any{topic("a", blue)}, "changed google_pubsub_topic.a labels.color", 1,
		},
		"it differs, as it is behind": {
			[]map[string]any{inventoried(topicAsset, topicName("a"), topic("a", blue))},
			[]map[string]any{topic("a", red)}, "", 1,
		},
		"it lacks one that is there": {nil, []map[string]any{topic("a", red)}, "", 1},
		"it lacks one that is gone":  {nil, nil, "missing google_pubsub_topic.a", 1},
		"it has one more": {
			[]map[string]any{inventoried(topicAsset, topicName("a"), topic("a", red)), inventoried(topicAsset, topicName("b"), topic("b", red))},
			[]map[string]any{topic("a", red), topic("b", red)}, "unmanaged projects/p/topics/b", 1,
		},
		"it has one that is gone": {
			[]map[string]any{inventoried(topicAsset, topicName("a"), topic("a", red)), inventoried(topicAsset, topicName("b"), topic("b", red))},
			[]map[string]any{topic("a", red)}, "", 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.inventory(tt.inventory...)
			w.lists[topicList] = list{key: "topics", items: tt.service}
			r, _ := w.look([]resource.Managed{heldTopic("a", red)}, true, "google_pubsub_topic", anyName)
			if got := tell(r); got != tt.want {
				t.Errorf("told %q, want %q", got, tt.want)
			}
			if n := w.called(topicList); n != tt.lists {
				t.Errorf("%d lists, want %d", n, tt.lists)
			}
		})
	}
}

func TestTheServiceDecidesUnlessConfigured(t *testing.T) {
	w := newWorld(t)
	w.inventory(inventoried(topicAsset, topicName("a"), topic("a", nil)))
	w.lists[topicList] = list{key: "topics", items: []map[string]any{topic("a", map[string]any{"by": "hand"})}}
	r, _ := w.look([]resource.Managed{heldTopic("a", nil)}, false, "google_pubsub_topic", anyName)
	if got := tell(r); got != "changed google_pubsub_topic.a labels.by" {
		t.Errorf("told %q", got)
	}
}

// Nothing of a type in the inventory and in the states: no call.
func TestNoListOfWhatIsNotThere(t *testing.T) {
	w := newWorld(t)
	w.inventory()
	r, counts := w.look(nil, false, "google_pubsub_topic", "google_compute_disk", anyName)
	if got := tell(r); got != "" || counts.Total != 1 {
		t.Errorf("told %q in %v", got, counts.APICalls)
	}
}

func TestWhateverElseThereIs(t *testing.T) {
	w := newWorld(t)
	w.inventory(
		inventoried("spanner.googleapis.com/Instance", "//spanner.googleapis.com/projects/p/instances/i", nil),
		inventoried("spanner.googleapis.com/Instance", "//spanner.googleapis.com/projects/p/instances/managed", nil),
		inventoried("run.googleapis.com/Revision", "//run.googleapis.com/projects/p/locations/l/services/s/revisions/r", nil),
		inventoried(topicAsset, topicName("a"), topic("a", nil)),
	)
	w.lists[topicList] = list{key: "topics", items: []map[string]any{topic("a", nil)}}
	spanner := resource.Managed{
		Key: resource.Key{Type: "google_spanner_instance"}, Address: "google_spanner_instance.m", Source: "s",
		Attrs: resource.Attrs{"id": "projects/p/instances/managed", "project": "p"},
	}
	r, _ := w.look([]resource.Managed{spanner, heldTopic("a", nil)}, false, "google_pubsub_topic", anyName)
	got := tell(r)
	if !strings.HasPrefix(got, "unmanaged //spanner.googleapis.com/projects/p/instances/i\nunchecked google_spanner_instance.m") || strings.Count(got, "\n") != 1 {
		t.Errorf("told\n%s", got)
	}
}

// What a service makes as a part of something else is nobody's to manage; what a
// reader passes over is told of.
func TestWhatServicesMake(t *testing.T) {
	const at = "//compute.googleapis.com/projects/p/zones/z/"
	w := newWorld(t)
	w.inventory(
		inventoried("compute.googleapis.com/InstanceGroup", at+"instanceGroups/web", nil),
		inventoried("compute.googleapis.com/InstanceGroupManager", at+"instanceGroupManagers/web", nil),
		inventoried("compute.googleapis.com/InstanceGroup", at+"instanceGroups/by-hand", nil),
		inventoried("compute.googleapis.com/NetworkEndpointGroup", at+"networkEndpointGroups/k8s1-0a1b2c3d-shop-web-80-4e5f6a7b", nil),
		inventoried("compute.googleapis.com/SecurityPolicy", "//compute.googleapis.com/projects/p/regions/r/securityPolicies/edge", nil),
		inventoried("compute.googleapis.com/SecurityPolicy", "//compute.googleapis.com/projects/p/global/securityPolicies/front", nil),
		inventoried("apps.k8s.io/Deployment", "//container.googleapis.com/projects/p/locations/z/clusters/c/k8s/namespaces/shop/apps/deployments/web", nil),
		inventoried("networking.k8s.io/Ingress", "//container.googleapis.com/projects/p/locations/z/clusters/c/k8s/namespaces/shop/networking.k8s.io/ingresses/web", nil),
	)
	r, _ := w.look(nil, false, anyName)
	want := "unmanaged " + at + "instanceGroups/by-hand\nunmanaged //compute.googleapis.com/projects/p/regions/r/securityPolicies/edge"
	if got := tell(r); got != want {
		t.Errorf("told\n%s", got)
	}
}

// Without the inventory the lists of the types that have a reader are what there
// is: that is said, and is no failure.
func TestWithoutTheInventory(t *testing.T) {
	for name, set := range map[string]func(*world){
		"not enabled":            func(w *world) { w.fail[assetList] = []int{disabled} },
		"without the project":    func(w *world) { w.lists[assetList] = list{key: "assets"} },
		"without anything in it": func(w *world) { w.lists[assetList] = list{key: "none"} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			set(w)
			w.lists[topicList] = list{key: "topics", items: []map[string]any{topic("a", nil), topic("b", nil)}}
			r, _ := w.look([]resource.Managed{heldTopic("a", nil)}, true, "google_pubsub_topic", anyName)
			if got := tell(r); got != "unmanaged projects/p/topics/b" {
				t.Errorf("told %q", got)
			}
			if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Message, "not enabled") {
				t.Errorf("warnings %v", r.Warnings)
			}
		})
	}
}

func TestADeniedInventory(t *testing.T) {
	w := newWorld(t)
	w.fail[assetList] = []int{403}
	w.lists[topicList] = list{key: "topics", items: []map[string]any{topic("a", nil)}}
	r, _ := w.look([]resource.Managed{heldTopic("a", nil)}, true, "google_pubsub_topic", anyName)
	if got := tell(r); !strings.Contains(got, "allow cloudasset.assets.listResource") {
		t.Errorf("told %q", got)
	}
}
