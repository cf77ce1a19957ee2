package aws

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The rules of a security group are seen in three ways. EC2 has rules, each
// with one source and an id (sgr-…); aws_vpc_security_group_*_rule is one of
// them. An aws_security_group_rule is several: one for each of its sources. And
// a group shows them in permissions, which put together what has the same
// protocol, ports and description.

// The two directions: the values of an aws_security_group_rule's `type`, and
// the attributes in which a group shows its rules.
const (
	ingress = "ingress"
	egress  = "egress"
)

// securityGroupRules lists the rules of every group of the scope, in both
// directions, once for all the types that are made of them.
func securityGroupRules(ctx context.Context, c *conn) iter.Seq2[types.SecurityGroupRule, error] {
	in := &ec2.DescribeSecurityGroupRulesInput{MaxResults: aws.Int32(1000)}
	rules := provider.Shared(&c.memo, "ec2:DescribeSecurityGroupRules",
		pages(ctx, ec2.NewDescribeSecurityGroupRulesPaginator(c.ec2, in), func(o *ec2.DescribeSecurityGroupRulesOutput) []types.SecurityGroupRule { return o.SecurityGroupRules }))
	return where(rules, func(r types.SecurityGroupRule) bool { return c.owns(r.GroupOwnerId) })
}

func ruleDirection(r types.SecurityGroupRule) string {
	if aws.ToBool(r.IsEgress) {
		return egress
	}
	return ingress
}

func ruleID(r types.SecurityGroupRule) string { return aws.ToString(r.SecurityGroupRuleId) }

// referencedGroup is the group that a rule names, as the provider writes it:
// with the account in front where that is another one.
func referencedGroup(owner, account, group *string) *string {
	if group == nil || account == nil || aws.ToString(account) == aws.ToString(owner) {
		return group
	}
	return aws.String(*account + "/" + *group)
}

// plainGroup drops the account that may stand in front of a group's id, which
// is unique without it.
func plainGroup(id string) string {
	if _, group, ok := strings.Cut(id, "/"); ok {
		return group
	}
	return id
}

// protocolNames are the protocols that EC2 calls by name.
// Source: the API reference of IpPermission.
var protocolNames = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}

// canonProtocol returns EC2's own name of a protocol, which a configuration can
// also give as a number.
func canonProtocol(protocol string) string {
	protocol = strings.ToLower(protocol)
	return cmp.Or(protocolNames[protocol], protocol)
}

// hasPorts reports whether the ports (for ICMP: the type and the code) of a
// rule mean something. EC2 allows all of them for every other protocol, and
// answers 0, -1 or nothing whatever was asked for.
func hasPorts(protocol string) bool {
	switch canonProtocol(protocol) {
	case "tcp", "udp", "icmp", "icmpv6":
		return true
	}
	return false
}

// ruleKey is the join key of aws_security_group_rule: what makes a rule unique
// in its group, in canonical form. EC2 refuses a second rule that differs in
// nothing but its description.
func ruleKey(group, direction, protocol string, from, to float64, source string) string {
	ports := []string{"", ""}
	if hasPorts(protocol) {
		ports = []string{resource.FormatNumber(from), resource.FormatNumber(to)}
	}
	return strings.Join([]string{group, direction, canonProtocol(protocol), ports[0], ports[1], source}, "|")
}

// permissionSources are the attributes of a permission that list sources, or,
// of an egress rule, targets.
var permissionSources = []string{"cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"}

// permissions shows a group's rules as the provider does in `ingress` and
// `egress`.
func permissions(group types.SecurityGroup, rules []types.IpPermission) any {
	var single []any // one source each
	for _, p := range rules {
		add := func(description *string, name string, source any) {
			single = append(single, map[string]any{
				"protocol": aws.ToString(p.IpProtocol), "from_port": float64(aws.ToInt32(p.FromPort)), "to_port": float64(aws.ToInt32(p.ToPort)),
				"description": aws.ToString(description), name: source,
			})
		}
		for _, r := range p.IpRanges {
			add(r.Description, "cidr_blocks", []any{aws.ToString(r.CidrIp)})
		}
		for _, r := range p.Ipv6Ranges {
			add(r.Description, "ipv6_cidr_blocks", []any{aws.ToString(r.CidrIpv6)})
		}
		for _, l := range p.PrefixListIds {
			add(l.Description, "prefix_list_ids", []any{aws.ToString(l.PrefixListId)})
		}
		for _, g := range p.UserIdGroupPairs {
			if aws.ToString(g.GroupId) == aws.ToString(group.GroupId) {
				add(g.Description, "self", true)
				continue
			}
			add(g.Description, "security_groups", []any{aws.ToString(referencedGroup(group.OwnerId, g.UserId, g.GroupId))})
		}
	}
	return canonPermissions(single)
}

// canonPermissions is the canonical form of `ingress` and `egress`. Grouping
// means nothing: a configuration may have one block per source, a state keeps
// that, and EC2 answers in its own way. So what has the same protocol, ports and
// description becomes one element.
func canonPermissions(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	grouped := map[string]map[string]any{}
	out := []map[string]any{} // in the order of the first of each, so that an index is the state's
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return v
		}
		a := resource.Attrs(m)
		protocol, description := canonProtocol(a.String("protocol")), a.String("description")
		var from, to float64
		if hasPorts(protocol) {
			from, _ = a.Number("from_port")
			to, _ = a.Number("to_port")
		}
		key := ruleKey("", "", protocol, from, to, description)
		p := grouped[key]
		if p == nil {
			p = map[string]any{"protocol": protocol, "from_port": from, "to_port": to, "description": description, "self": false}
			grouped[key] = p
			out = append(out, p)
		}
		if self, _ := m["self"].(bool); self {
			p["self"] = true
		}
		for _, name := range permissionSources {
			sources, _ := p[name].([]string)
			for _, s := range a.Strings(name) {
				sources = append(sources, resource.CanonCIDR(s))
			}
			slices.Sort(sources)
			p[name] = slices.Compact(sources)
		}
	}
	return resource.Normalize(resource.Attrs{"": out})[""]
}

// vpcSecurityGroupRule declares the type of one direction: the two differ in
// nothing else.
func vpcSecurityGroupRule(direction string) provider.Spec[*conn, types.SecurityGroupRule] {
	noPort := resource.Default(-1) // what EC2 answers where no port was given
	return provider.Spec[*conn, types.SecurityGroupRule]{
		Name:    "aws_vpc_security_group_" + direction + "_rule",
		Actions: []string{"ec2:DescribeSecurityGroupRules"},
		List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.SecurityGroupRule, error] {
			return where(securityGroupRules(ctx, c), func(r types.SecurityGroupRule) bool { return ruleDirection(r) == direction })
		},
		ID:     ruleID,
		Object: ruleID,
		Attrs: func(r types.SecurityGroupRule) resource.Attrs {
			from, to := r.FromPort, r.ToPort
			if !hasPorts(aws.ToString(r.IpProtocol)) {
				from, to = nil, nil
			}
			var group *string
			if g := r.ReferencedGroupInfo; g != nil {
				group = referencedGroup(r.GroupOwnerId, g.UserId, g.GroupId)
			}
			return resource.Attrs{
				"security_group_id":            r.GroupId,
				"ip_protocol":                  r.IpProtocol,
				"from_port":                    from,
				"to_port":                      to,
				"cidr_ipv4":                    r.CidrIpv4,
				"cidr_ipv6":                    r.CidrIpv6,
				"prefix_list_id":               r.PrefixListId,
				"referenced_security_group_id": group,
				"description":                  r.Description,
				"tags_all":                     ec2Tags(r.Tags),
			}
		},
		Rules: map[string]resource.Rule{
			"ip_protocol":                  resource.CanonString(canonProtocol),
			"from_port":                    noPort,
			"to_port":                      noPort,
			"cidr_ipv4":                    resource.CIDR(),
			"cidr_ipv6":                    resource.CIDR(),
			"referenced_security_group_id": resource.CanonString(plainGroup),
			"tags_all":                     resource.AllTags("tags"),
		},
		ChildOf: []resource.ChildOf{
			{Parent: "aws_security_group", Ref: "security_group_id", Path: direction},
			{Parent: "aws_default_security_group", Ref: "security_group_id", Path: direction},
		},
	}
}
