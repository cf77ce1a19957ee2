package aws

import (
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var s3BucketPolicy = provider.Define(provider.Spec[*conn, bucket]{
	Name:     "aws_s3_bucket_policy",
	Actions:  []string{"s3:ListAllMyBuckets"},
	Global:   true,
	List:     bucketsWith("aws_s3_bucket_policy"),
	ID:       bucketName,
	StateIDs: bucketIDs,
	Attrs:    bucketRef,
	Details: []provider.Detail[*conn, bucket]{
		ownSetting("s3:GetBucketPolicy", bucketPolicy, policyAttrs, "policy"),
	},
	Rules:   map[string]resource.Rule{"policy": resource.Policy()},
	ChildOf: settingOf("policy"),
})

func policyAttrs(o *s3.GetBucketPolicyOutput) resource.Attrs {
	return resource.Attrs{"policy": o.Policy}
}
