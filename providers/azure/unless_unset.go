package azure

import (
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// unlessUnset is for an attribute of which a state holds this one or another that
// says the same: where it is not held, nothing is to be compared. Case means
// nothing.
func unlessUnset() resource.Rule {
	return resource.Rule{Same: func(state, cloud any) bool {
		a, _ := state.(string)
		b, _ := cloud.(string)
		return resource.Empty(state) || strings.EqualFold(a, b)
	}}
}
