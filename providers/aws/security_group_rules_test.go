package aws

import (
	"maps"
	"slices"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

func TestCanonPermissionsIgnoresGrouping(t *testing.T) {
	permission := func(protocol string, port float64, sources map[string]any) any {
		sources["protocol"], sources["from_port"], sources["to_port"] = protocol, port, port
		return sources
	}
	one := []any{permission("tcp", 443, map[string]any{
		"cidr_blocks": []any{"10.0.0.0/8", "10.1.0.0/16"}, "ipv6_cidr_blocks": []any{"2001:db8::/32"}, "self": true,
	})}
	many := []any{
		permission("6", 443, map[string]any{"self": true, "description": ""}),
		permission("tcp", 443, map[string]any{"cidr_blocks": []any{"10.1.0.0/16"}}),
		permission("TCP", 443, map[string]any{"ipv6_cidr_blocks": []any{"2001:0DB8:0::/32"}}),
		permission("tcp", 443, map[string]any{"cidr_blocks": []any{"10.0.0.0/8"}, "security_groups": nil}),
	}
	if a, b := resource.Text(canonPermissions(one)), resource.Text(canonPermissions(many)); a != b {
		t.Errorf("grouped:   %s\nungrouped: %s", a, b)
	}
	for name, other := range map[string]any{
		"a port":        permission("tcp", 80, map[string]any{"self": true}),
		"a source":      permission("tcp", 443, map[string]any{"cidr_blocks": []any{"0.0.0.0/0"}}),
		"a description": permission("tcp", 443, map[string]any{"self": true, "description": "each other"}),
	} {
		if a, b := resource.Text(canonPermissions(many)), resource.Text(canonPermissions(append(slices.Clone(many), other))); a == b {
			t.Errorf("%s more makes no difference: %s", name, a)
		}
	}
}

func TestSecurityGroupRuleStateIDs(t *testing.T) {
	rule := func(more resource.Attrs) resource.Attrs {
		a := resource.Attrs{"security_group_id": "sg-1", "type": "ingress", "protocol": "17", "from_port": 53.0, "to_port": 53.0}
		maps.Copy(a, more)
		return a
	}
	for name, c := range map[string]struct {
		state resource.Attrs
		want  []string
	}{
		"a rule for each source": {
			rule(resource.Attrs{"cidr_blocks": []any{"10.0.0.0/8", "10.1.0.0/16"}, "prefix_list_ids": []any{"pl-1"}}),
			[]string{"sg-1|ingress|udp|53|53|10.0.0.0/8", "sg-1|ingress|udp|53|53|10.1.0.0/16", "sg-1|ingress|udp|53|53|pl-1"},
		},
		"another account's group": {
			rule(resource.Attrs{"source_security_group_id": "210987654321/sg-2"}),
			[]string{"sg-1|ingress|udp|53|53|sg-2"},
		},
		"itself, told twice": {
			rule(resource.Attrs{"self": true, "source_security_group_id": "sg-1"}),
			[]string{"sg-1|ingress|udp|53|53|sg-1"},
		},
		"ports that mean nothing": {
			rule(resource.Attrs{"protocol": "all", "cidr_blocks": []any{"0.0.0.0/0"}}),
			[]string{"sg-1|ingress|-1|||0.0.0.0/0"},
		},
		"nothing to go by": {rule(nil), nil},
	} {
		if got := securityGroupRule.StateIDs(c.state); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
