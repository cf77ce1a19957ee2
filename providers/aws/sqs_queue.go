package aws

import (
	"context"
	"iter"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var sqsQueue = provider.Define(provider.Spec[*conn, queue]{
	Name:    "aws_sqs_queue",
	Actions: []string{"sqs:ListQueues", "sqs:ListQueueTags"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[queue, error] {
		tags := newTagReader(c, q, "aws_sqs_queue")
		return func(yield func(queue, error) bool) {
			for v, err := range c.queues(ctx, q.Wanted) {
				if err == nil {
					v.tags = tags.of(ctx, queueName(v.url), "arn:aws:sqs:"+c.region+":"+queueAccount(v.url)+":"+queueName(v.url),
						func(ctx context.Context) (map[string]any, error) { return queueTags(ctx, c, v.url) })
				}
				if !yield(v, err) || err != nil {
					return
				}
			}
		}
	},
	ID:       func(v queue) string { return queueName(v.url) },
	StateIDs: queueIDs("id"),
	Import:   importBy("", "url"),
	Default:  func(v queue) bool { return v.tags.byService },
	Attrs: func(v queue) resource.Attrs {
		return resource.Attrs{
			"name":       queueName(v.url),
			"url":        v.url,
			"fifo_queue": strings.HasSuffix(v.url, ".fifo"),
		}
	},
	Details: []provider.Detail[*conn, queue]{
		tagsDetail(func(v queue) tags { return v.tags }),
		{
			Action: "sqs:GetQueueAttributes",
			Paths: []string{
				"arn", "content_based_deduplication", "deduplication_scope", "delay_seconds", "fifo_throughput_limit",
				"kms_data_key_reuse_period_seconds", "kms_master_key_id", "max_message_size", "message_retention_seconds",
				"policy", "receive_wait_time_seconds", "redrive_allow_policy", "redrive_policy", "sqs_managed_sse_enabled",
				"visibility_timeout_seconds",
			},
			Read: func(ctx context.Context, c *conn, v queue) (resource.Attrs, error) {
				a, err := queueAttributes(ctx, c, v.url)
				if err != nil {
					return nil, err
				}
				attrs := resource.Attrs{
					"arn":                               a.text("QueueArn"),
					"content_based_deduplication":       a.flag("ContentBasedDeduplication"),
					"deduplication_scope":               a.text("DeduplicationScope"),
					"delay_seconds":                     a.number("DelaySeconds"),
					"fifo_throughput_limit":             a.text("FifoThroughputLimit"),
					"kms_data_key_reuse_period_seconds": nil,
					"kms_master_key_id":                 a.text("KmsMasterKeyId"),
					"max_message_size":                  a.number("MaximumMessageSize"),
					"message_retention_seconds":         a.number("MessageRetentionPeriod"),
					"policy":                            a.text("Policy"),
					"receive_wait_time_seconds":         a.number("ReceiveMessageWaitTimeSeconds"),
					"redrive_allow_policy":              a.text("RedriveAllowPolicy"),
					"redrive_policy":                    a.text("RedrivePolicy"),
					"sqs_managed_sse_enabled":           a.flag("SqsManagedSseEnabled"),
					"visibility_timeout_seconds":        a.number("VisibilityTimeout"),
				}
				if _, ok := a["KmsDataKeyReusePeriodSeconds"]; ok {
					attrs["kms_data_key_reuse_period_seconds"] = a.number("KmsDataKeyReusePeriodSeconds")
				}
				return attrs, nil
			},
		},
	},
	Rules: map[string]resource.Rule{
		"tags_all":             resource.AllTags("tags"),
		"name_prefix":          resource.Ignore(),
		"policy":               resource.Policy(),
		"redrive_policy":       resource.JSON(),
		"redrive_allow_policy": resource.JSON(),
		// SQS says it for queues with a KMS key only.
		"kms_data_key_reuse_period_seconds": resource.Default(300),
	},
})
