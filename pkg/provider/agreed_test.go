package provider

import "testing"

func TestAgreed(t *testing.T) {
	for name, tt := range map[string]struct {
		said        []string
		want, least string
	}{
		"nobody":              {nil, "", ""},
		"all alike":           {[]string{"a", "", "a"}, "a", "a"},
		"two":                 {[]string{"b", "a"}, "", "a"},
		"two, then one again": {[]string{"a", "b", "a"}, "", "a"},
	} {
		var a Agreed
		for _, v := range tt.said {
			a.Add(v)
		}
		if a.Value() != tt.want || a.Least() != tt.least {
			t.Errorf("%s: %q and %q, want %q and %q", name, a.Value(), a.Least(), tt.want, tt.least)
		}
	}
}
