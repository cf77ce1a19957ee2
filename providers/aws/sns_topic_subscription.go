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

var snsTopicSubscription = provider.Define(provider.Spec[*conn, types.Subscription]{
	Name:    "aws_sns_topic_subscription",
	Actions: []string{"sns:ListSubscriptions"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[types.Subscription, error] {
		pending := heldEndpoints(q)
		return func(yield func(types.Subscription, error) bool) {
			var found []types.Subscription // pending ones that a state holds
			for s, err := range pages(ctx, sns.NewListSubscriptionsPaginator(c.sns, &sns.ListSubscriptionsInput{}),
				func(o *sns.ListSubscriptionsOutput) []types.Subscription { return o.Subscriptions }) {
				if err == nil && !strings.HasPrefix(aws.ToString(s.SubscriptionArn), "arn:") {
					if aws.ToString(s.SubscriptionArn) == "PendingConfirmation" {
						found = append(found, s)
					}
					continue
				}
				delete(pending, endpointOf(s))
				if !yield(s, err) || err != nil {
					return
				}
			}
			for _, s := range found {
				arn, held := pending[endpointOf(s)]
				if !held {
					continue
				}
				s.SubscriptionArn = aws.String(arn)
				if !yield(s, nil) {
					return
				}
			}
		}
	},
	ID: func(s types.Subscription) string { return aws.ToString(s.SubscriptionArn) },
	Attrs: func(s types.Subscription) resource.Attrs {
		return resource.Attrs{
			"arn":       s.SubscriptionArn,
			"endpoint":  s.Endpoint,
			"owner_id":  s.Owner,
			"protocol":  s.Protocol,
			"topic_arn": s.TopicArn,
		}
	},
	Details: []provider.Detail[*conn, types.Subscription]{{
		Action: "sns:GetSubscriptionAttributes",
		Paths: []string{
			"delivery_policy", "filter_policy", "filter_policy_scope", "pending_confirmation", "raw_message_delivery",
			"redrive_policy", "replay_policy", "subscription_role_arn",
		},
		Read: func(ctx context.Context, c *conn, s types.Subscription) (resource.Attrs, error) {
			o, err := c.sns.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: s.SubscriptionArn})
			if err != nil {
				return nil, err
			}
			a := attributeMap(o.Attributes)
			return resource.Attrs{
				"delivery_policy":       a.text("DeliveryPolicy"),
				"filter_policy":         a.text("FilterPolicy"),
				"filter_policy_scope":   a.text("FilterPolicyScope"),
				"pending_confirmation":  a.flag("PendingConfirmation"),
				"raw_message_delivery":  a.flag("RawMessageDelivery"),
				"redrive_policy":        a.text("RedrivePolicy"),
				"replay_policy":         a.text("ReplayPolicy"),
				"subscription_role_arn": a.text("SubscriptionRoleArn"),
			}, nil
		},
	}},
	Rules: map[string]resource.Rule{
		"confirmation_timeout_in_minutes": resource.Ignore(),
		"endpoint_auto_confirms":          resource.Ignore(),
		"delivery_policy":                 resource.JSON(),
		"filter_policy":                   resource.JSON(),
		"redrive_policy":                  resource.JSON(),
		"replay_policy":                   resource.JSON(),
		"filter_policy_scope":             resource.Default("MessageAttributes"),
	},
	ChildOf: []resource.ChildOf{{Parent: "aws_sns_topic", Ref: "topic_arn"}},
})

// endpoint is what tells subscriptions apart where their ARN is not said.
type endpoint struct{ topic, protocol, address string }

func endpointOf(s types.Subscription) endpoint {
	return endpoint{aws.ToString(s.TopicArn), aws.ToString(s.Protocol), aws.ToString(s.Endpoint)}
}

// heldEndpoints returns the ARNs of the subscriptions that states hold. SNS
// gives an ARN to who subscribes, but lists the subscription without it, as
// "PendingConfirmation", until the endpoint confirms. A pending subscription
// that no state holds delivers nothing and goes away by itself within days: it is
// not told of.
func heldEndpoints(q provider.Query) map[endpoint]string {
	out := map[endpoint]string{}
	for _, m := range q.Held("aws_sns_topic_subscription") {
		a := m.Attrs
		out[endpoint{a.String("topic_arn"), a.String("protocol"), a.String("endpoint")}] = m.Key.ID
	}
	return out
}
