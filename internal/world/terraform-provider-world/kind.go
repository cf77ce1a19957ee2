package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/driftmgr/driftmgr/internal/world"
)

// kind is one resource type as a resource.Resource. M is its schema as a struct.
// Each type has a required attribute name and a computed one id.
type kind[M any] struct {
	name   string // world_server
	schema schema.Schema

	// prefix is what the import id has before the id: record/
	prefix string

	// read returns what the world has of an id, and whether it has it.
	read func(w *world.World, id string) (M, bool)

	// create returns the id of what it made.
	create func(w *world.World, plan M) (string, error)

	// update is called for what exists, and so is remove.
	update func(w *world.World, id string, plan M)
	remove func(w *world.World, id string) error

	cloud *cloud // as the provider was configured
}

var (
	_ resource.ResourceWithConfigure   = (*kind[serverModel])(nil)
	_ resource.ResourceWithImportState = (*kind[serverModel])(nil)
)

// Metadata implements resource.Resource.
func (k *kind[M]) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = k.name
}

// Schema implements resource.Resource.
func (k *kind[M]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = k.schema
}

// Configure implements resource.ResourceWithConfigure. It is called before the
// provider is configured as well, without data.
func (k *kind[M]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	k.cloud, _ = req.ProviderData.(*cloud)
}

// Create implements resource.Resource.
func (k *kind[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, made M
	var name string
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	if resp.Diagnostics.HasError() {
		return
	}
	err := k.cloud.change(ctx, "create", k.name, name, func(w *world.World) error {
		id, err := k.create(w, plan)
		if err == nil {
			made, _ = k.read(w, id)
		}
		return err
	})
	if err != nil {
		resp.Diagnostics.AddError("create "+k.name+" "+name, err.Error())
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, made)...)
}

// Read implements resource.Resource. What is gone leaves the state.
func (k *kind[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var id string
	if resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...); resp.Diagnostics.HasError() {
		return
	}
	w, err := k.cloud.read(k.name, id)
	if err != nil {
		resp.Diagnostics.AddError("read "+k.name+" "+id, err.Error())
		return
	}
	now, ok := k.read(w, id)
	if !ok {
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, now)...)
}

// Update implements resource.Resource.
func (k *kind[M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, now M
	var id string
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if resp.Diagnostics.HasError() {
		return
	}
	err := k.cloud.change(ctx, "update", k.name, id, func(w *world.World) error {
		if _, ok := k.read(w, id); !ok {
			return errors.New("it does not exist")
		}
		k.update(w, id, plan)
		now, _ = k.read(w, id)
		return nil
	})
	if err != nil {
		resp.Diagnostics.AddError("update "+k.name+" "+id, err.Error())
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, now)...)
}

// Delete implements resource.Resource.
func (k *kind[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var id string
	if resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...); resp.Diagnostics.HasError() {
		return
	}
	err := k.cloud.change(ctx, "delete", k.name, id, func(w *world.World) error {
		if _, ok := k.read(w, id); !ok {
			return nil
		}
		return k.remove(w, id)
	})
	if err != nil {
		resp.Diagnostics.AddError("delete "+k.name+" "+id, err.Error())
	}
}

// ImportState implements resource.ResourceWithImportState.
func (k *kind[M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := strings.CutPrefix(req.ID, k.prefix)
	if !ok || id == "" {
		resp.Diagnostics.AddError("import "+k.name, fmt.Sprintf("%q is no import id: want %sID", req.ID, k.prefix))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
}

// name is an argument that names a thing: another name is another thing.
func name() schema.Attribute {
	return schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}
}

// steady is what the world says when it makes a thing, and never changes.
func steady(sensitive bool) schema.Attribute {
	return schema.StringAttribute{
		Computed:      true,
		Sensitive:     sensitive,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}
