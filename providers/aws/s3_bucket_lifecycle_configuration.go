package aws

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var s3BucketLifecycleConfiguration = provider.Define(provider.Spec[*conn, bucket]{
	Name:     "aws_s3_bucket_lifecycle_configuration",
	Actions:  []string{"s3:ListAllMyBuckets"},
	Global:   true,
	List:     bucketsWith("aws_s3_bucket_lifecycle_configuration"),
	ID:       bucketName,
	StateIDs: bucketIDs,
	Attrs:    bucketRef,
	Details: []provider.Detail[*conn, bucket]{
		ownSetting("s3:GetLifecycleConfiguration", bucketLifecycle, func(o *s3.GetBucketLifecycleConfigurationOutput) resource.Attrs {
			rules := make([]any, len(o.Rules))
			for i, r := range o.Rules {
				rules[i] = lifecycleRule(r)
			}
			return resource.Attrs{"rule": rules}
		}, "rule"),
	},
	Rules: map[string]resource.Rule{
		"expected_bucket_owner": resource.Ignore(),
		// The order of rules means nothing to S3, and it does not always keep it.
		"rule": resource.Keyed("id"),
		// Up to v5.85 the provider wrote 0 and false for what is not set, since
		// then it writes null for most of it.
		"rule.abort_incomplete_multipart_upload.days_after_initiation": resource.Default(0),
		"rule.expiration.days":                               resource.Default(0),
		"rule.expiration.expired_object_delete_marker":       resource.Default(false),
		"rule.filter.and.object_size_greater_than":           resource.Default(0),
		"rule.filter.and.object_size_less_than":              resource.Default(0),
		"rule.noncurrent_version_expiration.noncurrent_days": resource.Default(0),
		"rule.noncurrent_version_transition.noncurrent_days": resource.Default(0),
		"rule.transition.days":                               resource.Default(0),
	},
	ChildOf: settingOf("lifecycle_rule"),
})

func lifecycleRule(r types.LifecycleRule) map[string]any {
	var abort, expiration, noncurrentExpiration, transitions, noncurrentTransitions []any
	if a := r.AbortIncompleteMultipartUpload; a != nil {
		abort = []any{map[string]any{"days_after_initiation": a.DaysAfterInitiation}}
	}
	if e := r.Expiration; e != nil {
		expiration = []any{map[string]any{"date": e.Date, "days": e.Days, "expired_object_delete_marker": e.ExpiredObjectDeleteMarker}}
	}
	if e := r.NoncurrentVersionExpiration; e != nil {
		noncurrentExpiration = []any{map[string]any{"newer_noncurrent_versions": decimal(e.NewerNoncurrentVersions), "noncurrent_days": e.NoncurrentDays}}
	}
	for _, t := range r.Transitions {
		transitions = append(transitions, map[string]any{"date": t.Date, "days": t.Days, "storage_class": t.StorageClass})
	}
	for _, t := range r.NoncurrentVersionTransitions {
		noncurrentTransitions = append(noncurrentTransitions, map[string]any{
			"newer_noncurrent_versions": decimal(t.NewerNoncurrentVersions),
			"noncurrent_days":           t.NoncurrentDays,
			"storage_class":             t.StorageClass,
		})
	}
	return map[string]any{
		"id":                                r.ID,
		"status":                            r.Status,
		"prefix":                            r.Prefix,
		"filter":                            lifecycleFilter(r.Filter),
		"abort_incomplete_multipart_upload": abort,
		"expiration":                        expiration,
		"noncurrent_version_expiration":     noncurrentExpiration,
		"transition":                        transitions,
		"noncurrent_version_transition":     noncurrentTransitions,
	}
}

// lifecycleFilter returns no block for the filter that takes every object: the
// provider writes it as none, as an empty one, and as one with an empty prefix.
func lifecycleFilter(f *types.LifecycleRuleFilter) []any {
	if f == nil {
		return nil
	}
	out := map[string]any{
		"prefix":                   f.Prefix,
		"object_size_greater_than": decimal(f.ObjectSizeGreaterThan),
		"object_size_less_than":    decimal(f.ObjectSizeLessThan),
		"tag":                      nil,
		"and":                      nil,
	}
	if t := f.Tag; t != nil {
		out["tag"] = []any{map[string]any{"key": t.Key, "value": t.Value}}
	}
	if a := f.And; a != nil {
		out["and"] = []any{map[string]any{
			"prefix":                   a.Prefix,
			"object_size_greater_than": a.ObjectSizeGreaterThan,
			"object_size_less_than":    a.ObjectSizeLessThan,
			"tags":                     s3Tags(a.Tags),
		}}
	}
	return []any{out}
}

// decimal is a number that the schema calls a string.
func decimal[N int32 | int64](n *N) *string {
	if n == nil {
		return nil
	}
	return aws.String(strconv.FormatInt(int64(*n), 10))
}

// inlineLifecycleAttrs is how aws_s3_bucket shows it: in the provider's old form,
// without what that form has no word for.
func inlineLifecycleAttrs(o *s3.GetBucketLifecycleConfigurationOutput) resource.Attrs {
	rules := make([]any, len(o.Rules))
	for i, r := range o.Rules {
		rules[i] = inlineLifecycleRule(r)
	}
	return resource.Attrs{"lifecycle_rule": rules}
}

func inlineLifecycleRule(r types.LifecycleRule) map[string]any {
	var abortDays int32
	var expiration, noncurrentExpiration, transitions, noncurrentTransitions []any
	if a := r.AbortIncompleteMultipartUpload; a != nil {
		abortDays = aws.ToInt32(a.DaysAfterInitiation)
	}
	if e := r.Expiration; e != nil {
		expiration = []any{map[string]any{
			"date":                         day(e.Date),
			"days":                         aws.ToInt32(e.Days),
			"expired_object_delete_marker": aws.ToBool(e.ExpiredObjectDeleteMarker),
		}}
	}
	if e := r.NoncurrentVersionExpiration; e != nil {
		noncurrentExpiration = []any{map[string]any{"days": aws.ToInt32(e.NoncurrentDays)}}
	}
	for _, t := range r.Transitions {
		transitions = append(transitions, map[string]any{"date": day(t.Date), "days": aws.ToInt32(t.Days), "storage_class": t.StorageClass})
	}
	for _, t := range r.NoncurrentVersionTransitions {
		noncurrentTransitions = append(noncurrentTransitions, map[string]any{"days": aws.ToInt32(t.NoncurrentDays), "storage_class": t.StorageClass})
	}
	prefix, tags := inlineLifecycleScope(r)
	return map[string]any{
		"id":                                     r.ID,
		"enabled":                                r.Status == types.ExpirationStatusEnabled,
		"prefix":                                 prefix,
		"tags":                                   tags,
		"abort_incomplete_multipart_upload_days": abortDays,
		"expiration":                             expiration,
		"noncurrent_version_expiration":          noncurrentExpiration,
		"transition":                             transitions,
		"noncurrent_version_transition":          noncurrentTransitions,
	}
}

// inlineLifecycleScope returns the prefix and the tags of a rule's objects.
func inlineLifecycleScope(r types.LifecycleRule) (prefix *string, tags map[string]any) {
	switch f := r.Filter; {
	case f == nil:
		return r.Prefix, nil
	case f.And != nil:
		return f.And.Prefix, s3Tags(f.And.Tags)
	case f.Tag != nil:
		return nil, s3Tags([]types.Tag{*f.Tag})
	default:
		return f.Prefix, nil
	}
}

// day is the date without the time, which S3 takes at midnight only.
func day(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return aws.String(t.UTC().Format(time.DateOnly))
}
