package main

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/driftmgr/driftmgr/internal/world"
)

type recordModel struct {
	ID    types.String `tfsdk:"id"`
	Name  string       `tfsdk:"name"`
	Value string       `tfsdk:"value"`
	TTL   *int64       `tfsdk:"ttl"`
}

func newRecord() resource.Resource {
	return &kind[recordModel]{
		name:   "world_record",
		prefix: "record/",
		schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"id":    steady(false),
			"name":  name(),
			"value": schema.StringAttribute{Required: true},
			"ttl":   schema.Int64Attribute{Optional: true},
		}},
		read: func(w *world.World, id string) (recordModel, bool) {
			r := w.Records[id]
			if r == nil {
				return recordModel{}, false
			}
			return recordModel{types.StringValue(id), id, r.Value, r.TTL}, true
		},
		create: func(w *world.World, plan recordModel) (string, error) {
			if w.Records[plan.Name] != nil {
				return "", errors.New("there is one already: import it")
			}
			w.Records[plan.Name] = &world.Record{Value: plan.Value, TTL: plan.TTL}
			return plan.Name, nil
		},
		update: func(w *world.World, id string, plan recordModel) {
			w.Records[id] = &world.Record{Value: plan.Value, TTL: plan.TTL}
		},
		remove: func(w *world.World, id string) error {
			delete(w.Records, id)
			return nil
		},
	}
}
