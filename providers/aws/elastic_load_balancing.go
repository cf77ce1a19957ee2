package aws

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The types of Elastic Load Balancing, each with its older name. A state may
// hold either for the same thing, so both have the ARN as their Object, and what
// nobody manages is told of under the newer name.
var balancingTypes = []string{
	"aws_lb", "aws_lb_listener", "aws_lb_target_group",
	"aws_alb", "aws_alb_listener", "aws_alb_target_group",
}

// loadBalancers lists application, network and gateway load balancers; classic
// ones have an API of their own.
func loadBalancers(ctx context.Context, c *conn) iter.Seq2[types.LoadBalancer, error] {
	in := &elb.DescribeLoadBalancersInput{PageSize: aws.Int32(400)}
	return provider.Shared(&c.memo, "elb:DescribeLoadBalancers", pages(ctx, elb.NewDescribeLoadBalancersPaginator(c.elb, in),
		func(o *elb.DescribeLoadBalancersOutput) []types.LoadBalancer { return o.LoadBalancers }))
}

// withBatch is a load balancer, listener or target group, none of which is listed
// with its tags, and the ARNs that share the call for its tags.
type withBatch[T any] struct {
	of    T
	batch []string
}

// maxTagged is how many ARNs DescribeTags takes.
const maxTagged = 20

// withTags adds the batches to a listing: of what the states hold of the three
// types together, or of everything listed where everything is wanted.
func withTags[T any](q provider.Query, list iter.Seq2[T, error], arn func(T) string) iter.Seq2[withBatch[T], error] {
	return func(yield func(withBatch[T], error) bool) {
		var all []T
		var failed error
		for v, err := range list {
			if err != nil {
				failed = err
				break
			}
			all = append(all, v)
		}
		var arns []string
		for _, typ := range balancingTypes {
			for _, m := range q.Held(typ) {
				if m.Key.ID != "" {
					arns = append(arns, m.Key.ID)
				}
			}
		}
		if q.Everything {
			for _, v := range all {
				arns = append(arns, arn(v))
			}
		}
		slices.Sort(arns)
		batches := map[string][]string{}
		for batch := range slices.Chunk(slices.Compact(arns), maxTagged) {
			for _, a := range batch {
				batches[a] = batch
			}
		}
		for _, v := range all {
			if !yield(withBatch[T]{v, batches[arn(v)]}, nil) {
				return
			}
		}
		if failed != nil {
			yield(withBatch[T]{}, failed)
		}
	}
}

// balancingTags reads tags_all.
func balancingTags[T any](arn func(T) string) provider.Detail[*conn, withBatch[T]] {
	return provider.Detail[*conn, withBatch[T]]{
		Action: "elasticloadbalancing:DescribeTags",
		Paths:  []string{"tags_all"},
		Read: func(ctx context.Context, c *conn, v withBatch[T]) (resource.Attrs, error) {
			one := arn(v.of)
			tags, err := describeBalancingTags(ctx, c, v.batch)
			if notFound(err) {
				// One of the batch is gone, which says nothing of the others.
				tags, err = describeBalancingTags(ctx, c, []string{one})
			}
			if err != nil {
				return nil, err
			}
			return resource.Attrs{"tags_all": tags[one]}, nil
		},
	}
}

// describeBalancingTags returns tags by ARN.
func describeBalancingTags(ctx context.Context, c *conn, arns []string) (map[string]map[string]any, error) {
	return provider.Once(&c.memo, "elb:DescribeTags "+strings.Join(arns, " "), func() (map[string]map[string]any, error) {
		o, err := c.elb.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: arns})
		if err != nil {
			return nil, err
		}
		out := map[string]map[string]any{}
		for _, d := range o.TagDescriptions {
			out[aws.ToString(d.ResourceArn)] = tagList(d.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
		}
		return out, nil
	})
}

// balancingSetting is an attribute in the sense of Elastic Load Balancing: a
// string under a dotted key.
type balancingSetting struct {
	key, path string
	value     func(string) (any, error)
}

func asText(s string) (any, error)   { return s, nil }
func asNumber(s string) (any, error) { return strconv.Atoi(s) }
func asBool(s string) (any, error)   { return strconv.ParseBool(s) }

type balancingSettings []balancingSetting

// add adds what the API answered with: it leaves out what a kind of load
// balancer or target group does not have.
func (b balancingSettings) add(a map[string]any, answered map[string]string) error {
	for _, s := range b {
		raw, ok := answered[s.key]
		if !ok {
			continue
		}
		v, err := s.value(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", s.key, err)
		}
		a[s.path] = v
	}
	return nil
}

// addBlock adds a block, if the API answered with any of it.
func (b balancingSettings) addBlock(a map[string]any, path string, answered map[string]string) error {
	block := map[string]any{}
	if err := b.add(block, answered); err != nil {
		return err
	}
	if len(block) > 0 {
		a[path] = []any{block}
	}
	return nil
}

func (b balancingSettings) paths() []string {
	var out []string
	for _, s := range b {
		out = append(out, s.path)
	}
	return out
}
