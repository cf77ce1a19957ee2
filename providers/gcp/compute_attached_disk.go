package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeAttachedDisk = define(spec[compute.AttachedDisk]{
	Name:    "google_compute_attached_disk",
	Actions: []string{"compute.instances.list"},
	List:    whereHeld(listAttachedDisks, "google_compute_attached_disk"),
	Keep:    func(it item[compute.AttachedDisk]) bool { return !it.v.Boot && it.v.Type != "SCRATCH" },
	ID:      func(it item[compute.AttachedDisk]) string { return it.parent + "/" + base(it.v.Source) },
	Fields: fields{
		"disk":      from("source"),
		"interface": skip(), // the provider does not read it again
	},
	Map: func(it item[compute.AttachedDisk], a resource.Attrs) { a["instance"] = it.parent },
	ChildOf: []resource.ChildOf{{
		Parent: "google_compute_instance", Ref: "instance", Path: "attached_disk", ParentID: link,
	}},
})

// listAttachedDisks yields the disks that are in the listing of the instances.
func listAttachedDisks(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		for o, err := range allInstances()(ctx, c, q) {
			if err != nil {
				yield(object{}, err)
				return
			}
			var instance struct {
				SelfLink string            `json:"selfLink"`
				Disks    []json.RawMessage `json:"disks"`
			}
			if err := json.Unmarshal(o.body, &instance); err != nil {
				yield(object{}, fmt.Errorf("google_compute_attached_disk: %w", err))
				return
			}
			for _, disk := range instance.Disks {
				if !yield(object{body: disk, parent: ofProject(link(instance.SelfLink), c.project)}, nil) {
					return
				}
			}
		}
	}
}
