package aws

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// One aws_security_group_rule stands for a rule of EC2 per source: its join keys
// are those of all of them, and say everything but the description.
var securityGroupRule = provider.Define(provider.Spec[*conn, types.SecurityGroupRule]{
	Name:    "aws_security_group_rule",
	Actions: []string{"ec2:DescribeSecurityGroupRules"},
	Facet:   true,
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.SecurityGroupRule, error] {
		return securityGroupRules(ctx, c)
	},
	ID: func(r types.SecurityGroupRule) string {
		source := aws.ToString(r.CidrIpv4) + aws.ToString(r.CidrIpv6) + aws.ToString(r.PrefixListId) // one of them
		if g := r.ReferencedGroupInfo; g != nil {
			source = aws.ToString(g.GroupId)
		}
		return ruleKey(aws.ToString(r.GroupId), ruleDirection(r), aws.ToString(r.IpProtocol),
			float64(aws.ToInt32(r.FromPort)), float64(aws.ToInt32(r.ToPort)), resource.CanonCIDR(source))
	},
	StateIDs: func(a resource.Attrs) []string {
		group := a.String("security_group_id")
		var sources []string
		for _, name := range []string{"cidr_blocks", "ipv6_cidr_blocks"} {
			for _, block := range a.Strings(name) {
				sources = append(sources, resource.CanonCIDR(block))
			}
		}
		sources = append(sources, a.Strings("prefix_list_ids")...)
		if self, _ := a["self"].(bool); self {
			sources = append(sources, group)
		}
		if other := plainGroup(a.String("source_security_group_id")); other != "" {
			sources = append(sources, other) // older states hold the group itself here, beside self
		}
		from, _ := a.Number("from_port")
		to, _ := a.Number("to_port")
		var ids []string
		for _, source := range sources {
			id := ruleKey(group, a.String("type"), a.String("protocol"), from, to, source)
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		return ids
	},
	Object: ruleID,
	Import: securityGroupRuleImportID,
	Attrs: func(r types.SecurityGroupRule) resource.Attrs {
		a := resource.Attrs{
			"security_group_id": r.GroupId,
			"type":              ruleDirection(r),
			"protocol":          r.IpProtocol,
			"description":       r.Description,
		}
		if hasPorts(aws.ToString(r.IpProtocol)) {
			a["from_port"], a["to_port"] = r.FromPort, r.ToPort
		}
		return a
	},
	Rules: map[string]resource.Rule{
		"protocol": resource.CanonString(canonProtocol),
		// Each source is in a join key of its own.
		"cidr_blocks":              resource.Ignore(),
		"ipv6_cidr_blocks":         resource.Ignore(),
		"prefix_list_ids":          resource.Ignore(),
		"source_security_group_id": resource.Ignore(),
		"self":                     resource.Ignore(),
	},
	ChildOf: []resource.ChildOf{
		{Parent: "aws_security_group", Ref: "security_group_id", Path: ingress, When: map[string]string{"type": ingress}},
		{Parent: "aws_security_group", Ref: "security_group_id", Path: egress, When: map[string]string{"type": egress}},
		{Parent: "aws_default_security_group", Ref: "security_group_id", Path: ingress, When: map[string]string{"type": ingress}},
		{Parent: "aws_default_security_group", Ref: "security_group_id", Path: egress, When: map[string]string{"type": egress}},
	},
})

// securityGroupRuleImportID is what Terraform imports one source of a rule by:
// `sg-1_ingress_tcp_443_443_10.0.0.0/8`, made of the join key, which has the same
// parts. The group itself is the source `self`, all protocols are `all` with the
// ports 0. Of the protocols that EC2 has no name for, Terraform compares the ports
// with those of DescribeSecurityGroups, which nobody read: they have no id.
func securityGroupRuleImportID(r *resource.Resource) string {
	parts := strings.Split(r.Key.ID, "|")
	if len(parts) != 6 {
		return ""
	}
	group, protocol := &parts[0], &parts[2]
	if *protocol == "-1" {
		*protocol, parts[3], parts[4] = "all", "0", "0"
	}
	if source := &parts[5]; *source == *group {
		*source = "self"
	}
	return importID("_", parts...)
}
