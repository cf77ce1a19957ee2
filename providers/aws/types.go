package aws

import "github.com/driftmgr/driftmgr/pkg/provider"

// Types lists every resource type that the provider reads, one a line, in the
// alphabet's order within a service.
func Types() []provider.Type {
	return []provider.Type{
		// EC2: networks
		defaultNetworkACL,
		defaultRouteTable,
		eip,
		eipAssociation,
		internetGateway,
		natGateway,
		networkACL,
		networkACLRule,
		route,
		routeTable,
		routeTableAssociation,
		subnet,
		vpc,
		vpcEndpoint,

		// EC2: security groups
		defaultSecurityGroup,
		securityGroup,
		securityGroupRule,
		vpcSecurityGroupEgressRule,
		vpcSecurityGroupIngressRule,

		// EC2: instances and volumes
		ebsVolume,
		instance,
		keyPair,
		volumeAttachment,

		// CloudWatch Logs
		cloudwatchLogGroup,

		// DynamoDB
		dynamodbTable,

		// Elastic Load Balancing
		alb,
		albListener,
		albTargetGroup,
		lb,
		lbListener,
		lbTargetGroup,

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

		// Lambda
		lambdaFunction,

		// RDS
		dbInstance,
		dbSubnetGroup,

		// S3
		s3Bucket,
		s3BucketLifecycleConfiguration,
		s3BucketPolicy,
		s3BucketPublicAccessBlock,
		s3BucketEncryption,
		s3BucketVersioning,

		// SNS
		snsTopic,
		snsTopicPolicy,
		snsTopicSubscription,

		// SQS
		sqsQueue,
		sqsQueuePolicy,
		sqsQueueRedriveAllowPolicy,
		sqsQueueRedrivePolicy,
	}
}
