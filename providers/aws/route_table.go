package aws

import (
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

var routeTable = provider.Define(routeTableSpec("aws_route_table"))

// routeTableSpec declares the type of tables that Terraform makes, and, under
// another name, that of the main table which comes with each VPC.
func routeTableSpec(name string) provider.Spec[*conn, types.RouteTable] {
	return provider.Spec[*conn, types.RouteTable]{
		Name:    name,
		Actions: []string{"ec2:DescribeRouteTables"},
		List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.RouteTable, error] {
			return routeTables(ctx, c)
		},
		ID: func(t types.RouteTable) string { return aws.ToString(t.RouteTableId) },
		// Every VPC comes with its main table.
		Default: func(t types.RouteTable) bool { return isMainTable(t) || madeByService(t.Tags) },
		Attrs: func(t types.RouteTable) resource.Attrs {
			gateways := []*string{}
			for _, g := range t.PropagatingVgws {
				gateways = append(gateways, g.GatewayId)
			}
			tags := ec2Tags(t.Tags)
			delete(tags, fsxTag)
			return resource.Attrs{
				"owner_id":         t.OwnerId,
				"vpc_id":           t.VpcId,
				"propagating_vgws": gateways,
				"route":            inlineRoutes(t),
				"tags_all":         tags,
			}
		},
		Rules: map[string]resource.Rule{
			"route": {
				Canon: withoutLocal,
				Keys:  []string{"cidr_block", "ipv6_cidr_block", "destination_prefix_list_id"},
			},
			"route.cidr_block":      resource.CIDR(),
			"route.ipv6_cidr_block": resource.CIDR(),
			"tags_all":              resource.AllTags("tags"),
		},
		Children: []resource.Child{{Type: "aws_vpn_gateway_route_propagation", Ref: "route_table_id", Path: "propagating_vgws"}},
	}
}

func isMainTable(t types.RouteTable) bool {
	return slices.ContainsFunc(t.Associations, func(a types.RouteTableAssociation) bool { return aws.ToBool(a.Main) })
}

// routeTables lists once for tables, routes and associations.
func routeTables(ctx context.Context, c *conn) iter.Seq2[types.RouteTable, error] {
	in := &ec2.DescribeRouteTablesInput{MaxResults: aws.Int32(100)}
	list := pages(ctx, ec2.NewDescribeRouteTablesPaginator(c.ec2, in), func(o *ec2.DescribeRouteTablesOutput) []types.RouteTable { return o.RouteTables })
	return provider.Shared(&c.memo, "routeTables", where(list, func(t types.RouteTable) bool { return c.owns(t.OwnerId) }))
}

// inlineRoutes are the routes that the provider shows in the table's own
// resource. An attribute that a route does not have is "".
func inlineRoutes(t types.RouteTable) []any {
	out := []any{}
	for _, r := range t.Routes {
		if madeByCloud(t, r) {
			continue
		}
		gateway, endpoint := routeGateway(r)
		out = append(out, map[string]any{
			"cidr_block":                 aws.ToString(r.DestinationCidrBlock),
			"ipv6_cidr_block":            aws.ToString(r.DestinationIpv6CidrBlock),
			"destination_prefix_list_id": aws.ToString(r.DestinationPrefixListId),
			"carrier_gateway_id":         aws.ToString(r.CarrierGatewayId),
			"core_network_arn":           aws.ToString(r.CoreNetworkArn),
			"egress_only_gateway_id":     aws.ToString(r.EgressOnlyInternetGatewayId),
			"gateway_id":                 gateway,
			"local_gateway_id":           aws.ToString(r.LocalGatewayId),
			"nat_gateway_id":             aws.ToString(r.NatGatewayId),
			"network_interface_id":       aws.ToString(r.NetworkInterfaceId),
			"transit_gateway_id":         aws.ToString(r.TransitGatewayId),
			"vpc_endpoint_id":            endpoint,
			"vpc_peering_connection_id":  aws.ToString(r.VpcPeeringConnectionId),
		})
	}
	return out
}

// Gateways that are no gateway of somebody's.
const (
	localGateway   = "local"
	latticeGateway = "VpcLattice"
)

// fsxTag marks the tables in which Amazon FSx keeps routes of its own; the
// provider leaves the tag out.
const fsxTag = "AmazonFSx"

// madeByCloud reports whether a route is nobody's configuration: within the VPC,
// propagated or advertised, kept by a gateway endpoint (see
// aws_vpc_endpoint.route_table_ids) or by a service.
func madeByCloud(t types.RouteTable, r types.Route) bool {
	gateway := aws.ToString(r.GatewayId)
	switch {
	case gateway == localGateway, gateway == latticeGateway, propagated(r):
		return true
	case r.DestinationPrefixListId != nil && strings.HasPrefix(gateway, "vpce-"):
		return true
	}
	return keptByService(t, r)
}

func propagated(r types.Route) bool {
	return r.Origin == types.RouteOriginEnableVgwRoutePropagation || r.Origin == types.RouteOriginAdvertisement
}

// keptByService recognises a route to an interface that a service put into the
// VPC: behind it is an instance of the service's. In a shared VPC the instance
// can be another account's as well, whose route somebody did configure.
func keptByService(t types.RouteTable, r types.Route) bool {
	owner := aws.ToString(r.InstanceOwnerId)
	if owner == "" || owner == aws.ToString(t.OwnerId) {
		return false
	}
	return !isAccount(owner) || slices.ContainsFunc(t.Tags, func(tag types.Tag) bool { return aws.ToString(tag.Key) == fsxTag })
}

// routeGateway splits what the API returns in one field: a gateway, and the
// endpoint of a VPC.
func routeGateway(r types.Route) (gateway, endpoint string) {
	gateway = aws.ToString(r.GatewayId)
	if strings.HasPrefix(gateway, "vpce-") {
		return "", gateway
	}
	return gateway, ""
}

// withoutLocal drops the routes within the VPC: a configuration may name them,
// and then the provider shows them.
func withoutLocal(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := []any{}
	for _, e := range list {
		if r, ok := e.(map[string]any); !ok || r["gateway_id"] != localGateway {
			out = append(out, e)
		}
	}
	return out
}
