package aws

import (
	"cmp"
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var route = provider.Define(provider.Spec[*conn, tableRoute]{
	Name:    "aws_route",
	Actions: []string{"ec2:DescribeRouteTables"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[tableRoute, error] {
		return routes(routeTables(ctx, c))
	},
	ID: func(r tableRoute) string { return r.id() },
	StateIDs: func(a resource.Attrs) []string {
		table := a.String("route_table_id")
		destination := cmp.Or(a.String("destination_cidr_block"), a.String("destination_ipv6_cidr_block"), a.String("destination_prefix_list_id"))
		if table == "" || destination == "" {
			return nil
		}
		return []string{routeID(table, destination)}
	},
	// A route that the cloud made can be imported, as the one within the VPC.
	Default: func(r tableRoute) bool { return madeByCloud(r.table, r.Route) },
	Attrs: func(r tableRoute) resource.Attrs {
		gateway, endpoint := routeGateway(r.Route)
		return resource.Attrs{
			"route_table_id":              r.table.RouteTableId,
			"destination_cidr_block":      r.DestinationCidrBlock,
			"destination_ipv6_cidr_block": r.DestinationIpv6CidrBlock,
			"destination_prefix_list_id":  r.DestinationPrefixListId,
			"carrier_gateway_id":          r.CarrierGatewayId,
			"core_network_arn":            r.CoreNetworkArn,
			"egress_only_gateway_id":      r.EgressOnlyInternetGatewayId,
			"gateway_id":                  gateway,
			"local_gateway_id":            r.LocalGatewayId,
			"nat_gateway_id":              r.NatGatewayId,
			"network_interface_id":        r.NetworkInterfaceId,
			"transit_gateway_id":          r.TransitGatewayId,
			"vpc_endpoint_id":             endpoint,
			"vpc_peering_connection_id":   r.VpcPeeringConnectionId,
		}
	},
	Rules: map[string]resource.Rule{
		"destination_cidr_block":      resource.CIDR(),
		"destination_ipv6_cidr_block": resource.CIDR(),
	},
	ChildOf: []resource.ChildOf{
		{Parent: "aws_route_table", Ref: "route_table_id", Path: "route"},
		{Parent: "aws_default_route_table", Ref: "route_table_id", Path: "route"},
	},
})

// tableRoute is a route and the table it is in.
type tableRoute struct {
	types.Route
	table types.RouteTable
}

func (r tableRoute) id() string {
	destination := cmp.Or(aws.ToString(r.DestinationCidrBlock), aws.ToString(r.DestinationIpv6CidrBlock), aws.ToString(r.DestinationPrefixListId))
	return routeID(aws.ToString(r.table.RouteTableId), destination)
}

// routeID is the form in which Terraform imports a route: the `id` in its states
// is a hash of the same.
func routeID(table, destination string) string {
	return table + "_" + resource.CanonCIDR(destination)
}

// routes yields the routes of tables. Where a gateway propagates what is also
// routed by hand, the latter counts: for the cloud as for the provider.
func routes(tables iter.Seq2[types.RouteTable, error]) iter.Seq2[tableRoute, error] {
	return func(yield func(tableRoute, error) bool) {
		for t, err := range tables {
			if err != nil {
				yield(tableRoute{}, err)
				return
			}
			seen := map[string]bool{}
			for _, last := range []bool{false, true} {
				for _, v := range t.Routes {
					r := tableRoute{v, t}
					if propagated(v) != last || seen[r.id()] {
						continue
					}
					seen[r.id()] = true
					if !yield(r, nil) {
						return
					}
				}
			}
		}
	}
}
