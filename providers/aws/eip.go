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

// network_interface is not read: NAT gateways, load balancers and instances take
// the address after aws_eip was read, so a state rarely says where it is now.
var eip = provider.Define(provider.Spec[*conn, types.Address]{
	Name:    "aws_eip",
	Actions: []string{"ec2:DescribeAddresses"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.Address, error] {
		return addresses(ctx, c)
	},
	ID:      func(v types.Address) string { return aws.ToString(v.AllocationId) },
	Default: func(v types.Address) bool { return v.ServiceManaged != "" || madeByService(v.Tags) },
	Attrs: func(v types.Address) resource.Attrs {
		return resource.Attrs{
			"public_ip":                v.PublicIp,
			"domain":                   v.Domain,
			"vpc":                      v.Domain == types.DomainTypeVpc,
			"instance":                 v.InstanceId,
			"network_border_group":     v.NetworkBorderGroup,
			"public_ipv4_pool":         v.PublicIpv4Pool,
			"customer_owned_ipv4_pool": v.CustomerOwnedIpv4Pool,
			"tags_all":                 ec2Tags(v.Tags),
		}
	},
	Rules: map[string]resource.Rule{
		"address":                   resource.Ignore(),
		"associate_with_private_ip": resource.Ignore(),
		"network_interface":         resource.Ignore(),
		"tags_all":                  resource.AllTags("tags"),
	},
})

// addresses lists once for the addresses and what they are associated with. The
// operation has no pages.
func addresses(ctx context.Context, c *conn) iter.Seq2[types.Address, error] {
	return provider.Shared(&c.memo, "addresses", func(yield func(types.Address, error) bool) {
		o, err := c.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{})
		if err != nil {
			yield(types.Address{}, err)
			return
		}
		for _, a := range o.Addresses {
			if !yield(a, nil) {
				return
			}
		}
	})
}
