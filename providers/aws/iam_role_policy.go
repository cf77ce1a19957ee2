package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// rolePolicy is a policy that is written into a role.
type rolePolicy struct {
	role   types.RoleDetail
	policy types.PolicyDetail
}

var iamRolePolicy = provider.Define(provider.Spec[*conn, rolePolicy]{
	Name:    "aws_iam_role_policy",
	Actions: []string{"iam:GetAccountAuthorizationDetails"},
	Global:  true,
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[rolePolicy, error] {
		return ofIAMRoles(ctx, c, func(r types.RoleDetail) []rolePolicy {
			out := make([]rolePolicy, len(r.RolePolicyList))
			for i, p := range r.RolePolicyList {
				out[i] = rolePolicy{r, p}
			}
			return out
		})
	},
	ID: func(p rolePolicy) string {
		return aws.ToString(p.role.RoleName) + ":" + aws.ToString(p.policy.PolicyName)
	},
	Default: func(p rolePolicy) bool { return roleMadeByAWS(p.role) },
	Attrs: func(p rolePolicy) resource.Attrs {
		return resource.Attrs{
			"name":   p.policy.PolicyName,
			"policy": iamDocument(p.policy.PolicyDocument),
			"role":   p.role.RoleName,
		}
	},
	Rules: map[string]resource.Rule{
		"name_prefix": resource.Ignore(),
		"policy":      resource.Policy(),
	},
	ChildOf: []resource.ChildOf{{Parent: "aws_iam_role", Ref: "role", Path: "inline_policy"}},
})

// ofIAMRoles yields what every role has of something.
func ofIAMRoles[T any](ctx context.Context, c *conn, has func(types.RoleDetail) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for r, err := range iamRoles(ctx, c) {
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, v := range has(r) {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}
