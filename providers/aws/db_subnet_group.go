package aws

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var dbSubnetGroup = provider.Define(provider.Spec[*conn, types.DBSubnetGroup]{
	Name:    "aws_db_subnet_group",
	Actions: []string{"rds:DescribeDBSubnetGroups"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.DBSubnetGroup, error] {
		in := &rds.DescribeDBSubnetGroupsInput{MaxRecords: aws.Int32(100)}
		return pages(ctx, rds.NewDescribeDBSubnetGroupsPaginator(c.rds, in), func(o *rds.DescribeDBSubnetGroupsOutput) []types.DBSubnetGroup { return o.DBSubnetGroups })
	},
	ID: func(g types.DBSubnetGroup) string { return strings.ToLower(aws.ToString(g.DBSubnetGroupName)) },
	StateIDs: func(a resource.Attrs) []string {
		if id := a.String("id"); id != "" {
			return []string{strings.ToLower(id)}
		}
		return nil
	},
	Import:  importBy("", "name"),
	Default: func(g types.DBSubnetGroup) bool { return aws.ToString(g.DBSubnetGroupName) == "default" },
	Attrs: func(g types.DBSubnetGroup) resource.Attrs {
		var subnets []any
		for _, s := range g.Subnets {
			subnets = append(subnets, s.SubnetIdentifier)
		}
		return resource.Attrs{
			"arn":         g.DBSubnetGroupArn,
			"description": g.DBSubnetGroupDescription,
			"name":        g.DBSubnetGroupName,
			"subnet_ids":  subnets,
		}
	},
	Details: []provider.Detail[*conn, types.DBSubnetGroup]{{
		Action: "rds:ListTagsForResource",
		Paths:  []string{"tags_all"},
		Read: func(ctx context.Context, c *conn, g types.DBSubnetGroup) (resource.Attrs, error) {
			o, err := c.rds.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: g.DBSubnetGroupArn})
			if err != nil {
				return nil, err
			}
			return resource.Attrs{"tags_all": rdsTags(o.TagList)}, nil
		},
	}},
	Rules: map[string]resource.Rule{
		"name":     resource.Fold(),
		"tags_all": resource.AllTags("tags"),
	},
})
