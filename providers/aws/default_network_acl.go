package aws

import "github.com/driftmgr/driftmgr/pkg/provider"

var defaultNetworkACL = provider.Define(adopted(networkACLSpec("aws_default_network_acl"), isDefaultACL))
