package state

import (
	"slices"
	"testing"
)

func TestPattern(t *testing.T) {
	names := []string{"a.tfstate", "env/dev/a.tfstate", "env/prod/a.tfstate", "env/prod/b.json", "env/prod/eu/a.tfstate", "env.tfstate"}
	for _, tt := range []struct {
		pattern, prefix string
		want            []string
	}{
		{"*", "", []string{"a.tfstate", "env.tfstate"}},
		{"env/*/a.tfstate", "env/", []string{"env/dev/a.tfstate", "env/prod/a.tfstate"}},
		{"env/**/a.tfstate", "env", []string{"env/dev/a.tfstate", "env/prod/a.tfstate", "env/prod/eu/a.tfstate"}},
		{"**/*.tfstate", "", []string{"a.tfstate", "env/dev/a.tfstate", "env/prod/a.tfstate", "env/prod/eu/a.tfstate", "env.tfstate"}},
		{"env/{dev,prod}/?.*", "env/", []string{"env/dev/a.tfstate", "env/prod/a.tfstate", "env/prod/b.json"}},
		{"env/[!d]*/a*", "env/", []string{"env/prod/a.tfstate"}},
		{"none*", "none", nil},
	} {
		t.Run(tt.pattern, func(t *testing.T) {
			p, err := ParsePattern("x://"+tt.pattern, tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			if p.Prefix() != tt.prefix {
				t.Errorf("prefix %q; want %q", p.Prefix(), tt.prefix)
			}
			got := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !p.Match(n) })
			if !slices.Equal(got, tt.want) {
				t.Errorf("matches %q; want %q", got, tt.want)
			}
		})
	}
	if _, err := ParsePattern("x://a[", "a["); err == nil || err.Error() != "state x://a[: is not a valid pattern; close every [ and {, or name one state" {
		t.Errorf("bad pattern: %v", err)
	}
}

func TestPatternSources(t *testing.T) {
	p, err := ParsePattern("x://*", "*")
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.Sources([]string{"b", "a", "b"}, func(name string) Source { return text{name, ""} })
	if err != nil || len(found) != 2 || found[0].String() != "a" || found[1].String() != "b" {
		t.Errorf("sources %v, %v", found, err)
	}
	if _, err := p.Sources(nil, nil); err == nil || err.Error() != "state x://*: nothing matches the pattern; check it, and quote it so that the shell leaves it alone" {
		t.Errorf("no name: %v", err)
	}
}
