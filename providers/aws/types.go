package aws

import "github.com/driftmgr/driftmgr/pkg/provider"

// Types lists every resource type that the provider reads, one a line, in the
// alphabet's order within a service.
func Types() []provider.Type {
	return []provider.Type{
		// EC2: networks
		vpc,

		// IAM
		iamGroup,
		iamInstanceProfile,
		iamPolicy,
		iamRole,
		iamRolePolicy,
		iamRolePolicyAttachment,
		iamUser,

		// KMS
		kmsAlias,
		kmsKey,
	}
}
