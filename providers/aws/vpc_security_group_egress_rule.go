package aws

import "github.com/driftmgr/driftmgr/pkg/provider"

var vpcSecurityGroupEgressRule = provider.Define(vpcSecurityGroupRule(egress))
