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

var routeTableAssociation = provider.Define(provider.Spec[*conn, types.RouteTableAssociation]{
	Name:    "aws_route_table_association",
	Actions: []string{"ec2:DescribeRouteTables"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.RouteTableAssociation, error] {
		return routeTableAssociations(routeTables(ctx, c))
	},
	ID: func(a types.RouteTableAssociation) string { return aws.ToString(a.RouteTableAssociationId) },
	Import: func(r *resource.Resource) string {
		target := cmp.Or(r.Attrs.String("subnet_id"), r.Attrs.String("gateway_id"))
		return importID("/", target, r.Attrs.String("route_table_id"))
	},
	Attrs: func(a types.RouteTableAssociation) resource.Attrs {
		return resource.Attrs{
			"route_table_id": a.RouteTableId,
			"subnet_id":      a.SubnetId,
			"gateway_id":     a.GatewayId,
		}
	},
	ChildOf: []resource.ChildOf{
		{Parent: "aws_route_table", Ref: "route_table_id"},
		{Parent: "aws_default_route_table", Ref: "route_table_id"},
	},
})

// routeTableAssociations yields the subnets and gateways of tables. That a table
// is the main one of its VPC is an association as well: it is no
// aws_route_table_association, and every VPC has it.
func routeTableAssociations(tables iter.Seq2[types.RouteTable, error]) iter.Seq2[types.RouteTableAssociation, error] {
	return func(yield func(types.RouteTableAssociation, error) bool) {
		for t, err := range tables {
			if err != nil {
				yield(types.RouteTableAssociation{}, err)
				return
			}
			for _, a := range t.Associations {
				gone := a.AssociationState != nil && a.AssociationState.State == types.RouteTableAssociationStateCodeDisassociated
				if aws.ToBool(a.Main) || gone {
					continue
				}
				if !yield(a, nil) {
					return
				}
			}
		}
	}
}
