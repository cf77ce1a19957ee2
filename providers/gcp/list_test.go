package gcp

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

func aDisk(zone, name string) map[string]any {
	return map[string]any{"name": name, "sizeGb": "10", "zone": "https://www.googleapis.com/compute/v1/projects/p/zones/" + zone,
		"selfLink": "https://www.googleapis.com/compute/v1/projects/p/zones/" + zone + "/disks/" + name}
}

func heldDisk(zone, name string) resource.Managed {
	return resource.Managed{
		Key: resource.Key{Type: "google_compute_disk"}, Address: "google_compute_disk." + name, Source: "s",
		Attrs: resource.Attrs{"id": "projects/p/zones/" + zone + "/disks/" + name, "project": "p", "name": name, "size": 10.0, "zone": zone},
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	var items []map[string]any
	var managed []resource.Managed
	for i := range 10_000 {
		name := fmt.Sprintf("t%05d", i)
		items = append(items, topic(name, nil))
		managed = append(managed, heldTopic(name, nil))
	}
	w.fail[assetList] = []int{disabled}
	w.lists[topicList] = list{key: "topics", items: items}
	r, counts := w.look(managed, false, "google_pubsub_topic", anyName)
	if got := tell(r); got != "" || r.Summary.InSync != 10_000 {
		t.Errorf("%d in sync; told %.200s", r.Summary.InSync, got)
	}
	if counts.APICalls["pubsub.topics.list"] != 10 || counts.Total > 11 {
		t.Errorf("calls %v, want 10 pages and 1", counts.APICalls)
	}
}

func TestThrottling(t *testing.T) {
	w := newWorld(t)
	w.inventory()
	w.fail[topicList] = []int{429, 503, 429}
	w.lists[topicList] = list{key: "topics", items: []map[string]any{topic("a", nil)}}
	r, counts := w.look([]resource.Managed{heldTopic("a", nil)}, false, "google_pubsub_topic")
	if got := tell(r); got != "" || counts.Throttles != 2 || counts.APICalls["pubsub.topics.list"] != 4 {
		t.Errorf("told %q, %+v", got, counts)
	}
}

// A zone that does not answer proves nothing of what is in it.
func TestUnreachable(t *testing.T) {
	w := newWorld(t)
	w.inventory()
	w.lists[diskList] = list{
		key:    "items",
		scopes: map[string][]map[string]any{"zones/a": {aDisk("a", "one")}},
		more:   map[string]any{"unreachables": []string{"zones/b"}},
	}
	r, _ := w.look([]resource.Managed{heldDisk("a", "one"), heldDisk("b", "two")}, false, "google_compute_disk")
	if got := tell(r); !strings.HasPrefix(got, "unchecked google_compute_disk.two: compute.disks.list failed: did not answer: b") || r.Summary.InSync != 1 {
		t.Errorf("told %q, %d in sync", got, r.Summary.InSync)
	}
}

// Nor does a list that says itself that something was left out.
func TestLeftOut(t *testing.T) {
	const networks, instances = "compute/v1/projects/p/global/networks", "sql/v1beta4/projects/p/instances"
	network := resource.Managed{
		Key: resource.Key{Type: "google_compute_network"}, Address: "google_compute_network.n", Source: "s",
		Attrs: resource.Attrs{"id": "projects/p/global/networks/n", "project": "p", "name": "n"},
	}
	database := resource.Managed{
		Key: resource.Key{Type: "google_sql_database_instance"}, Address: "google_sql_database_instance.d", Source: "s",
		Attrs: resource.Attrs{"id": "d", "project": "p", "name": "d", "self_link": "https://sqladmin.googleapis.com/sql/v1beta4/projects/p/instances/d"},
	}
	for name, tt := range map[string]struct {
		managed resource.Managed
		path    string
		answer  list
		want    string
	}{
		"a whole list": {
			network, networks, list{key: "items", more: map[string]any{"warning": map[string]any{"code": "NO_RESULTS_ON_PAGE"}}},
			"missing google_compute_network.n",
		},
		"a part of a list": {
			network, networks, list{key: "items", more: map[string]any{"warning": map[string]any{"code": "PARTIAL_SUCCESS"}}},
			"unchecked google_compute_network.n: compute.networks.list failed: did not answer: a part of the project",
		},
		"a part of a scope": {
			heldDisk("b", "two"), diskList,
			list{key: "none", more: map[string]any{"items": map[string]any{"zones/b": map[string]any{"warning": map[string]any{"code": "PARTIAL_SUCCESS"}}}}},
			"unchecked google_compute_disk.two: compute.disks.list failed: did not answer: zones/b",
		},
		"a region of Cloud SQL": {
			database, instances, list{key: "items", more: map[string]any{"warnings": []any{map[string]any{"code": "REGION_UNREACHABLE", "region": "europe-west1"}}}},
			"unchecked google_sql_database_instance.d: cloudsql.instances.list failed: did not answer: europe-west1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.inventory()
			w.lists[tt.path] = tt.answer
			r, _ := w.look([]resource.Managed{tt.managed}, false, tt.managed.Key.Type)
			if got := tell(r); got != tt.want {
				t.Errorf("told %q, want %q", got, tt.want)
			}
		})
	}
}

// Without the permission for what is in a region, a list of every kind of place
// leaves that out, so it is one to ask for.
func TestPermissionsOfOtherPlaces(t *testing.T) {
	for _, tt := range []struct {
		kind kind
		want []string
	}{
		{computeAddress, []string{"compute.addresses.list", "compute.addresses.get"}},
		{computeGlobalAddress, []string{"compute.addresses.list", "compute.globalAddresses.get", "compute.globalAddresses.list"}},
		{computeRegionURLMap, []string{"compute.urlMaps.list", "compute.regionUrlMaps.get", "compute.regionUrlMaps.list"}},
	} {
		if !slices.Equal(tt.kind.Actions, tt.want) {
			t.Errorf("%s takes %v, want %v", tt.kind.Name, tt.kind.Actions, tt.want)
		}
	}
}

// A configuration may name its project by the number.
func TestNumberOfAProject(t *testing.T) {
	w := newWorld(t)
	w.inventory()
	w.lists[diskList] = list{key: "items", scopes: map[string][]map[string]any{"zones/a": {aDisk("a", "one")}}}
	disk := heldDisk("a", "one")
	disk.Attrs["project"] = "123456789012"
	disk.Attrs["id"] = "projects/123456789012/zones/a/disks/one"
	disk.Attrs["self_link"] = "https://www.googleapis.com/compute/v1/projects/p/zones/a/disks/one"
	r, _ := w.look([]resource.Managed{disk}, false, "google_compute_disk")
	if got := tell(r); got != "" || r.Summary.InSync != 1 {
		t.Errorf("told %q, %d in sync", got, r.Summary.InSync)
	}
}

// A service that the project does not use has nothing of anybody's.
func TestServiceNotEnabled(t *testing.T) {
	w := newWorld(t)
	w.inventory(inventoried(topicAsset, topicName("x"), nil))
	w.fail[topicList] = []int{disabled}
	w.lists[diskList] = list{key: "items", scopes: map[string][]map[string]any{"zones/a": {aDisk("a", "one")}}}
	r, _ := w.look([]resource.Managed{heldDisk("a", "one")}, false, "google_compute_disk", "google_pubsub_topic")
	if got := tell(r); got != "" {
		t.Errorf("told %q of a service that no state uses", got)
	}
	r, _ = w.look([]resource.Managed{heldTopic("a", nil)}, false, "google_pubsub_topic")
	if got := tell(r); !strings.HasPrefix(got, "unchecked google_pubsub_topic.a: not enabled: the API behind pubsub.topics.list in project p") {
		t.Errorf("told %q of a service that a state uses", got)
	}
}

func TestDenied(t *testing.T) {
	w := newWorld(t)
	w.inventory()
	w.fail[topicList] = []int{403}
	r, _ := w.look([]resource.Managed{heldTopic("a", nil)}, false, "google_pubsub_topic")
	if got := tell(r); got != "unchecked google_pubsub_topic.a: access denied: allow pubsub.topics.list" {
		t.Errorf("told %q", got)
	}
}

// A list of several kinds of place leaves out what the caller may not see.
func TestConfirm(t *testing.T) {
	held := func(name string) resource.Managed {
		return resource.Managed{
			Key: resource.Key{Type: "google_compute_global_address"}, Address: "google_compute_global_address." + name, Source: "s",
			Attrs: resource.Attrs{"id": "projects/p/global/addresses/" + name, "project": "p", "name": name, "address": "192.0.2.1"},
		}
	}
	address := map[string]any{"name": "hidden", "address": "192.0.2.1", "selfLink": "https://www.googleapis.com/compute/v1/projects/p/global/addresses/hidden"}
	w := newWorld(t)
	w.inventory()
	w.lists["compute/v1/projects/p/aggregated/addresses"] = list{key: "items", scopes: map[string][]map[string]any{}}
	w.lists["compute/v1/projects/p/global/addresses/hidden"] = list{key: "none", more: address}
	w.fail["compute/v1/projects/p/global/addresses/closed"] = []int{403}
	r, _ := w.look([]resource.Managed{held("gone"), held("hidden")}, false, "google_compute_global_address")
	if got := tell(r); got != "missing google_compute_global_address.gone" || r.Summary.InSync != 1 {
		t.Errorf("told %q, %d in sync", got, r.Summary.InSync)
	}
	r, _ = w.look([]resource.Managed{held("closed")}, false, "google_compute_global_address")
	if got := tell(r); got != "unchecked google_compute_global_address.closed: access denied: allow compute.globalAddresses.get" {
		t.Errorf("told %q", got)
	}
}
