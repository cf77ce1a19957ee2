package main

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/driftmgr/driftmgr/internal/world"
)

type serverModel struct {
	world.ServerSpec
	ID    types.String `tfsdk:"id"`
	IP    types.String `tfsdk:"ip"`
	Token types.String `tfsdk:"token"`
}

func newServer() resource.Resource {
	return &kind[serverModel]{
		name: "world_server",
		schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"id":       steady(false),
			"ip":       steady(false),
			"token":    steady(true),
			"name":     name(),
			"size":     schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(world.DefaultSize)},
			"tags":     schema.MapAttribute{Optional: true, ElementType: types.StringType},
			"password": schema.StringAttribute{Optional: true, Sensitive: true},
			"disks": schema.ListNestedAttribute{Optional: true, NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"size": schema.Int64Attribute{Required: true},
				"kind": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(world.DefaultKind)},
			}}},
			"network": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
				"subnet": schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
				"public": schema.BoolAttribute{Optional: true},
			}},
			"rules": schema.SetNestedAttribute{Optional: true, NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"port": schema.Int64Attribute{Required: true},
				"cidr": schema.StringAttribute{Required: true},
			}}},
		}},
		read: func(w *world.World, id string) (serverModel, bool) {
			s := w.Servers[id]
			if s == nil {
				return serverModel{}, false
			}
			return serverModel{s.ServerSpec, types.StringValue(id), types.StringValue(s.IP), types.StringValue(s.Token)}, true
		},
		create: func(w *world.World, plan serverModel) (string, error) { return w.AddServer(plan.ServerSpec), nil },
		update: func(w *world.World, id string, plan serverModel) { w.Servers[id].ServerSpec = plan.ServerSpec },
		remove: func(w *world.World, id string) error {
			delete(w.Servers, id)
			return nil
		},
	}
}
