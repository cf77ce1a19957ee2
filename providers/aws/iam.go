package aws

import (
	"context"
	"iter"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// maxIAMItems is the largest page of IAM's lists.
const maxIAMItems = 1000

// authorizationDetails yields what GetAccountAuthorizationDetails says of one
// kind of entity. All kinds are asked for at once and the pages are shared: one
// listing serves every IAM type. Policies that AWS manages are left out.
func authorizationDetails[T any](ctx context.Context, c *conn, entities func(*iam.GetAccountAuthorizationDetailsOutput) []T) iter.Seq2[T, error] {
	in := &iam.GetAccountAuthorizationDetailsInput{
		MaxItems: aws.Int32(maxIAMItems),
		Filter: []types.EntityType{
			types.EntityTypeUser, types.EntityTypeRole, types.EntityTypeGroup, types.EntityTypeLocalManagedPolicy,
		},
	}
	shared := provider.Shared(&c.memo, "iam:GetAccountAuthorizationDetails",
		pages(ctx, iam.NewGetAccountAuthorizationDetailsPaginator(c.iam, in),
			func(o *iam.GetAccountAuthorizationDetailsOutput) []*iam.GetAccountAuthorizationDetailsOutput {
				return []*iam.GetAccountAuthorizationDetailsOutput{o}
			}))
	return func(yield func(T, error) bool) {
		for page, err := range shared {
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, v := range entities(page) {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

// iamDocument decodes a document as IAM's lists return it: percent-encoded
// after RFC 3986, where a plus sign is no space. What is not encoded like that
// is taken as it is.
func iamDocument(encoded *string) *string {
	document, err := url.PathUnescape(aws.ToString(encoded))
	if encoded == nil || err != nil {
		return encoded
	}
	return &document
}

// permissionsBoundary is the ARN of the policy that bounds a user or a role.
func permissionsBoundary(b *types.AttachedPermissionsBoundary) *string {
	if b == nil {
		return nil
	}
	return b.PermissionsBoundaryArn
}

func iamTags(tags []types.Tag) map[string]any {
	return tagList(tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}
