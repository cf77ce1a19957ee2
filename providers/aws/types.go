package aws

import "github.com/driftmgr/driftmgr/pkg/provider"

// Types lists every resource type that the provider reads, one a line, in the
// alphabet's order within a service.
func Types() []provider.Type {
	return []provider.Type{
		// EC2: networks
		vpc,

		// EC2: security groups
		securityGroup,
		securityGroupRule,
		vpcSecurityGroupEgressRule,
		vpcSecurityGroupIngressRule,

		// EC2: instances and volumes
		ebsVolume,
		instance,
		volumeAttachment,

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
