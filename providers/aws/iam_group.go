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

var iamGroup = provider.Define(provider.Spec[*conn, types.GroupDetail]{
	Name:    "aws_iam_group",
	Actions: []string{"iam:GetAccountAuthorizationDetails"},
	Global:  true,
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.GroupDetail, error] {
		return authorizationDetails(ctx, c, func(o *iam.GetAccountAuthorizationDetailsOutput) []types.GroupDetail {
			return o.GroupDetailList
		})
	},
	ID: func(g types.GroupDetail) string { return aws.ToString(g.GroupName) },
	Attrs: func(g types.GroupDetail) resource.Attrs {
		return resource.Attrs{
			"arn":       g.Arn,
			"name":      g.GroupName,
			"path":      g.Path,
			"unique_id": g.GroupId,
		}
	},
	Rules: map[string]resource.Rule{"unique_id": resource.Identity()},
})
