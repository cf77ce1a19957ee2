package aws

import (
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

var defaultRouteTable = provider.Define(defaultRouteTableSpec())

// defaultRouteTableSpec differs from that of the other tables in the import: it
// is by the VPC, whose main table Terraform then looks up.
func defaultRouteTableSpec() provider.Spec[*conn, types.RouteTable] {
	s := adopted(routeTableSpec("aws_default_route_table"), isMainTable)
	s.Import = importBy("", "vpc_id")
	return s
}
