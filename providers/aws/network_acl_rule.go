package aws

import (
	"context"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var networkACLRule = provider.Define(provider.Spec[*conn, listedACLRule]{
	Name:    "aws_network_acl_rule",
	Actions: []string{"ec2:DescribeNetworkAcls"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[listedACLRule, error] {
		return networkACLRules(networkACLs(ctx, c))
	},
	ID: func(r listedACLRule) string {
		return networkACLRuleID(aws.ToString(r.acl), aws.ToBool(r.Egress), float64(aws.ToInt32(r.RuleNumber)))
	},
	StateIDs: func(a resource.Attrs) []string {
		acl := a.String("network_acl_id")
		egress, _ := a["egress"].(bool)
		number, ok := a.Number("rule_number")
		if acl == "" || !ok {
			return nil
		}
		return []string{networkACLRuleID(acl, egress, number)}
	},
	Import: importBy(":", "network_acl_id", "rule_number", "protocol", "egress"),
	Attrs: func(r listedACLRule) resource.Attrs {
		a := resource.Attrs{
			"network_acl_id":  r.acl,
			"egress":          aws.ToBool(r.Egress),
			"rule_number":     r.RuleNumber,
			"rule_action":     r.RuleAction,
			"protocol":        r.Protocol,
			"cidr_block":      r.CidrBlock,
			"ipv6_cidr_block": r.Ipv6CidrBlock,
		}
		// Where a protocol has no ports or types, the provider leaves in the
		// state what the configuration says.
		if r.PortRange != nil {
			a["from_port"], a["to_port"] = r.PortRange.From, r.PortRange.To
		}
		if r.IcmpTypeCode != nil {
			a["icmp_type"], a["icmp_code"] = r.IcmpTypeCode.Type, r.IcmpTypeCode.Code
		}
		return a
	},
	Rules: map[string]resource.Rule{
		"egress":          resource.Default(false),
		"rule_action":     resource.Fold(),
		"protocol":        resource.CanonString(protocolNumber),
		"ipv6_cidr_block": resource.CIDR(),
	},
	// The provider lets a list have its rules inline or as resources, not one
	// direction so and the other so.
	ChildOf: []resource.ChildOf{
		{Parent: "aws_network_acl", Ref: "network_acl_id", Path: "ingress"},
		{Parent: "aws_network_acl", Ref: "network_acl_id", Path: "egress"},
		{Parent: "aws_default_network_acl", Ref: "network_acl_id", Path: "ingress"},
		{Parent: "aws_default_network_acl", Ref: "network_acl_id", Path: "egress"},
	},
})

// listedACLRule is a rule and the list it is in.
type listedACLRule struct {
	types.NetworkAclEntry
	acl *string
}

func networkACLRuleID(acl string, egress bool, number float64) string {
	direction := "ingress"
	if egress {
		direction = "egress"
	}
	return fmt.Sprintf("%s_%s_%s", acl, direction, resource.FormatNumber(number))
}

func networkACLRules(acls iter.Seq2[types.NetworkAcl, error]) iter.Seq2[listedACLRule, error] {
	return func(yield func(listedACLRule, error) bool) {
		for v, err := range acls {
			if err != nil {
				yield(listedACLRule{}, err)
				return
			}
			for _, e := range v.Entries {
				if aws.ToInt32(e.RuleNumber) <= lastACLRule && !yield(listedACLRule{e, v.NetworkAclId}, nil) {
					return
				}
			}
		}
	}
}
