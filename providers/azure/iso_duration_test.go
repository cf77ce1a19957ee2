package azure

import "testing"

func TestCanonDuration(t *testing.T) {
	tests := map[string]struct{ a, b string }{
		"days as hours":      {"P1D", "PT24H"},
		"hours as minutes":   {"PT1H", "PT60M"},
		"minutes as seconds": {"PT1M", "PT60S"},
		"weeks":              {"P2W", "P14D"},
		"zeros":              {"P14D", "P14DT0H0M0S"},
		"a fraction":         {"PT1.50S", "PT1.5S"},
		"months":             {"P1M", "P30D"},
		"never":              {"P10675199DT2H48M5.4775807S", "P10675199DT2H48M5.4775807S"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if a, b := canonDuration(tt.a), canonDuration(tt.b); a != b {
				t.Errorf("%s is %s, %s is %s", tt.a, a, tt.b, b)
			}
		})
	}
	for _, s := range []string{"", "P", "never", "10m", "PT1M-changed", "P1.5D"} {
		if got := canonDuration(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	for _, tt := range [][2]string{{"P1M", "PT1M"}, {"PT5M", "PT6M"}, {"P10675199DT2H48M5.4775807S", "P10675199DT2H48M5.4775806S"}} {
		if canonDuration(tt[0]) == canonDuration(tt[1]) {
			t.Errorf("%s and %s are the same", tt[0], tt[1])
		}
	}
}
