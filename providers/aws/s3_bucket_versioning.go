package aws

import (
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var s3BucketVersioning = provider.Define(provider.Spec[*conn, bucket]{
	Name:     "aws_s3_bucket_versioning",
	Actions:  []string{"s3:ListAllMyBuckets"},
	Global:   true,
	List:     bucketsWith("aws_s3_bucket_versioning"),
	ID:       bucketName,
	StateIDs: bucketIDs,
	Attrs:    bucketRef,
	Details: []provider.Detail[*conn, bucket]{
		ownSetting("s3:GetBucketVersioning", bucketVersioning, versioningAttrs, "versioning_configuration"),
	},
	Rules: map[string]resource.Rule{
		"expected_bucket_owner": resource.Ignore(),
		"mfa":                   resource.Ignore(),
		// S3 leaves it out until it was enabled once.
		"versioning_configuration.mfa_delete": resource.Default("Disabled"),
	},
	ChildOf: settingOf("versioning"),
})

// versioningAttrs writes "Disabled", as Terraform does, for a bucket that never
// was versioned: S3 has no word for it.
func versioningAttrs(o *s3.GetBucketVersioningOutput) resource.Attrs {
	status := string(o.Status)
	if status == "" {
		status = "Disabled"
	}
	return resource.Attrs{"versioning_configuration": []any{map[string]any{"status": status, "mfa_delete": o.MFADelete}}}
}

// inlineVersioningAttrs is how aws_s3_bucket shows it.
func inlineVersioningAttrs(o *s3.GetBucketVersioningOutput) resource.Attrs {
	return resource.Attrs{"versioning": []any{map[string]any{
		"enabled":    o.Status == types.BucketVersioningStatusEnabled,
		"mfa_delete": o.MFADelete == types.MFADeleteStatusEnabled,
	}}}
}
