package aws

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var iamRole = provider.Define(provider.Spec[*conn, types.RoleDetail]{
	Name:    "aws_iam_role",
	Actions: []string{"iam:GetAccountAuthorizationDetails"},
	Global:  true,
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.RoleDetail, error] {
		return iamRoles(ctx, c)
	},
	ID:      func(r types.RoleDetail) string { return aws.ToString(r.RoleName) },
	Default: roleMadeByAWS,
	Attrs: func(r types.RoleDetail) resource.Attrs {
		inline := make([]any, len(r.RolePolicyList))
		for i, p := range r.RolePolicyList {
			inline[i] = map[string]any{"name": p.PolicyName, "policy": iamDocument(p.PolicyDocument)}
		}
		attached := make([]*string, len(r.AttachedManagedPolicies))
		for i, p := range r.AttachedManagedPolicies {
			attached[i] = p.PolicyArn
		}
		return resource.Attrs{
			"arn":                  r.Arn,
			"assume_role_policy":   iamDocument(r.AssumeRolePolicyDocument),
			"inline_policy":        inline,
			"managed_policy_arns":  attached,
			"name":                 r.RoleName,
			"path":                 r.Path,
			"permissions_boundary": permissionsBoundary(r.PermissionsBoundary),
			"tags_all":             iamTags(r.Tags),
			"unique_id":            r.RoleId,
		}
	},
	Details: []provider.Detail[*conn, types.RoleDetail]{{
		Action: "iam:ListRoles",
		Paths:  []string{"description", "max_session_duration"},
		Read: func(ctx context.Context, c *conn, r types.RoleDetail) (resource.Attrs, error) {
			listed, err := listedIAMRoles(ctx, c)
			if err != nil {
				return nil, err
			}
			role, ok := listed[aws.ToString(r.RoleName)]
			if !ok {
				return nil, nil // made since the roles were listed
			}
			return resource.Attrs{
				"description":          role.Description,
				"max_session_duration": role.MaxSessionDuration,
			}, nil
		},
	}},
	Rules: map[string]resource.Rule{
		"assume_role_policy":    resource.Policy(),
		"force_detach_policies": resource.Ignore(),
		"inline_policy":         resource.Keyed("name"),
		"inline_policy.policy":  resource.Policy(),
		"name_prefix":           resource.Ignore(),
		"tags_all":              resource.AllTags("tags"),
		"unique_id":             resource.Identity(),
	},
	Children: []resource.Child{
		{Type: "aws_iam_role_policies_exclusive", Ref: "role_name", Path: "inline_policy"},
		{Type: "aws_iam_role_policy_attachments_exclusive", Ref: "role_name", Path: "managed_policy_arns"},
	},
})

func iamRoles(ctx context.Context, c *conn) iter.Seq2[types.RoleDetail, error] {
	return authorizationDetails(ctx, c, func(o *iam.GetAccountAuthorizationDetailsOutput) []types.RoleDetail {
		return o.RoleDetailList
	})
}

// roleMadeByAWS is true for service-linked roles and for those of IAM Identity
// Center. Only AWS can make a role under these paths.
func roleMadeByAWS(r types.RoleDetail) bool {
	path := aws.ToString(r.Path)
	return strings.HasPrefix(path, "/aws-service-role/") || strings.HasPrefix(path, "/aws-reserved/")
}

// listedIAMRoles returns the roles by name, as ListRoles knows them: it says what
// the authorization details leave out, in pages of all roles and not in a call
// for each.
func listedIAMRoles(ctx context.Context, c *conn) (map[string]types.Role, error) {
	return provider.Once(&c.memo, "iam:ListRoles", func() (map[string]types.Role, error) {
		byName := map[string]types.Role{}
		in := &iam.ListRolesInput{MaxItems: aws.Int32(maxIAMItems)}
		for r, err := range pages(ctx, iam.NewListRolesPaginator(c.iam, in), func(o *iam.ListRolesOutput) []types.Role { return o.Roles }) {
			if err != nil {
				return nil, err
			}
			byName[aws.ToString(r.RoleName)] = r
		}
		return byName, nil
	})
}
