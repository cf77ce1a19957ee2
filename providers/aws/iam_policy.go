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

var iamPolicy = provider.Define(provider.Spec[*conn, types.ManagedPolicyDetail]{
	Name:    "aws_iam_policy",
	Actions: []string{"iam:GetAccountAuthorizationDetails"},
	Global:  true,
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.ManagedPolicyDetail, error] {
		return authorizationDetails(ctx, c, func(o *iam.GetAccountAuthorizationDetailsOutput) []types.ManagedPolicyDetail {
			return o.Policies
		})
	},
	ID: func(p types.ManagedPolicyDetail) string { return aws.ToString(p.Arn) },
	Attrs: func(p types.ManagedPolicyDetail) resource.Attrs {
		a := resource.Attrs{"arn": p.Arn, "path": p.Path}
		for _, v := range p.PolicyVersionList {
			if v.IsDefaultVersion {
				a["policy"] = iamDocument(v.Document)
			}
		}
		return a
	},
	Details: []provider.Detail[*conn, types.ManagedPolicyDetail]{{
		// No list says the tags and the description: the authorization details
		// have a field for the latter, and AWS leaves it empty. Emulators leave
		// out the name and the id as well.
		Action: "iam:GetPolicy",
		Paths:  []string{"description", "name", "policy_id", "tags_all"},
		Read: func(ctx context.Context, c *conn, p types.ManagedPolicyDetail) (resource.Attrs, error) {
			o, err := c.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: p.Arn})
			if err != nil {
				return nil, err
			}
			return resource.Attrs{
				"description": o.Policy.Description,
				"name":        o.Policy.PolicyName,
				"policy_id":   o.Policy.PolicyId,
				"tags_all":    iamTags(o.Policy.Tags),
			}, nil
		},
	}},
	Rules: map[string]resource.Rule{
		"name_prefix": resource.Ignore(),
		"policy":      resource.Policy(),
		"policy_id":   resource.Identity(),
		"tags_all":    resource.AllTags("tags"),
	},
})
