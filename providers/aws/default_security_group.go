package aws

import "github.com/driftmgr/driftmgr/pkg/provider"

var defaultSecurityGroup = provider.Define(adopted(securityGroups("aws_default_security_group"), isDefaultGroup))
