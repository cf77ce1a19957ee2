package azure

import (
	"time"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// timestamp is for times in RFC 3339: the same moment in any zone, to the second.
func timestamp() resource.Rule {
	return resource.CanonString(func(s string) string {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return s
		}
		return t.UTC().Format(time.RFC3339)
	})
}
