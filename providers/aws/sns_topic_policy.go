package aws

import (
	"context"
	"iter"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// A topic always has a policy: Terraform deletes this resource by putting back
// the one that SNS gives to a new topic.
var snsTopicPolicy = provider.Define(provider.Spec[*conn, topic]{
	Name:    "aws_sns_topic_policy",
	Actions: []string{"sns:ListTopics"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[topic, error] {
		return heldOnly(q, "aws_sns_topic_policy", c.topics(ctx), func(v topic) string { return v.arn })
	},
	ID:    func(v topic) string { return v.arn },
	Attrs: func(v topic) resource.Attrs { return resource.Attrs{"arn": v.arn} },
	Details: []provider.Detail[*conn, topic]{{
		Action: "sns:GetTopicAttributes",
		Paths:  []string{"policy"},
		Read: func(ctx context.Context, c *conn, v topic) (resource.Attrs, error) {
			a, err := topicAttributes(ctx, c, v.arn)
			if err != nil {
				return nil, err
			}
			return resource.Attrs{"policy": a.text("Policy"), "owner": a.text("Owner")}, nil
		},
	}},
	Rules:   map[string]resource.Rule{"policy": resource.Policy()},
	ChildOf: []resource.ChildOf{{Parent: "aws_sns_topic", Ref: "arn", Path: "policy"}},
})
