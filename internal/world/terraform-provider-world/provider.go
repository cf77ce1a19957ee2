package main

import (
	"cmp"
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

type worldProvider struct{}

// configuration is the provider's block. Each of its attributes can be given in the
// environment instead, and the block comes first.
type configuration struct {
	File  *string `tfsdk:"file"`
	Calls *string `tfsdk:"calls"`
}

// Metadata implements provider.Provider.
func (worldProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "world"
}

// Schema implements provider.Provider.
func (worldProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"file":  schema.StringAttribute{Optional: true, Description: "The world. Default: WORLD_FILE."},
		"calls": schema.StringAttribute{Optional: true, Description: "The file to which each call is appended as a line. Default: WORLD_CALLS."},
	}}
}

// Configure implements provider.Provider.
func (worldProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var c configuration
	if resp.Diagnostics.Append(req.Config.Get(ctx, &c)...); resp.Diagnostics.HasError() {
		return
	}
	cl := &cloud{file: or(c.File, "WORLD_FILE"), calls: or(c.Calls, "WORLD_CALLS"), delay: os.Getenv("WORLD_DELAY")}
	if cl.file == "" {
		resp.Diagnostics.AddError("no world", "set file in the provider block or WORLD_FILE in the environment")
	}
	resp.ResourceData = cl
}

func or(configured *string, variable string) string {
	if configured == nil {
		return os.Getenv(variable)
	}
	return cmp.Or(*configured, os.Getenv(variable))
}

// DataSources implements provider.Provider.
func (worldProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

// Resources implements provider.Provider.
func (worldProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newServer, newRecord, newBucket}
}
