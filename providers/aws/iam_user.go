package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var iamUser = provider.Define(provider.Spec[*conn, types.UserDetail]{
	Name:    "aws_iam_user",
	Actions: []string{"iam:GetAccountAuthorizationDetails"},
	Global:  true,
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.UserDetail, error] {
		return authorizationDetails(ctx, c, func(o *iam.GetAccountAuthorizationDetailsOutput) []types.UserDetail {
			return o.UserDetailList
		})
	},
	ID: func(u types.UserDetail) string { return aws.ToString(u.UserName) },
	Attrs: func(u types.UserDetail) resource.Attrs {
		return resource.Attrs{
			"arn":                  u.Arn,
			"name":                 u.UserName,
			"path":                 u.Path,
			"permissions_boundary": permissionsBoundary(u.PermissionsBoundary),
			"tags_all":             iamTags(u.Tags),
			"unique_id":            u.UserId,
		}
	},
	Rules: map[string]resource.Rule{
		"force_destroy": resource.Ignore(),
		"tags_all":      resource.AllTags("tags"),
		"unique_id":     resource.Identity(),
	},
})
