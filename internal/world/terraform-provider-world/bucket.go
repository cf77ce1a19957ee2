package main

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/driftmgr/driftmgr/internal/world"
)

type bucketModel struct {
	ID         types.String `tfsdk:"id"`
	Name       string       `tfsdk:"name"`
	Versioning *bool        `tfsdk:"versioning"`
}

func newBucket() resource.Resource {
	return &kind[bucketModel]{
		name: "world_bucket",
		schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"id":         steady(false),
			"name":       name(),
			"versioning": schema.BoolAttribute{Optional: true},
		}},
		read: func(w *world.World, id string) (bucketModel, bool) {
			b := w.Buckets[id]
			if b == nil {
				return bucketModel{}, false
			}
			return bucketModel{types.StringValue(id), id, b.Versioning}, true
		},
		create: func(w *world.World, plan bucketModel) (string, error) {
			if w.Buckets[plan.Name] != nil {
				return "", errors.New("there is one already: import it")
			}
			w.Buckets[plan.Name] = &world.Bucket{Versioning: plan.Versioning}
			return plan.Name, nil
		},
		update: func(w *world.World, id string, plan bucketModel) { w.Buckets[id].Versioning = plan.Versioning },
		remove: func(w *world.World, id string) error {
			if w.Buckets[id].Locked {
				return errors.New("it is locked")
			}
			delete(w.Buckets, id)
			return nil
		},
	}
}
