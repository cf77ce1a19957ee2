package resource

import (
	"testing"
)

// same applies a rule the way the comparison does to two scalars.
func same(r Rule, a, b any) bool {
	if r.Canon != nil {
		a, b = r.Canon(a), r.Canon(b)
	}
	if r.Same != nil && r.Same(a, b) {
		return true
	}
	return Text(a) == Text(b)
}

func TestRules(t *testing.T) {
	tests := map[string]struct {
		rule         Rule
		state, cloud any
		want         bool
	}{
		"fold":                               {Fold(), "Mon:03:00", "mon:03:00", true},
		"fold another":                       {Fold(), "Mon", "tue", false},
		"fold leaves numbers":                {Fold(), 1.0, 1.0, true},
		"trim a dot":                         {TrimSuffix("."), "example.org.", "example.org", true},
		"trim nothing else":                  {TrimSuffix("."), "example.org", "example.com", false},
		"space":                              {Space(), " a\n", "a", true},
		"last segment":                       {LastSegment(":/"), "arn:aws:iam::1:instance-profile/p", "p", true},
		"last segment another":               {LastSegment(":/"), "x/p", "x/q", false},
		"cidr with host bits":                {CIDR(), "10.0.0.7/16", "10.0.0.0/16", true},
		"cidr v6 forms":                      {CIDR(), "2001:DB8:0::/32", "2001:db8::/32", true},
		"cidr another length":                {CIDR(), "10.0.0.0/16", "10.0.0.0/8", false},
		"cidr leaves the rest":               {CIDR(), "sg-1", "sg-1", true},
		"number as text":                     {Number(), 90.0, "90", true},
		"number another":                     {Number(), 90.0, "9", false},
		"version prefix":                     {VersionPrefix(), "14", "14.7", true},
		"version itself":                     {VersionPrefix(), "14.7", "14.7", true},
		"version is no prefix of text":       {VersionPrefix(), "1", "14.7", false},
		"version not the other way":          {VersionPrefix(), "14.7", "14", false},
		"json":                               {JSON(), `{"a":1,"b":[1,2]}`, "{\n \"b\": [1, 2], \"a\": 1}", true},
		"json list order":                    {JSON(), `[1,2]`, `[2,1]`, false},
		"json broken":                        {JSON(), `{`, `{`, true},
		"policy order":                       {Policy(), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:b","a:c"],"Resource":"*"}]}`, `{"Statement":[{"Action":["a:c","a:b"],"Resource":["*"],"Effect":"Allow"}],"Version":"2012-10-17"}`, true},
		"policy account is its root":         {Policy(), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"a:b","Resource":"*"}]}`, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"a:b","Resource":"*"}]}`, true},
		"policy widened":                     {Policy(), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}]}`, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:*","Resource":"*"}]}`, false},
		"policy denies what was allowed":     {Policy(), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}]}`, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"a:b","Resource":"*"}]}`, false},
		"a policy that is none is different": {Policy(), `{"Version":"2012-10-17","Statement":[]}`, `not a policy`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := same(tt.rule, tt.state, tt.cloud); got != tt.want {
				t.Errorf("%v and %v: same is %v, want %v", tt.state, tt.cloud, got, tt.want)
			}
			if tt.rule.Same == nil && same(tt.rule, tt.cloud, tt.state) != tt.want {
				t.Error("not symmetric")
			}
		})
	}
}

func TestDefaultIsInJSONsShapes(t *testing.T) {
	if d := Default(10).Default; d != 10.0 {
		t.Errorf("default %T %v, want float64 10", d, d)
	}
	if d := Fold().WithDefault("x"); d.Default != "x" || d.Canon == nil {
		t.Errorf("%+v has lost a part", d)
	}
}

func TestChildOf(t *testing.T) {
	of := ChildOf{Parent: "p", Ref: "parent", When: map[string]string{"type": "in"}, ParentID: func(s string) string { return s + "!" }}
	tests := map[string]struct {
		attrs Attrs
		id    string
		ok    bool
	}{
		"applies":            {Attrs{"parent": "x", "type": "in"}, "x!", true},
		"of another kind":    {Attrs{"parent": "x", "type": "out"}, "", false},
		"without the parent": {Attrs{"type": "in"}, "", false},
		"parent is null":     {Attrs{"parent": nil, "type": "in"}, "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if id, ok := of.Of(tt.attrs); id != tt.id || ok != tt.ok {
				t.Errorf("%q %v, want %q %v", id, ok, tt.id, tt.ok)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	if ids := (Type{}).IDs(Attrs{"id": "x"}); len(ids) != 1 || ids[0] != "x" {
		t.Errorf("ids %v, want the attribute id", ids)
	}
	if ids := (Type{}).IDs(Attrs{"id": nil}); ids != nil {
		t.Errorf("ids %v of a state that cannot say", ids)
	}
	if ids := (Type{StateIDs: func(a Attrs) []string { return a.Strings("keys") }}).IDs(Attrs{"id": "x", "keys": []any{"a", 1.0, "b"}}); len(ids) != 2 {
		t.Errorf("ids %v, want the declared ones", ids)
	}
}
