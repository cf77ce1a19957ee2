package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// rolePolicyAttachment is a managed policy that a role has.
type rolePolicyAttachment struct {
	role   types.RoleDetail
	policy types.AttachedPolicy
}

var iamRolePolicyAttachment = provider.Define(provider.Spec[*conn, rolePolicyAttachment]{
	Name:    "aws_iam_role_policy_attachment",
	Actions: []string{"iam:GetAccountAuthorizationDetails"},
	Global:  true,
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[rolePolicyAttachment, error] {
		return ofIAMRoles(ctx, c, func(r types.RoleDetail) []rolePolicyAttachment {
			out := make([]rolePolicyAttachment, len(r.AttachedManagedPolicies))
			for i, p := range r.AttachedManagedPolicies {
				out[i] = rolePolicyAttachment{r, p}
			}
			return out
		})
	},
	ID: func(a rolePolicyAttachment) string {
		return rolePolicyAttachmentID(aws.ToString(a.role.RoleName), aws.ToString(a.policy.PolicyArn))
	},
	StateIDs: func(a resource.Attrs) []string {
		role, policy := a.String("role"), a.String("policy_arn")
		if role == "" || policy == "" {
			return nil
		}
		return []string{rolePolicyAttachmentID(role, policy)}
	},
	Default: func(a rolePolicyAttachment) bool { return roleMadeByAWS(a.role) },
	Attrs: func(a rolePolicyAttachment) resource.Attrs {
		return resource.Attrs{"policy_arn": a.policy.PolicyArn, "role": a.role.RoleName}
	},
	ChildOf: []resource.ChildOf{{Parent: "aws_iam_role", Ref: "role", Path: "managed_policy_arns"}},
})

// rolePolicyAttachmentID is the form in which Terraform imports an attachment. In a state
// `id` is the role's name with the time at which Terraform attached the policy.
func rolePolicyAttachmentID(role, policy string) string { return role + "/" + policy }
