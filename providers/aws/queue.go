package aws

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// queue is a listed queue: the list gives URLs only.
type queue struct {
	url  string
	tags tags
}

// queues lists the queues of the region, once for all the types that want the
// same.
func (c *conn) queues(ctx context.Context, wanted []string) iter.Seq2[queue, error] {
	in := &sqs.ListQueuesInput{MaxResults: aws.Int32(1000), QueueNamePrefix: commonPrefix(wanted)}
	return provider.Shared(&c.memo, "sqs:ListQueues "+aws.ToString(in.QueueNamePrefix),
		pages(ctx, sqs.NewListQueuesPaginator(c.sqs, in), func(o *sqs.ListQueuesOutput) []queue {
			out := make([]queue, len(o.QueueUrls))
			for i, u := range o.QueueUrls {
				out[i] = queue{url: u}
			}
			return out
		}))
}

// queueName is the last part of a queue's URL, which is the join key: the host
// differs between endpoints and over the years, the region and account are part
// of the key already.
func queueName(url string) string { return url[strings.LastIndex(url, "/")+1:] }

// queueAccount is the part before the name.
func queueAccount(url string) string {
	rest := strings.TrimSuffix(url, "/"+queueName(url))
	return rest[strings.LastIndex(rest, "/")+1:]
}

// queueIDs gets the join key from the attribute that holds a queue's URL.
func queueIDs(attribute string) func(resource.Attrs) []string {
	return func(a resource.Attrs) []string {
		if name := queueName(a.String(attribute)); name != "" {
			return []string{name}
		}
		return nil
	}
}

func queueAttributes(ctx context.Context, c *conn, url string) (attributeMap, error) {
	return provider.Once(&c.memo, "sqs:GetQueueAttributes "+url, func() (attributeMap, error) {
		o, err := c.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl:       aws.String(url),
			AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
		})
		if err != nil {
			return nil, err
		}
		return o.Attributes, nil
	})
}

func queueTags(ctx context.Context, c *conn, url string) (map[string]any, error) {
	o, err := c.sqs.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: aws.String(url)})
	if err != nil {
		return nil, err
	}
	return tagMap(o.Tags), nil
}

// queueSetting defines a type that manages one attribute of a queue: name is
// what SQS calls it, path how the type and aws_sqs_queue show it. Where it is not
// set the resource is gone.
func queueSetting(typ, path, name string, rule resource.Rule) provider.Type {
	return provider.Define(provider.Spec[*conn, queue]{
		Name:    typ,
		Actions: []string{"sqs:ListQueues"},
		List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[queue, error] {
			return heldOnly(q, typ, c.queues(ctx, q.Wanted), func(v queue) string { return queueName(v.url) })
		},
		ID:       func(v queue) string { return queueName(v.url) },
		StateIDs: queueIDs("queue_url"),
		Import:   importBy("", "queue_url"),
		Attrs:    func(v queue) resource.Attrs { return resource.Attrs{"queue_url": v.url} },
		Details: []provider.Detail[*conn, queue]{{
			Action: "sqs:GetQueueAttributes",
			Paths:  []string{path},
			Read: func(ctx context.Context, c *conn, v queue) (resource.Attrs, error) {
				a, err := queueAttributes(ctx, c, v.url)
				if err != nil {
					return nil, err
				}
				if a.text(name) == "" {
					return nil, &smithy.GenericAPIError{Code: "NotFound", Message: "the queue has no " + name}
				}
				return resource.Attrs{path: a.text(name)}, nil
			},
		}},
		Rules: map[string]resource.Rule{
			path:        rule,
			"queue_url": resource.CanonString(queueName),
		},
		ChildOf: []resource.ChildOf{{Parent: "aws_sqs_queue", Ref: "queue_url", Path: path, ParentID: queueName}},
	})
}
