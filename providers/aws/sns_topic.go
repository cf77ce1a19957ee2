package aws

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// topic is a listed topic: the list gives ARNs only.
type topic struct {
	arn  string
	tags tags
}

var snsTopic = provider.Define(provider.Spec[*conn, topic]{
	Name:    "aws_sns_topic",
	Actions: []string{"sns:ListTopics", "sns:ListTagsForResource"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[topic, error] {
		tags := newTagReader(c, q, "aws_sns_topic")
		return func(yield func(topic, error) bool) {
			for v, err := range c.topics(ctx) {
				if err == nil {
					v.tags = tags.of(ctx, v.arn, v.arn, func(ctx context.Context) (map[string]any, error) { return topicTags(ctx, c, v.arn) })
				}
				if !yield(v, err) || err != nil {
					return
				}
			}
		}
	},
	ID:      func(v topic) string { return v.arn },
	Default: func(v topic) bool { return v.tags.byService },
	Attrs: func(v topic) resource.Attrs {
		return resource.Attrs{
			"arn":        v.arn,
			"name":       v.arn[strings.LastIndex(v.arn, ":")+1:],
			"fifo_topic": strings.HasSuffix(v.arn, ".fifo"),
		}
	},
	Details: []provider.Detail[*conn, topic]{
		tagsDetail(func(v topic) tags { return v.tags }),
		{
			Action: "sns:GetTopicAttributes",
			Paths: append([]string{
				"archive_policy", "content_based_deduplication", "delivery_policy", "display_name", "kms_master_key_id", "owner",
				"policy", "signature_version", "tracing_config",
			}, feedbackPaths()...),
			Read: func(ctx context.Context, c *conn, v topic) (resource.Attrs, error) {
				a, err := topicAttributes(ctx, c, v.arn)
				if err != nil {
					return nil, err
				}
				attrs := resource.Attrs{
					"archive_policy":              a.text("ArchivePolicy"),
					"content_based_deduplication": a.flag("ContentBasedDeduplication"),
					"delivery_policy":             a.text("DeliveryPolicy"),
					"display_name":                a.text("DisplayName"),
					"kms_master_key_id":           a.text("KmsMasterKeyId"),
					"owner":                       a.text("Owner"),
					"policy":                      a.text("Policy"),
					"signature_version":           a.number("SignatureVersion"),
					"tracing_config":              a.text("TracingConfig"),
				}
				for path, name := range feedbackProtocols {
					attrs[path+"_failure_feedback_role_arn"] = a.text(name + "FailureFeedbackRoleArn")
					attrs[path+"_success_feedback_role_arn"] = a.text(name + "SuccessFeedbackRoleArn")
					attrs[path+"_success_feedback_sample_rate"] = a.number(name + "SuccessFeedbackSampleRate")
				}
				return attrs, nil
			},
		},
	},
	Rules: map[string]resource.Rule{
		"tags_all":        resource.AllTags("tags"),
		"name_prefix":     resource.Ignore(),
		"policy":          resource.Policy(),
		"delivery_policy": resource.JSON(),
		"archive_policy":  resource.JSON(),
		"tracing_config":  resource.Default("PassThrough"),
	},
})

// feedbackProtocols are the receivers of which a topic can log the deliveries:
// their names in the schema and in SNS's attributes.
var feedbackProtocols = map[string]string{
	"application": "Application", "firehose": "Firehose", "http": "HTTP", "lambda": "Lambda", "sqs": "SQS",
}

func feedbackPaths() []string {
	var out []string
	for path := range feedbackProtocols {
		out = append(out, path+"_failure_feedback_role_arn", path+"_success_feedback_role_arn", path+"_success_feedback_sample_rate")
	}
	return resource.Sorted(out)
}

// topics lists the topics of the region; SNS sets the page to 100.
func (c *conn) topics(ctx context.Context) iter.Seq2[topic, error] {
	return provider.Shared(&c.memo, "sns:ListTopics", pages(ctx, sns.NewListTopicsPaginator(c.sns, &sns.ListTopicsInput{}),
		func(o *sns.ListTopicsOutput) []topic {
			out := make([]topic, len(o.Topics))
			for i, t := range o.Topics {
				out[i] = topic{arn: aws.ToString(t.TopicArn)}
			}
			return out
		}))
}

func topicAttributes(ctx context.Context, c *conn, arn string) (attributeMap, error) {
	return provider.Once(&c.memo, "sns:GetTopicAttributes "+arn, func() (attributeMap, error) {
		o, err := c.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(arn)})
		if err != nil {
			return nil, err
		}
		return o.Attributes, nil
	})
}

func topicTags(ctx context.Context, c *conn, arn string) (map[string]any, error) {
	o, err := c.sns.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	return tagList(o.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value }), nil
}
