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

var subnet = provider.Define(provider.Spec[*conn, types.Subnet]{
	Name:    "aws_subnet",
	Actions: []string{"ec2:DescribeSubnets"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[types.Subnet, error] {
		in := &ec2.DescribeSubnetsInput{MaxResults: aws.Int32(1000), Filters: byID(q, "subnet-id")}
		list := pages(ctx, ec2.NewDescribeSubnetsPaginator(c.ec2, in), func(o *ec2.DescribeSubnetsOutput) []types.Subnet { return o.Subnets })
		return where(list, func(v types.Subnet) bool { return c.owns(v.OwnerId) })
	},
	ID:      func(v types.Subnet) string { return aws.ToString(v.SubnetId) },
	Default: func(v types.Subnet) bool { return aws.ToBool(v.DefaultForAz) || madeByService(v.Tags) },
	Attrs: func(v types.Subnet) resource.Attrs {
		var names types.PrivateDnsNameOptionsOnLaunch
		if v.PrivateDnsNameOptionsOnLaunch != nil {
			names = *v.PrivateDnsNameOptionsOnLaunch
		}
		return resource.Attrs{
			"arn":                             v.SubnetArn,
			"owner_id":                        v.OwnerId,
			"vpc_id":                          v.VpcId,
			"availability_zone":               v.AvailabilityZone,
			"availability_zone_id":            v.AvailabilityZoneId,
			"outpost_arn":                     v.OutpostArn,
			"cidr_block":                      v.CidrBlock,
			"ipv6_cidr_block":                 subnetIPv6(v),
			"ipv6_native":                     aws.ToBool(v.Ipv6Native),
			"assign_ipv6_address_on_creation": aws.ToBool(v.AssignIpv6AddressOnCreation),
			"map_public_ip_on_launch":         aws.ToBool(v.MapPublicIpOnLaunch),
			"map_customer_owned_ip_on_launch": aws.ToBool(v.MapCustomerOwnedIpOnLaunch),
			"customer_owned_ipv4_pool":        v.CustomerOwnedIpv4Pool,
			"enable_dns64":                    aws.ToBool(v.EnableDns64),
			"enable_lni_at_device_index":      aws.ToInt32(v.EnableLniAtDeviceIndex),
			"enable_resource_name_dns_a_record_on_launch":    aws.ToBool(names.EnableResourceNameDnsARecord),
			"enable_resource_name_dns_aaaa_record_on_launch": aws.ToBool(names.EnableResourceNameDnsAAAARecord),
			"private_dns_hostname_type_on_launch":            names.HostnameType,
			"tags_all":                                       ec2Tags(v.Tags),
		}
	},
	Rules: map[string]resource.Rule{
		"assign_ipv6_address_on_creation":                resource.Default(false),
		"enable_dns64":                                   resource.Default(false),
		"enable_lni_at_device_index":                     resource.Default(0),
		"enable_resource_name_dns_a_record_on_launch":    resource.Default(false),
		"enable_resource_name_dns_aaaa_record_on_launch": resource.Default(false),
		"ipv6_cidr_block":                                resource.CIDR(),
		"ipv6_native":                                    resource.Default(false),
		"map_customer_owned_ip_on_launch":                resource.Default(false),
		"map_public_ip_on_launch":                        resource.Default(false),
		"tags_all":                                       resource.AllTags("tags"),
	},
})

// subnetIPv6 is the one IPv6 block that a subnet can have; those that were
// taken away stay in the answer for a while.
func subnetIPv6(v types.Subnet) *string {
	for _, b := range v.Ipv6CidrBlockAssociationSet {
		if b.Ipv6CidrBlockState != nil && b.Ipv6CidrBlockState.State == types.SubnetCidrBlockStateCodeAssociated {
			return b.Ipv6CidrBlock
		}
	}
	return nil
}
