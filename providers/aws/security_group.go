package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var securityGroup = provider.Define(securityGroups("aws_security_group"))

// securityGroups declares the type of groups that Terraform makes, and, under
// another name, that of the group which comes with each VPC.
func securityGroups(name string) provider.Spec[*conn, types.SecurityGroup] {
	return provider.Spec[*conn, types.SecurityGroup]{
		Name:    name,
		Actions: []string{"ec2:DescribeSecurityGroups"},
		List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[types.SecurityGroup, error] {
			in := &ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(1000), Filters: byID(q, "group-id")}
			groups := pages(ctx, ec2.NewDescribeSecurityGroupsPaginator(c.ec2, in), func(o *ec2.DescribeSecurityGroupsOutput) []types.SecurityGroup { return o.SecurityGroups })
			return where(groups, func(v types.SecurityGroup) bool { return c.owns(v.OwnerId) })
		},
		ID: func(v types.SecurityGroup) string { return aws.ToString(v.GroupId) },
		Default: func(v types.SecurityGroup) bool {
			return isDefaultGroup(v) || madeByService(v.Tags)
		},
		Attrs: func(v types.SecurityGroup) resource.Attrs {
			return resource.Attrs{
				"name":        v.GroupName,
				"description": v.Description,
				"vpc_id":      v.VpcId,
				"owner_id":    v.OwnerId,
				"ingress":     permissions(v, v.IpPermissions),
				"egress":      permissions(v, v.IpPermissionsEgress),
				"tags_all":    ec2Tags(v.Tags),
			}
		},
		Rules: map[string]resource.Rule{
			"ingress":                resource.Canon(canonPermissions),
			"egress":                 resource.Canon(canonPermissions),
			"name_prefix":            resource.Ignore(),
			"revoke_rules_on_delete": resource.Ignore(),
			"tags_all":               resource.AllTags("tags"),
		},
	}
}

func isDefaultGroup(v types.SecurityGroup) bool { return aws.ToString(v.GroupName) == "default" }
