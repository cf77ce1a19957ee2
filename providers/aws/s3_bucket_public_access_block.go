package aws

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var s3BucketPublicAccessBlock = provider.Define(provider.Spec[*conn, bucket]{
	Name:     "aws_s3_bucket_public_access_block",
	Actions:  []string{"s3:ListAllMyBuckets"},
	Global:   true,
	List:     bucketsWith("aws_s3_bucket_public_access_block"),
	ID:       bucketName,
	StateIDs: bucketIDs,
	// S3 gives one to every bucket made since April 2023.
	Default: func(bucket) bool { return true },
	Attrs:   bucketRef,
	Details: []provider.Detail[*conn, bucket]{
		ownSetting("s3:GetBucketPublicAccessBlock",
			bucketSetting((*s3.Client).GetPublicAccessBlock,
				func(b *string) *s3.GetPublicAccessBlockInput { return &s3.GetPublicAccessBlockInput{Bucket: b} }),
			func(o *s3.GetPublicAccessBlockOutput) resource.Attrs {
				block := o.PublicAccessBlockConfiguration
				if block == nil {
					block = &types.PublicAccessBlockConfiguration{}
				}
				return resource.Attrs{
					"block_public_acls":       aws.ToBool(block.BlockPublicAcls),
					"block_public_policy":     aws.ToBool(block.BlockPublicPolicy),
					"ignore_public_acls":      aws.ToBool(block.IgnorePublicAcls),
					"restrict_public_buckets": aws.ToBool(block.RestrictPublicBuckets),
				}
			},
			"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"),
	},
	ChildOf: settingOf(""),
})
