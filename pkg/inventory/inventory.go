// Package inventory holds what the clouds have and how much of them was read.
// It is the only place that makes listing concurrent.
package inventory

import (
	"time"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// FormatVersion is the version of the file format. The major number changes
// when a reader of the old one would misunderstand the new one.
const FormatVersion = "1.0"

// Inventory is what was read of the clouds in one pass.
type Inventory struct {
	FormatVersion string
	TakenAt       time.Time // UTC
	Resources     []resource.Resource

	// Coverage has one row per type and scope that was attempted.
	Coverage []Coverage

	// Stats are what the pass cost. They are not part of the file.
	Stats Stats
}

// Stats are what one pass over the clouds cost.
type Stats struct {
	provider.Counts
	// Seconds is the wall time.
	Seconds float64 `json:"seconds"`
	// TakenAt is when it began.
	TakenAt time.Time `json:"taken_at"`
}

// Coverage says how one type's listing in one scope ended.
type Coverage struct {
	Type    string `json:"type"`
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`

	// Complete is true where the last page was read. Only then does the absence
	// of a resource prove that it is gone.
	Complete bool `json:"complete"`

	// Targeted is true where only what the states name was asked for: such a
	// listing proves what is missing, and nothing of what nobody manages.
	Targeted bool `json:"targeted,omitempty"`

	// Listed is the number of resources read.
	Listed int `json:"listed"`

	// Reason says why the listing is not complete.
	Reason string `json:"reason,omitempty"`

	// Off is true where the service is not enabled and no state holds anything of
	// it: then there is nothing to find, unless it is the service that would have
	// told of every type.
	Off bool `json:"off,omitempty"`
}
