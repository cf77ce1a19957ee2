package aws

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var networkACL = provider.Define(networkACLSpec("aws_network_acl"))

// networkACLSpec declares the type of lists that Terraform makes, and, under
// another name, that of the list which comes with each VPC.
func networkACLSpec(name string) provider.Spec[*conn, types.NetworkAcl] {
	return provider.Spec[*conn, types.NetworkAcl]{
		Name:    name,
		Actions: []string{"ec2:DescribeNetworkAcls"},
		List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.NetworkAcl, error] {
			return networkACLs(ctx, c)
		},
		ID: func(v types.NetworkAcl) string { return aws.ToString(v.NetworkAclId) },
		Import: func(r *resource.Resource) string {
			if r.Default && name == "aws_network_acl" {
				return "" // the importer refuses the list that comes with a VPC
			}
			return r.Key.ID
		},
		Default: func(v types.NetworkAcl) bool { return isDefaultACL(v) || madeByService(v.Tags) },
		Attrs: func(v types.NetworkAcl) resource.Attrs {
			subnets := []*string{}
			for _, a := range v.Associations {
				subnets = append(subnets, a.SubnetId)
			}
			return resource.Attrs{
				"owner_id":   v.OwnerId,
				"vpc_id":     v.VpcId,
				"subnet_ids": subnets,
				"ingress":    inlineACLRules(v, false),
				"egress":     inlineACLRules(v, true),
				"tags_all":   ec2Tags(v.Tags),
			}
		},
		Rules: map[string]resource.Rule{
			"ingress":                 resource.Keyed("rule_no"),
			"ingress.action":          resource.Fold(),
			"ingress.icmp_code":       resource.Default(0),
			"ingress.icmp_type":       resource.Default(0),
			"ingress.ipv6_cidr_block": resource.CIDR(),
			"ingress.protocol":        resource.CanonString(protocolNumber),
			"egress":                  resource.Keyed("rule_no"),
			"egress.action":           resource.Fold(),
			"egress.icmp_code":        resource.Default(0),
			"egress.icmp_type":        resource.Default(0),
			"egress.ipv6_cidr_block":  resource.CIDR(),
			"egress.protocol":         resource.CanonString(protocolNumber),
			"tags_all":                resource.AllTags("tags"),
		},
		Children: []resource.Child{{Type: "aws_network_acl_association", Ref: "network_acl_id", Path: "subnet_ids"}},
	}
}

func isDefaultACL(v types.NetworkAcl) bool { return aws.ToBool(v.IsDefault) }

// networkACLs lists once for the lists and their rules.
func networkACLs(ctx context.Context, c *conn) iter.Seq2[types.NetworkAcl, error] {
	in := &ec2.DescribeNetworkAclsInput{MaxResults: aws.Int32(1000)}
	list := pages(ctx, ec2.NewDescribeNetworkAclsPaginator(c.ec2, in), func(o *ec2.DescribeNetworkAclsOutput) []types.NetworkAcl { return o.NetworkAcls })
	return provider.Shared(&c.memo, "networkACLs", where(list, func(v types.NetworkAcl) bool { return c.owns(v.OwnerId) }))
}

// lastACLRule is the highest number that a rule can have. AWS ends every list
// with rules above it, shown as `*`, that deny what no other rule allowed.
const lastACLRule = 32766

// inlineACLRules are the rules of one direction in the form of the provider: an
// absent address is "", an absent port or ICMP type 0.
func inlineACLRules(v types.NetworkAcl, egress bool) []any {
	out := []any{}
	for _, e := range v.Entries {
		if aws.ToInt32(e.RuleNumber) > lastACLRule || aws.ToBool(e.Egress) != egress {
			continue
		}
		var ports types.PortRange
		if e.PortRange != nil {
			ports = *e.PortRange
		}
		var icmp types.IcmpTypeCode
		if e.IcmpTypeCode != nil {
			icmp = *e.IcmpTypeCode
		}
		out = append(out, map[string]any{
			"rule_no":         e.RuleNumber,
			"action":          e.RuleAction,
			"protocol":        e.Protocol,
			"cidr_block":      aws.ToString(e.CidrBlock),
			"ipv6_cidr_block": aws.ToString(e.Ipv6CidrBlock),
			"from_port":       aws.ToInt32(ports.From),
			"to_port":         aws.ToInt32(ports.To),
			"icmp_type":       aws.ToInt32(icmp.Type),
			"icmp_code":       aws.ToInt32(icmp.Code),
		})
	}
	return out
}

// protocolNumbers are the protocols that configurations name. The API and the
// provider's read speak in numbers.
var protocolNumbers = map[string]int{"all": -1, "icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}

func protocolNumber(name string) string {
	if n, ok := protocolNumbers[strings.ToLower(name)]; ok {
		return strconv.Itoa(n)
	}
	return name
}
