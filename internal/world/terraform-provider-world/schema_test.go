package main

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/driftmgr/driftmgr/internal/world/reader"
	driftschema "github.com/driftmgr/driftmgr/pkg/schema"
)

// TestSchemas proves that the types are valid to the framework, that the reader's
// schemas are theirs, and that the reader has each of them.
func TestSchemas(t *testing.T) {
	readable := map[string]bool{}
	for _, typ := range reader.New("").Types() {
		readable[typ.Name] = true
	}
	for _, make := range (worldProvider{}).Resources(t.Context()) {
		res := make()
		var meta resource.MetadataResponse
		res.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "world"}, &meta)
		t.Run(meta.TypeName, func(t *testing.T) {
			if !readable[meta.TypeName] {
				t.Error("has no reader")
			}
			delete(readable, meta.TypeName)
			var resp resource.SchemaResponse
			res.Schema(t.Context(), resource.SchemaRequest{}, &resp)
			if d := resp.Schema.ValidateImplementation(t.Context()); d.HasError() {
				t.Error(d)
			}
			got := map[string]driftschema.Path{}
			flatten(got, "", resp.Schema.Attributes)
			for path, want := range reader.Schemas().Type(meta.TypeName).Paths() {
				if got[path] != want {
					t.Errorf("%s: the reader says %v %v, the provider %v %v", path, want.Kind, want.Flags, got[path].Kind, got[path].Flags)
				}
				delete(got, path)
			}
			for path := range got {
				t.Errorf("the reader's schema lacks %s", path)
			}
		})
	}
	for name := range readable {
		t.Errorf("the provider lacks %s", name)
	}
	var resp provider.SchemaResponse
	worldProvider{}.Schema(t.Context(), provider.SchemaRequest{}, &resp)
	if d := resp.Schema.ValidateImplementation(t.Context()); d.HasError() {
		t.Error(d)
	}
}

func flatten(out map[string]driftschema.Path, prefix string, attributes map[string]schema.Attribute) {
	for name, a := range attributes {
		path := prefix + name
		var below map[string]schema.Attribute
		switch n := a.(type) {
		case schema.ListNestedAttribute:
			below = n.NestedObject.Attributes
		case schema.SetNestedAttribute:
			below = n.NestedObject.Attributes
		case schema.SingleNestedAttribute:
			below = n.Attributes
		}
		flatten(out, path+".", below)
		var f driftschema.Flags
		for flag, set := range map[driftschema.Flags]bool{
			driftschema.FlagRequired: a.IsRequired(), driftschema.FlagOptional: a.IsOptional(),
			driftschema.FlagComputed: a.IsComputed(), driftschema.FlagSensitive: a.IsSensitive(),
		} {
			if set {
				f |= flag
			}
		}
		out[path] = driftschema.Path{Kind: kindOf(a.GetType()), Flags: f}
	}
}

func kindOf(t attr.Type) driftschema.Kind {
	switch x := t.(type) {
	case basetypes.StringType:
		return "string"
	case basetypes.BoolType:
		return "bool"
	case basetypes.Int64Type:
		return "number"
	case basetypes.ObjectType:
		return "object(object)"
	case basetypes.ListType:
		return "list(" + kindOf(x.ElemType) + ")"
	case basetypes.SetType:
		return "set(" + kindOf(x.ElemType) + ")"
	case basetypes.MapType:
		return "map(" + kindOf(x.ElemType) + ")"
	}
	return "unknown"
}
