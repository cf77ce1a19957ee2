package aws

import (
	"context"
	"iter"
	"maps"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var vpc = provider.Define(provider.Spec[*conn, types.Vpc]{
	Name:    "aws_vpc",
	Actions: []string{"ec2:DescribeVpcs"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[types.Vpc, error] {
		if filters := byID(q, "vpc-id"); filters != nil {
			return describeVpcs(ctx, c, filters)
		}
		return vpcs(ctx, c)
	},
	ID:      func(v types.Vpc) string { return aws.ToString(v.VpcId) },
	Default: func(v types.Vpc) bool { return aws.ToBool(v.IsDefault) || madeByService(v.Tags) },
	Attrs: func(v types.Vpc) resource.Attrs {
		a := resource.Attrs{
			"cidr_block":       v.CidrBlock,
			"instance_tenancy": v.InstanceTenancy,
			"dhcp_options_id":  v.DhcpOptionsId,
			"owner_id":         v.OwnerId,
			"tags_all":         ec2Tags(v.Tags),
		}
		maps.Copy(a, vpcIPv6(v))
		return a
	},
	Details: []provider.Detail[*conn, types.Vpc]{
		vpcAttribute("enable_dns_support", types.VpcAttributeNameEnableDnsSupport,
			func(o *ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue { return o.EnableDnsSupport }),
		vpcAttribute("enable_dns_hostnames", types.VpcAttributeNameEnableDnsHostnames,
			func(o *ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue { return o.EnableDnsHostnames }),
		vpcAttribute("enable_network_address_usage_metrics", types.VpcAttributeNameEnableNetworkAddressUsageMetrics,
			func(o *ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue {
				return o.EnableNetworkAddressUsageMetrics
			}),
	},
	Rules: map[string]resource.Rule{
		"assign_generated_ipv6_cidr_block": resource.Default(false),
		"enable_dns_support":               resource.Default(true),
		"instance_tenancy":                 resource.Default("default"),
		"ipv4_ipam_pool_id":                resource.Ignore(),
		"ipv4_netmask_length":              resource.Ignore(),
		"ipv6_cidr_block":                  resource.CIDR(),
		"ipv6_netmask_length":              resource.Default(0),
		"tags_all":                         resource.AllTags("tags"),
	},
})

// vpcs are all the VPCs of the scope, listed once for everyone who must know
// which of them is the default one.
func vpcs(ctx context.Context, c *conn) iter.Seq2[types.Vpc, error] {
	return provider.Shared(&c.memo, "vpcs", describeVpcs(ctx, c, nil))
}

func describeVpcs(ctx context.Context, c *conn, filters []types.Filter) iter.Seq2[types.Vpc, error] {
	in := &ec2.DescribeVpcsInput{MaxResults: aws.Int32(1000), Filters: filters}
	list := pages(ctx, ec2.NewDescribeVpcsPaginator(c.ec2, in), func(o *ec2.DescribeVpcsOutput) []types.Vpc { return o.Vpcs })
	return where(list, func(v types.Vpc) bool { return c.owns(v.OwnerId) })
}

// Where the address block of a VPC can come from, as the API names it; else it
// is a pool of the account's own. Source: EC2's VpcIpv6CidrBlockAssociation.
const (
	amazonPool = "Amazon"
	ipamPool   = "IPAM Managed"
)

// vpcIPv6 maps the IPv6 block. A VPC can have several, and which of them is
// aws_vpc's own only the state says: then none is read.
func vpcIPv6(v types.Vpc) resource.Attrs {
	var blocks []types.VpcIpv6CidrBlockAssociation
	for _, b := range v.Ipv6CidrBlockAssociationSet {
		if b.Ipv6CidrBlockState != nil && b.Ipv6CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
			blocks = append(blocks, b)
		}
	}
	var block types.VpcIpv6CidrBlockAssociation
	switch len(blocks) {
	case 0:
	case 1:
		block = blocks[0]
	default:
		return nil
	}
	pool := aws.ToString(block.Ipv6Pool)
	a := resource.Attrs{
		"assign_generated_ipv6_cidr_block":     pool == amazonPool,
		"ipv6_cidr_block":                      block.Ipv6CidrBlock,
		"ipv6_cidr_block_network_border_group": block.NetworkBorderGroup,
		"ipv6_ipam_pool_id":                    nil,
		"ipv6_netmask_length":                  0,
	}
	switch pool {
	case "", amazonPool:
		return a
	case ipamPool: // the API does not say which
		delete(a, "ipv6_ipam_pool_id")
	default:
		a["ipv6_ipam_pool_id"] = pool
	}
	if p, err := netip.ParsePrefix(aws.ToString(block.Ipv6CidrBlock)); err == nil {
		a["ipv6_netmask_length"] = p.Bits()
	}
	return a
}

// vpcAttribute is one of the settings that DescribeVpcs leaves out; the API
// returns one a call.
func vpcAttribute(path string, name types.VpcAttributeName, value func(*ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue) provider.Detail[*conn, types.Vpc] {
	return provider.Detail[*conn, types.Vpc]{
		Action: "ec2:DescribeVpcAttribute",
		Paths:  []string{path},
		Read: func(ctx context.Context, c *conn, v types.Vpc) (resource.Attrs, error) {
			o, err := c.ec2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: v.VpcId, Attribute: name})
			if err != nil {
				return nil, err
			}
			a := value(o)
			if a == nil {
				return nil, nil
			}
			return resource.Attrs{path: a.Value}, nil
		},
	}
}
