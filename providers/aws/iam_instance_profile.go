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

// The authorization details name profiles as well, but only those with a role.
var iamInstanceProfile = provider.Define(provider.Spec[*conn, types.InstanceProfile]{
	Name:    "aws_iam_instance_profile",
	Actions: []string{"iam:ListInstanceProfiles"},
	Global:  true,
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.InstanceProfile, error] {
		in := &iam.ListInstanceProfilesInput{MaxItems: aws.Int32(maxIAMItems)}
		return pages(ctx, iam.NewListInstanceProfilesPaginator(c.iam, in),
			func(o *iam.ListInstanceProfilesOutput) []types.InstanceProfile { return o.InstanceProfiles })
	},
	ID: func(p types.InstanceProfile) string { return aws.ToString(p.InstanceProfileName) },
	Attrs: func(p types.InstanceProfile) resource.Attrs {
		a := resource.Attrs{
			"arn":       p.Arn,
			"name":      p.InstanceProfileName,
			"path":      p.Path,
			"role":      nil,
			"unique_id": p.InstanceProfileId,
		}
		if len(p.Roles) > 0 { // IAM allows one
			a["role"] = p.Roles[0].RoleName
		}
		return a
	},
	Details: []provider.Detail[*conn, types.InstanceProfile]{{
		Action: "iam:GetInstanceProfile",
		Paths:  []string{"tags_all"},
		Read: func(ctx context.Context, c *conn, p types.InstanceProfile) (resource.Attrs, error) {
			o, err := c.iam.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: p.InstanceProfileName})
			if err != nil {
				return nil, err
			}
			return resource.Attrs{"tags_all": iamTags(o.InstanceProfile.Tags)}, nil
		},
	}},
	Rules: map[string]resource.Rule{
		"name_prefix": resource.Ignore(),
		"tags_all":    resource.AllTags("tags"),
		"unique_id":   resource.Identity(),
	},
})
