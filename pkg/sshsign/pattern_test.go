package sshsign

import (
	"strings"
	"testing"
)

func TestMatchList(t *testing.T) {
	for _, c := range []struct {
		name, list, text string
		want             bool
	}{
		{"literal", "alice", "alice", true},
		{"other case", "alice", "Alice", false},
		{"longer text", "alice", "alice2", false},
		{"shorter text", "alice", "alic", false},
		{"second of two", "alice,bob", "bob", true},
		{"star at the start", "*@example.org", "bob@example.org", true},
		{"star for nothing", "*@example.org", "@example.org", true},
		{"star in the middle", "a*e", "alice", true},
		{"two stars", "a*c*e", "alice", true},
		{"star that has to give back", "*ab", "aab", true},
		{"star before what does not follow", "*ab", "abc", false},
		{"question mark", "al?ce", "alice", true},
		{"question mark for nothing", "alice?", "alice", false},
		{"only stars", "**", "", true},
		{"dot is a dot", "a.b", "axb", false},
		{"negated", "*@example.org,!bob@example.org", "bob@example.org", false},
		{"negated first", "!bob@example.org,*@example.org", "bob@example.org", false},
		{"negation of another", "*@example.org,!bob@example.org", "alice@example.org", true},
		{"negation alone matches nothing", "!bob", "alice", false},
		{"empty list", "", "alice", false},
		{"many stars end soon", strings.Repeat("*a", 500) + "b", strings.Repeat("a", 5000), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := matchList(strings.Split(c.list, ","), c.text); got != c.want {
				t.Errorf("%q matches %q: %t; want %t", c.list, c.text, got, c.want)
			}
		})
	}
}
