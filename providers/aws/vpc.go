package aws

import (
	"context"
	"iter"

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
		in := &ec2.DescribeVpcsInput{MaxResults: aws.Int32(1000), Filters: byID(q, "vpc-id")}
		return pages(ctx, ec2.NewDescribeVpcsPaginator(c.ec2, in), func(o *ec2.DescribeVpcsOutput) []types.Vpc { return o.Vpcs })
	},
	ID:      func(v types.Vpc) string { return aws.ToString(v.VpcId) },
	Default: func(v types.Vpc) bool { return aws.ToBool(v.IsDefault) },
	Attrs: func(v types.Vpc) resource.Attrs {
		return resource.Attrs{
			"cidr_block":       v.CidrBlock,
			"instance_tenancy": v.InstanceTenancy,
			"dhcp_options_id":  v.DhcpOptionsId,
			"owner_id":         v.OwnerId,
			"tags_all":         ec2Tags(v.Tags),
		}
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
	Rules: map[string]resource.Rule{"tags_all": resource.AllTags("tags")},
})

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
