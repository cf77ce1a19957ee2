package azure

import (
	"math/big"
	"regexp"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// isoDuration is for ISO 8601 durations: P1D, PT24H and PT1440M are one.
func isoDuration() resource.Rule { return resource.CanonString(canonDuration) }

var durationForm = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$`)

// canonDuration returns a duration in seconds, and s itself where it is none. Years
// and months are as long as in .NET, which is what the services write durations
// with: 365 and 30 days.
func canonDuration(s string) string {
	parts := durationForm.FindStringSubmatch(s)
	if parts == nil || s == "P" {
		return s
	}
	const minute, hour, day = 60, 60 * 60, 24 * 60 * 60
	sum := new(big.Rat)
	for i, seconds := range []int64{365 * day, 30 * day, 7 * day, day, hour, minute, 1} {
		if n, ok := new(big.Rat).SetString(parts[i+1]); ok {
			sum.Add(sum, n.Mul(n, new(big.Rat).SetInt64(seconds)))
		}
	}
	return sum.RatString() + "s"
}
