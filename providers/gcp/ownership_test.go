package gcp

import (
	"slices"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

func TestOwnership(t *testing.T) {
	type A = resource.Attrs
	const at = "projects/acme-prod/locations/l/clusters/c"
	pools := func(names ...string) []any {
		var out []any
		for _, n := range names {
			out = append(out, map[string]any{"name": n})
		}
		return out
	}
	nodes := func(machine string) []any { return []any{map[string]any{"machine_type": machine}} }
	held := func(typ string, a A) resource.Managed {
		a["project"] = "acme-prod"
		return resource.Managed{Key: resource.Key{Type: typ}, Address: typ + ".r", Source: "s", Attrs: a}
	}
	has := func(typ, id string, a A) resource.Resource {
		a["project"] = "acme-prod"
		return resource.Resource{Key: resource.Key{Type: typ, Account: "acme-prod", ID: id}, Attrs: a}
	}
	cluster := held("google_container_cluster", A{"name": "c", "location": "l", "node_pool": pools(), "node_config": nodes("small")})
	inCloud := []resource.Resource{
		has("google_container_cluster", at, A{"name": "c", "location": "l", "node_pool": pools("a", "b"), "node_config": nodes("big")}),
		has("google_container_node_pool", at+"/nodePools/a", A{"name": "a", "cluster": "c", "location": "l"}),
		has("google_container_node_pool", at+"/nodePools/b", A{"name": "b", "cluster": "c", "location": "l"}),
	}
	dataset := held("google_bigquery_dataset", A{"dataset_id": "d", "access": []any{}, "id": "projects/acme-prod/datasets/d"})
	shared := []resource.Resource{has("google_bigquery_dataset", "projects/acme-prod/datasets/d", A{
		"dataset_id": "d", "access": []any{map[string]any{"role": "READER", "user_by_email": "jane@acme.example"}},
	})}
	tests := map[string]struct {
		managed []resource.Managed
		cloud   []resource.Resource
		want    []string
	}{
		"inline pools are the cluster's": {
			[]resource.Managed{cluster}, inCloud,
			[]string{"changed google_container_cluster.r"},
		},
		"pools of their own are not": {
			[]resource.Managed{cluster, held("google_container_node_pool", A{"name": "a", "cluster": at, "location": "l"})}, inCloud,
			[]string{"unmanaged " + at + "/nodePools/b"},
		},
		"access is the dataset's": {
			[]resource.Managed{dataset}, shared,
			[]string{"changed google_bigquery_dataset.r"},
		},
		"access by a resource of its own is not": {
			[]resource.Managed{dataset, held("google_bigquery_dataset_iam_member", A{"dataset_id": "d"})}, shared,
			[]string{"unchecked google_bigquery_dataset_iam_member.r"},
		},
	}
	p := New(Options{})
	types := map[string]resource.Type{}
	inv := &inventory.Inventory{}
	for _, typ := range p.Types() {
		types[typ.Name] = typ.Type
		inv.Coverage = append(inv.Coverage, inventory.Coverage{Type: typ.Name, Account: "acme-prod", Complete: true})
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			managed := slices.Clone(tt.managed)
			p.Locate(managed, nil)
			all := &inventory.Inventory{Resources: tt.cloud, Coverage: inv.Coverage}
			var got []string
			for _, f := range drift.Compare(managed, all, drift.Options{Types: types, Schemas: schema.Embedded(), Unmanaged: true}).Findings {
				what := f.Address
				if what == "" {
					what = f.ID
				}
				got = append(got, string(f.Kind)+" "+what)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
}
