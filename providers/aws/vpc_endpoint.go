package aws

import (
	"cmp"
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var vpcEndpoint = provider.Define(provider.Spec[*conn, types.VpcEndpoint]{
	Name:    "aws_vpc_endpoint",
	Actions: []string{"ec2:DescribeVpcEndpoints"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.VpcEndpoint, error] {
		in := &ec2.DescribeVpcEndpointsInput{MaxResults: aws.Int32(1000)}
		list := pages(ctx, ec2.NewDescribeVpcEndpointsPaginator(c.ec2, in), func(o *ec2.DescribeVpcEndpointsOutput) []types.VpcEndpoint { return o.VpcEndpoints })
		return where(list, func(v types.VpcEndpoint) bool { return c.owns(v.OwnerId) && vpcEndpointLives(v) })
	},
	ID:      func(v types.VpcEndpoint) string { return aws.ToString(v.VpcEndpointId) },
	Default: vpcEndpointMadeByService,
	Attrs: func(v types.VpcEndpoint) resource.Attrs {
		groups := []*string{}
		for _, g := range v.Groups {
			groups = append(groups, g.GroupId)
		}
		return resource.Attrs{
			"owner_id":     v.OwnerId,
			"vpc_id":       v.VpcId,
			"service_name": v.ServiceName,
			// GovCloud leaves the kind out.
			"vpc_endpoint_type":   cmp.Or(v.VpcEndpointType, types.VpcEndpointTypeGateway),
			"ip_address_type":     v.IpAddressType,
			"policy":              v.PolicyDocument,
			"private_dns_enabled": aws.ToBool(v.PrivateDnsEnabled),
			"dns_options":         vpcEndpointDNS(v.DnsOptions),
			"route_table_ids":     v.RouteTableIds,
			"security_group_ids":  groups,
			"subnet_ids":          v.SubnetIds,
			"tags_all":            ec2Tags(v.Tags),
		}
	},
	Rules: map[string]resource.Rule{
		"auto_accept":         resource.Ignore(),
		"policy":              resource.Policy(),
		"private_dns_enabled": resource.Default(false),
		"vpc_endpoint_type":   resource.Default("Gateway"),
		"dns_options.private_dns_only_for_inbound_resolver_endpoint": resource.Default(false),
		"tags_all": resource.AllTags("tags"),
	},
	Children: []resource.Child{
		{Type: "aws_vpc_endpoint_policy", Ref: "vpc_endpoint_id", Path: "policy"},
		{Type: "aws_vpc_endpoint_private_dns", Ref: "vpc_endpoint_id", Path: "private_dns_enabled"},
		{Type: "aws_vpc_endpoint_route_table_association", Ref: "vpc_endpoint_id", Path: "route_table_ids"},
		{Type: "aws_vpc_endpoint_security_group_association", Ref: "vpc_endpoint_id", Path: "security_group_ids"},
		{Type: "aws_vpc_endpoint_subnet_association", Ref: "vpc_endpoint_id", Path: "subnet_ids"},
	},
})

// vpcEndpointLives is false for endpoints on their way out. The API writes the
// states in another case than its model does.
func vpcEndpointLives(v types.VpcEndpoint) bool {
	return !strings.EqualFold(string(v.State), string(types.StateDeleting)) && !strings.EqualFold(string(v.State), string(types.StateDeleted))
}

// guardDutyTag marks the endpoints that GuardDuty makes for its agents.
const guardDutyTag = "GuardDutyManaged"

func vpcEndpointMadeByService(v types.VpcEndpoint) bool {
	for _, t := range v.Tags {
		if aws.ToString(t.Key) == guardDutyTag {
			return true
		}
	}
	return aws.ToBool(v.RequesterManaged) || madeByService(v.Tags)
}

func vpcEndpointDNS(o *types.DnsOptions) []any {
	if o == nil {
		return []any{}
	}
	return []any{map[string]any{
		"dns_record_ip_type":                             o.DnsRecordIpType,
		"private_dns_only_for_inbound_resolver_endpoint": aws.ToBool(o.PrivateDnsOnlyForInboundResolverEndpoint),
	}}
}
