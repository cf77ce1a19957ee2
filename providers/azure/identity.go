package azure

import (
	"maps"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// identityBlock is the block identity of the types that can have one. Each of the
// SDK's packages has its own struct for it, so it takes the fields.
func identityBlock[K ~string, U any](kind *K, assigned map[string]*U) []any {
	if kind == nil || strings.EqualFold(string(*kind), "None") {
		return nil
	}
	return []any{map[string]any{
		"type":         kind,
		"identity_ids": slices.Sorted(maps.Keys(assigned)),
	}}
}

// identityKind is for identity.type: "SystemAssigned, UserAssigned" comes with the
// space and without.
func identityKind() resource.Rule {
	return resource.CanonString(func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) })
}
