package gcp

import (
	"strconv"
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// sameDuration is for durations, of which "86400s", "24h" and "1d" are the same.
func sameDuration() resource.Rule {
	return resource.CanonString(func(s string) string {
		if days, ok := strings.CutSuffix(s, "d"); ok {
			if n, err := strconv.ParseFloat(days, 64); err == nil {
				return time.Duration(n * float64(24*time.Hour)).String()
			}
		}
		if d, err := time.ParseDuration(s); err == nil {
			return d.String()
		}
		return s
	})
}

// labelled reports whether a resource has a label with one of the prefixes, by which
// one sees which of Google's services made it.
func labelled(labels map[string]string, prefixes ...string) bool {
	for key := range labels {
		if hasPrefix(key, prefixes...) {
			return true
		}
	}
	return false
}

// noBlock is for a block that the API fills with defaults where nobody configured
// it: one that says nothing but these is none.
func noBlock(defaults map[string]any) resource.Rule {
	return resource.Canon(func(v any) any {
		list, ok := v.([]any)
		if !ok || len(list) != 1 {
			return v
		}
		m, ok := list[0].(map[string]any)
		if !ok {
			return v
		}
		for name, x := range m {
			if !resource.Empty(x) && x != false && x != 0.0 && x != defaults[name] {
				return v
			}
		}
		return nil
	})
}
