package azure

import "github.com/driftmgr/driftmgr/pkg/provider"

// Types lists every resource type that the provider reads, one a line, in the
// alphabet's order within a service. The listing of whatever there is comes last.
func Types() []provider.Type {
	return []provider.Type{
		// Resource Manager
		resourceGroup,

		// Networks
		subnet,
		subnetNetworkSecurityGroupAssociation,
		virtualNetwork,

		// Network security groups
		networkSecurityGroup,
		networkSecurityRule,

		whatever(),
	}
}
