package azure

import (
	"maps"
	"slices"
	"strings"
)

// managedIdentity is the block of the identities that a resource acts with. typ is
// the API's, which some services write in a casing of their own; users are the
// user-assigned ones by id. Whom they are in the directory is computed.
func managedIdentity[S ~string, U any](typ *S, users map[string]U) []any {
	kinds := []string{}
	for _, kind := range []string{"SystemAssigned", "UserAssigned"} {
		if strings.Contains(strings.ToLower(string(value(typ))), strings.ToLower(kind)) {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	return []any{map[string]any{
		"type":         strings.Join(kinds, ", "),
		"identity_ids": slices.Sorted(maps.Keys(users)),
	}}
}
