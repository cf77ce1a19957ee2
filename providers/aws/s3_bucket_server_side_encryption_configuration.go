package aws

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var s3BucketEncryption = provider.Define(provider.Spec[*conn, bucket]{
	Name:     "aws_s3_bucket_server_side_encryption_configuration",
	Actions:  []string{"s3:ListAllMyBuckets"},
	Global:   true,
	List:     bucketsWith("aws_s3_bucket_server_side_encryption_configuration"),
	ID:       bucketName,
	StateIDs: bucketIDs,
	Attrs:    bucketRef,
	Details: []provider.Detail[*conn, bucket]{
		ownSetting("s3:GetEncryptionConfiguration", bucketEncryption, func(o *s3.GetBucketEncryptionOutput) resource.Attrs {
			return resource.Attrs{"rule": encryptionRules(o)}
		}, "rule"),
	},
	Rules: map[string]resource.Rule{
		"expected_bucket_owner":   resource.Ignore(),
		"rule.bucket_key_enabled": resource.Default(false),
	},
	ChildOf: settingOf("server_side_encryption_configuration"),
})

func encryptionRules(o *s3.GetBucketEncryptionOutput) []any {
	if o.ServerSideEncryptionConfiguration == nil {
		return nil
	}
	var out []any
	for _, r := range o.ServerSideEncryptionConfiguration.Rules {
		out = append(out, map[string]any{
			"bucket_key_enabled":                      aws.ToBool(r.BucketKeyEnabled),
			"apply_server_side_encryption_by_default": encryptionDefault(r.ApplyServerSideEncryptionByDefault),
		})
	}
	return out
}

func encryptionDefault(d *types.ServerSideEncryptionByDefault) []any {
	if d == nil {
		return nil
	}
	return []any{map[string]any{"sse_algorithm": d.SSEAlgorithm, "kms_master_key_id": d.KMSMasterKeyID}}
}

// inlineEncryptionAttrs is how aws_s3_bucket shows it.
func inlineEncryptionAttrs(o *s3.GetBucketEncryptionOutput) resource.Attrs {
	var block []any
	if rules := encryptionRules(o); len(rules) > 0 {
		block = []any{map[string]any{"rule": rules}}
	}
	return resource.Attrs{"server_side_encryption_configuration": block}
}

// defaultEncryption is what S3 has given to every bucket since January 2023,
// those without a configuration of their own included. States last refreshed
// before hold nothing.
var defaultEncryption = resource.Default([]any{map[string]any{"rule": []any{map[string]any{
	"bucket_key_enabled":                      false,
	"apply_server_side_encryption_by_default": []any{map[string]any{"sse_algorithm": types.ServerSideEncryptionAes256, "kms_master_key_id": ""}},
}}}})
