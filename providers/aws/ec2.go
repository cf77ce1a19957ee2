package aws

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// maxFilterValues is how many values an EC2 filter takes.
const maxFilterValues = 200

// byID returns the filter that narrows an EC2 listing to the wanted ids, or none.
// A filter is used and not the operation's list of ids, because that one fails
// as a whole when one id is gone, and takes no page size: unpaged reads drain a
// smaller token bucket.
func byID(q provider.Query, filter string) []types.Filter {
	if ids := q.Few(maxFilterValues); len(ids) > 0 {
		return []types.Filter{{Name: aws.String(filter), Values: ids}}
	}
	return nil
}

// where leaves out the items that do not hold.
func where[T any](list iter.Seq2[T, error], holds func(T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range list {
			if (err != nil || holds(v)) && !yield(v, err) {
				return
			}
		}
	}
}

// adopted makes of a type the one for what comes with each VPC and Terraform
// adopts instead of making it: a second view, told of by the first one only.
func adopted[T any](s provider.Spec[*conn, T], comesWithVPC func(T) bool) provider.Spec[*conn, T] {
	list := s.List
	s.List = func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[T, error] {
		return where(list(ctx, c, q), comesWithVPC)
	}
	s.Facet = true
	return s
}

// owns reports whether the scope's account owns what names this owner. A shared
// VPC, with its subnets, tables and lists, shows in every account that it is
// shared with; only its owner can manage it, and it is read there.
func (c *conn) owns(owner *string) bool {
	id := aws.ToString(owner)
	return id == "" || id == c.account
}

// serviceTags are the prefixes of the tags that stacks, scaling groups, fleets
// and clusters put on what they make and keep.
var serviceTags = []string{"aws:autoscaling:", "aws:cloudformation:", "aws:ec2:fleet-id", "aws:ec2spot:fleet-request-id", "aws:eks:", "eks:"}

// madeByService reports whether the tags say that a service made the resource.
func madeByService(tags []types.Tag) bool {
	return slices.ContainsFunc(tags, func(t types.Tag) bool {
		return slices.ContainsFunc(serviceTags, func(p string) bool { return strings.HasPrefix(aws.ToString(t.Key), p) })
	})
}

func ec2Tags(tags []types.Tag) map[string]any {
	return tagList(tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}
