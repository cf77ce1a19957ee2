package aws

import (
	"slices"
	"strconv"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// What Terraform imports a resource by is documented at the end of its type's page
// in the provider's documentation: website/docs/r of terraform-provider-aws. For
// most types it is the join key, and their declarations say nothing. The region is
// no part of it: Terraform looks in the region of the provider's configuration.

// importBy imports by attributes, joined by a separator. They must be in what the
// listing gives: of what nobody manages nothing else is read.
func importBy(separator string, names ...string) func(*resource.Resource) string {
	return func(r *resource.Resource) string {
		parts := make([]string, len(names))
		for i, name := range names {
			switch v := r.Attrs[name].(type) {
			case string:
				parts[i] = v
			case float64:
				parts[i] = resource.FormatNumber(v)
			case bool:
				parts[i] = strconv.FormatBool(v)
			}
		}
		return importID(separator, parts...)
	}
}

// importID joins the parts of an id: without one of them there is none.
func importID(separator string, parts ...string) string {
	if slices.Contains(parts, "") {
		return ""
	}
	return strings.Join(parts, separator)
}
