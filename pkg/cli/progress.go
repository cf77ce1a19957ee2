package cli

import (
	"fmt"

	"github.com/schollz/progressbar/v3"

	"github.com/driftmgr/driftmgr/pkg/inventory"
)

// progress shows on a terminal how far the reading is, and nothing elsewhere or
// where the log is written there.
func (a *app) progress(c config) (show func(inventory.Progress), done func()) {
	if !a.live() || c.logs() {
		return func(inventory.Progress) {}, func() {}
	}
	bar := progressbar.NewOptions(-1,
		progressbar.OptionSetWriter(a.Err),
		progressbar.OptionSetDescription("Reading"),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionShowBytes(false),
	)
	show = func(p inventory.Progress) {
		place := p.Last.Region
		if place == "" {
			place = p.Last.Account
		}
		bar.Describe(fmt.Sprintf("Reading %s: %d of %d listings, %d resources", place, p.Done, p.Listings, p.Resources))
	}
	return show, func() { _ = bar.Finish() }
}
