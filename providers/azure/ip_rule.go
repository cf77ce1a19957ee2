package azure

import (
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// ipRules is for the addresses that a firewall lets in: one address may be written
// as a block of one.
func ipRules() resource.Rule {
	return resource.CanonString(func(s string) string { return strings.TrimSuffix(s, "/32") })
}
