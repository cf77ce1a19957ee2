package aws

import (
	"context"
	"iter"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var natGateway = provider.Define(provider.Spec[*conn, types.NatGateway]{
	Name:    "aws_nat_gateway",
	Actions: []string{"ec2:DescribeNatGateways"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[types.NatGateway, error] {
		in := &ec2.DescribeNatGatewaysInput{MaxResults: aws.Int32(1000), Filter: byID(q, "nat-gateway-id")}
		list := pages(ctx, ec2.NewDescribeNatGatewaysPaginator(c.ec2, in), func(o *ec2.DescribeNatGatewaysOutput) []types.NatGateway { return o.NatGateways })
		return where(list, natGatewayLives)
	},
	ID:      func(v types.NatGateway) string { return aws.ToString(v.NatGatewayId) },
	Default: func(v types.NatGateway) bool { return madeByService(v.Tags) },
	Attrs: func(v types.NatGateway) resource.Attrs {
		a := resource.Attrs{
			"connectivity_type": v.ConnectivityType,
			"subnet_id":         v.SubnetId,
			"tags_all":          ec2Tags(v.Tags),
		}
		maps.Copy(a, natGatewayAddresses(v))
		return a
	},
	Rules: map[string]resource.Rule{
		"connectivity_type": resource.Default("public"),
		// The primary address cannot change while the gateway lives.
		"private_ip": resource.Ignore(),
		"tags_all":   resource.AllTags("tags"),
	},
})

// natGatewayLives is false for gateways that are on their way out, or never came
// to be: AWS shows them for about an hour after they are gone.
func natGatewayLives(v types.NatGateway) bool {
	switch v.State {
	case types.NatGatewayStateDeleted, types.NatGatewayStateDeleting, types.NatGatewayStateFailed:
		return false
	}
	return true
}

// natGatewayAddresses tells the primary address from the others; where there is
// one, nothing may mark it. A regional gateway has addresses per zone and no
// primary one: none is read.
func natGatewayAddresses(v types.NatGateway) resource.Attrs {
	if v.AvailabilityMode == types.AvailabilityModeRegional {
		return nil
	}
	var primary *string
	allocations, ips := []string{}, []string{}
	for _, a := range v.NatGatewayAddresses {
		switch {
		case aws.ToBool(a.IsPrimary), len(v.NatGatewayAddresses) == 1:
			primary = a.AllocationId
			continue
		case a.AllocationId != nil:
			allocations = append(allocations, *a.AllocationId)
		}
		if a.PrivateIp != nil {
			ips = append(ips, *a.PrivateIp)
		}
	}
	return resource.Attrs{
		"allocation_id":                      primary,
		"secondary_allocation_ids":           allocations,
		"secondary_private_ip_addresses":     ips,
		"secondary_private_ip_address_count": len(ips),
	}
}
