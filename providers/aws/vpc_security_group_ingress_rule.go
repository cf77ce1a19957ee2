package aws

import "github.com/driftmgr/driftmgr/pkg/provider"

var vpcSecurityGroupIngressRule = provider.Define(vpcSecurityGroupRule(ingress))
