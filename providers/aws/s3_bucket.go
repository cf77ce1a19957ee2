package aws

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var s3Bucket = provider.Define(provider.Spec[*conn, bucket]{
	Name:    "aws_s3_bucket",
	Actions: []string{"s3:ListAllMyBuckets", "s3:GetBucketTagging"},
	Global:  true,
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[bucket, error] {
		tags := newBucketTagReader(c, q)
		return func(yield func(bucket, error) bool) {
			for b, err := range c.buckets(ctx) {
				if err == nil {
					b.tags = tags(ctx, b)
				}
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
	},
	ID:       bucketName,
	StateIDs: bucketIDs,
	Default:  func(b bucket) bool { return b.tags.byService },
	Attrs: func(b bucket) resource.Attrs {
		a := bucketRef(b)
		if b.region != "" {
			a["region"] = b.region
		}
		return a
	},
	// Since provider v4 a state holds every setting of a bucket, whether the
	// configuration names it or not.
	Details: []provider.Detail[*conn, bucket]{
		tagsDetail(func(b bucket) tags { return b.tags }),
		inlineSetting("s3:GetBucketPolicy", bucketPolicy, policyAttrs, "policy"),
		inlineSetting("s3:GetBucketVersioning", bucketVersioning, inlineVersioningAttrs, "versioning"),
		inlineSetting("s3:GetEncryptionConfiguration", bucketEncryption, inlineEncryptionAttrs, "server_side_encryption_configuration"),
		inlineSetting("s3:GetLifecycleConfiguration", bucketLifecycle, inlineLifecycleAttrs, "lifecycle_rule"),
		inlineSetting("s3:GetBucketAcl",
			bucketSetting((*s3.Client).GetBucketAcl,
				func(b *string) *s3.GetBucketAclInput { return &s3.GetBucketAclInput{Bucket: b} }),
			grantAttrs, "grant"),
		inlineSetting("s3:GetBucketCORS",
			bucketSetting((*s3.Client).GetBucketCors,
				func(b *string) *s3.GetBucketCorsInput { return &s3.GetBucketCorsInput{Bucket: b} }),
			corsAttrs, "cors_rule"),
		inlineSetting("s3:GetBucketWebsite",
			bucketSetting((*s3.Client).GetBucketWebsite,
				func(b *string) *s3.GetBucketWebsiteInput { return &s3.GetBucketWebsiteInput{Bucket: b} }),
			websiteAttrs, "website"),
		inlineSetting("s3:GetAccelerateConfiguration",
			bucketSetting((*s3.Client).GetBucketAccelerateConfiguration,
				func(b *string) *s3.GetBucketAccelerateConfigurationInput {
					return &s3.GetBucketAccelerateConfigurationInput{Bucket: b}
				}),
			func(o *s3.GetBucketAccelerateConfigurationOutput) resource.Attrs {
				return resource.Attrs{"acceleration_status": o.Status}
			}, "acceleration_status"),
		inlineSetting("s3:GetBucketRequestPayment",
			bucketSetting((*s3.Client).GetBucketRequestPayment,
				func(b *string) *s3.GetBucketRequestPaymentInput { return &s3.GetBucketRequestPaymentInput{Bucket: b} }),
			func(o *s3.GetBucketRequestPaymentOutput) resource.Attrs {
				return resource.Attrs{"request_payer": o.Payer}
			}, "request_payer"),
		inlineSetting("s3:GetBucketLogging",
			bucketSetting((*s3.Client).GetBucketLogging,
				func(b *string) *s3.GetBucketLoggingInput { return &s3.GetBucketLoggingInput{Bucket: b} }),
			loggingAttrs, "logging"),
		inlineSetting("s3:GetReplicationConfiguration",
			bucketSetting((*s3.Client).GetBucketReplication,
				func(b *string) *s3.GetBucketReplicationInput { return &s3.GetBucketReplicationInput{Bucket: b} }),
			replicationAttrs, "replication_configuration"),
		inlineSetting("s3:GetBucketObjectLockConfiguration",
			bucketSetting((*s3.Client).GetObjectLockConfiguration,
				func(b *string) *s3.GetObjectLockConfigurationInput {
					return &s3.GetObjectLockConfigurationInput{Bucket: b}
				}),
			objectLockAttrs, "object_lock_enabled", "object_lock_configuration"),
	},
	Rules: map[string]resource.Rule{
		"tags_all":                             resource.AllTags("tags"),
		"bucket_prefix":                        resource.Ignore(),
		"force_destroy":                        resource.Ignore(),
		"policy":                               resource.Policy(),
		"request_payer":                        resource.Default(types.PayerBucketOwner),
		"website.routing_rules":                resource.JSON(),
		"lifecycle_rule":                       resource.Keyed("id"),
		"server_side_encryption_configuration": defaultEncryption,
		// An empty list is what provider v3 wrote beside a canned `acl`. Every
		// bucket has its owner's grant, and later providers write it.
		"grant": {Same: func(state, _ any) bool { return resource.Empty(state) }},
		// S3 wants a status where the configuration may leave it out.
		"replication_configuration.rules.delete_marker_replication_status": resource.Default(types.DeleteMarkerReplicationStatusDisabled),
	},
	Children: []resource.Child{
		{Type: "aws_s3_bucket_accelerate_configuration", Ref: "bucket", Path: "acceleration_status"},
		{Type: "aws_s3_bucket_acl", Ref: "bucket", Path: "grant"},
		{Type: "aws_s3_bucket_cors_configuration", Ref: "bucket", Path: "cors_rule"},
		{Type: "aws_s3_bucket_logging", Ref: "bucket", Path: "logging"},
		{Type: "aws_s3_bucket_object_lock_configuration", Ref: "bucket", Path: "object_lock_configuration"},
		{Type: "aws_s3_bucket_object_lock_configuration", Ref: "bucket", Path: "object_lock_enabled"},
		{Type: "aws_s3_bucket_replication_configuration", Ref: "bucket", Path: "replication_configuration"},
		{Type: "aws_s3_bucket_request_payment_configuration", Ref: "bucket", Path: "request_payer"},
		{Type: "aws_s3_bucket_website_configuration", Ref: "bucket", Path: "website"},
	},
})

// newBucketTagReader returns what gives a listed bucket its tags: the tagging
// API has a bucket's where the bucket is.
func newBucketTagReader(c *conn, q provider.Query) func(context.Context, bucket) tags {
	readers := map[string]*tagReader{}
	return func(ctx context.Context, b bucket) tags {
		r := readers[b.region]
		if r == nil {
			r = newTagReader(c, q, "aws_s3_bucket")
			r.services = []string{"s3"}
			if b.region != "" {
				r.region = b.region
			}
			readers[b.region] = r
		}
		return r.of(ctx, b.name, "arn:aws:s3:::"+b.name, func(ctx context.Context) (map[string]any, error) {
			o, err := bucketTagging(ctx, c, b)
			if notConfigured(err) {
				return map[string]any{}, nil
			}
			if err != nil {
				return nil, err
			}
			return s3Tags(o.TagSet), nil
		})
	}
}

var bucketTagging = bucketSetting((*s3.Client).GetBucketTagging,
	func(b *string) *s3.GetBucketTaggingInput { return &s3.GetBucketTaggingInput{Bucket: b} })

// grantAttrs gathers the permissions of a grantee in one block.
func grantAttrs(o *s3.GetBucketAclOutput) resource.Attrs {
	type grantee struct{ kind, id, uri string }
	blocks := map[grantee]map[string]any{}
	var out []any
	for _, g := range o.Grants {
		if g.Grantee == nil {
			continue
		}
		to := grantee{string(g.Grantee.Type), aws.ToString(g.Grantee.ID), aws.ToString(g.Grantee.URI)}
		if blocks[to] == nil {
			blocks[to] = map[string]any{"type": to.kind, "id": to.id, "uri": to.uri, "permissions": []any{}}
			out = append(out, blocks[to])
		}
		blocks[to]["permissions"] = append(blocks[to]["permissions"].([]any), g.Permission)
	}
	return resource.Attrs{"grant": out}
}

func corsAttrs(o *s3.GetBucketCorsOutput) resource.Attrs {
	var rules []any
	for _, r := range o.CORSRules {
		rules = append(rules, map[string]any{
			"allowed_headers": r.AllowedHeaders,
			"allowed_methods": r.AllowedMethods,
			"allowed_origins": r.AllowedOrigins,
			"expose_headers":  r.ExposeHeaders,
			"max_age_seconds": aws.ToInt32(r.MaxAgeSeconds),
		})
	}
	return resource.Attrs{"cors_rule": rules}
}

func websiteAttrs(o *s3.GetBucketWebsiteOutput) resource.Attrs {
	if o.IndexDocument == nil && o.ErrorDocument == nil && o.RedirectAllRequestsTo == nil && o.RoutingRules == nil {
		return resource.Attrs{"website": nil}
	}
	w := map[string]any{"index_document": nil, "error_document": nil, "redirect_all_requests_to": nil, "routing_rules": routingRules(o.RoutingRules)}
	if d := o.IndexDocument; d != nil {
		w["index_document"] = d.Suffix
	}
	if d := o.ErrorDocument; d != nil {
		w["error_document"] = d.Key
	}
	if r := o.RedirectAllRequestsTo; r != nil {
		to := aws.ToString(r.HostName)
		if r.Protocol != "" {
			to = string(r.Protocol) + "://" + to
		}
		w["redirect_all_requests_to"] = to
	}
	return resource.Attrs{"website": []any{w}}
}

// routingRules is the JSON that the schema wants, with S3's own names.
func routingRules(rules []types.RoutingRule) string {
	if len(rules) == 0 {
		return ""
	}
	list := make([]map[string]any, len(rules))
	for i, r := range rules {
		list[i] = map[string]any{}
		if c := r.Condition; c != nil {
			list[i]["Condition"] = namedStrings(map[string]string{
				"HttpErrorCodeReturnedEquals": aws.ToString(c.HttpErrorCodeReturnedEquals),
				"KeyPrefixEquals":             aws.ToString(c.KeyPrefixEquals),
			})
		}
		if to := r.Redirect; to != nil {
			list[i]["Redirect"] = namedStrings(map[string]string{
				"HostName":             aws.ToString(to.HostName),
				"HttpRedirectCode":     aws.ToString(to.HttpRedirectCode),
				"Protocol":             string(to.Protocol),
				"ReplaceKeyPrefixWith": aws.ToString(to.ReplaceKeyPrefixWith),
				"ReplaceKeyWith":       aws.ToString(to.ReplaceKeyWith),
			})
		}
	}
	b, err := json.Marshal(list)
	if err != nil {
		return "" // strings always encode
	}
	return string(b)
}

// namedStrings drops what is not set.
func namedStrings(m map[string]string) map[string]string {
	for name, v := range m {
		if v == "" {
			delete(m, name)
		}
	}
	return m
}

func loggingAttrs(o *s3.GetBucketLoggingOutput) resource.Attrs {
	if o.LoggingEnabled == nil {
		return resource.Attrs{"logging": nil}
	}
	return resource.Attrs{"logging": []any{map[string]any{
		"target_bucket": o.LoggingEnabled.TargetBucket,
		"target_prefix": o.LoggingEnabled.TargetPrefix,
	}}}
}

func objectLockAttrs(o *s3.GetObjectLockConfigurationOutput) resource.Attrs {
	lock := o.ObjectLockConfiguration
	if lock == nil {
		return resource.Attrs{"object_lock_enabled": false, "object_lock_configuration": nil}
	}
	var rule []any
	if lock.Rule != nil && lock.Rule.DefaultRetention != nil {
		d := lock.Rule.DefaultRetention
		rule = []any{map[string]any{"default_retention": []any{map[string]any{
			"mode": d.Mode, "days": aws.ToInt32(d.Days), "years": aws.ToInt32(d.Years),
		}}}}
	}
	return resource.Attrs{
		"object_lock_enabled":       lock.ObjectLockEnabled == types.ObjectLockEnabledEnabled,
		"object_lock_configuration": []any{map[string]any{"object_lock_enabled": lock.ObjectLockEnabled, "rule": rule}},
	}
}

func replicationAttrs(o *s3.GetBucketReplicationOutput) resource.Attrs {
	r := o.ReplicationConfiguration
	if r == nil {
		return resource.Attrs{"replication_configuration": nil}
	}
	rules := make([]any, len(r.Rules))
	for i, rule := range r.Rules {
		rules[i] = replicationRule(rule)
	}
	return resource.Attrs{"replication_configuration": []any{map[string]any{"role": r.Role, "rules": rules}}}
}

func replicationRule(r types.ReplicationRule) map[string]any {
	var deleteMarkers types.DeleteMarkerReplicationStatus
	if d := r.DeleteMarkerReplication; d != nil {
		deleteMarkers = d.Status
	}
	var criteria []any
	if s := r.SourceSelectionCriteria; s != nil && s.SseKmsEncryptedObjects != nil {
		criteria = []any{map[string]any{"sse_kms_encrypted_objects": []any{map[string]any{
			"enabled": s.SseKmsEncryptedObjects.Status == types.SseKmsEncryptedObjectsStatusEnabled,
		}}}}
	}
	return map[string]any{
		"id":                               r.ID,
		"priority":                         aws.ToInt32(r.Priority),
		"prefix":                           r.Prefix,
		"status":                           r.Status,
		"delete_marker_replication_status": deleteMarkers,
		"filter":                           replicationFilter(r.Filter),
		"destination":                      replicationDestination(r.Destination),
		"source_selection_criteria":        criteria,
	}
}

func replicationFilter(f *types.ReplicationRuleFilter) []any {
	if f == nil {
		return nil
	}
	prefix, tags := f.Prefix, []types.Tag(nil)
	if f.Tag != nil {
		tags = []types.Tag{*f.Tag}
	}
	if f.And != nil {
		prefix, tags = f.And.Prefix, f.And.Tags
	}
	return []any{map[string]any{"prefix": prefix, "tags": s3Tags(tags)}}
}

func replicationDestination(d *types.Destination) []any {
	if d == nil {
		return nil
	}
	out := map[string]any{
		"bucket":             d.Bucket,
		"account_id":         d.Account,
		"storage_class":      d.StorageClass,
		"replica_kms_key_id": nil,
	}
	if d.EncryptionConfiguration != nil {
		out["replica_kms_key_id"] = d.EncryptionConfiguration.ReplicaKmsKeyID
	}
	var owner, replicationTime, metrics []any
	if a := d.AccessControlTranslation; a != nil {
		owner = []any{map[string]any{"owner": a.Owner}}
	}
	if t := d.ReplicationTime; t != nil {
		replicationTime = []any{map[string]any{"status": t.Status, "minutes": minutes(t.Time)}}
	}
	if m := d.Metrics; m != nil {
		metrics = []any{map[string]any{"status": m.Status, "minutes": minutes(m.EventThreshold)}}
	}
	out["access_control_translation"], out["replication_time"], out["metrics"] = owner, replicationTime, metrics
	return []any{out}
}

func minutes(t *types.ReplicationTimeValue) int32 {
	if t == nil {
		return 0
	}
	return aws.ToInt32(t.Minutes)
}
