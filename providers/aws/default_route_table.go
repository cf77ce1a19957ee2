package aws

import "github.com/driftmgr/driftmgr/pkg/provider"

var defaultRouteTable = provider.Define(adopted(routeTableSpec("aws_default_route_table"), isMainTable))
