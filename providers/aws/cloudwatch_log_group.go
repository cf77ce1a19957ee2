package aws

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// logGroup is a listed group with its tags, which the list leaves out.
type logGroup struct {
	types.LogGroup
	tags tags
}

var cloudwatchLogGroup = provider.Define(provider.Spec[*conn, logGroup]{
	Name:    "aws_cloudwatch_log_group",
	Actions: []string{"logs:DescribeLogGroups", "logs:ListTagsForResource"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[logGroup, error] {
		in := &cloudwatchlogs.DescribeLogGroupsInput{Limit: aws.Int32(50), LogGroupNamePrefix: commonPrefix(q.Wanted)}
		tags := newTagReader(c, q, "aws_cloudwatch_log_group")
		return pages(ctx, cloudwatchlogs.NewDescribeLogGroupsPaginator(c.logs, in), func(o *cloudwatchlogs.DescribeLogGroupsOutput) []logGroup {
			out := make([]logGroup, len(o.LogGroups))
			for i, g := range o.LogGroups {
				arn := logGroupARN(g)
				out[i] = logGroup{g, tags.of(ctx, aws.ToString(g.LogGroupName), arn,
					func(ctx context.Context) (map[string]any, error) { return logGroupTags(ctx, c, arn) })}
			}
			return out
		})
	},
	ID:      func(g logGroup) string { return aws.ToString(g.LogGroupName) },
	Default: func(g logGroup) bool { return g.tags.byService || untouchedServiceLog(g.LogGroup) },
	Attrs: func(g logGroup) resource.Attrs {
		return resource.Attrs{
			"arn":               logGroupARN(g.LogGroup),
			"name":              g.LogGroupName,
			"kms_key_id":        g.KmsKeyId,
			"log_group_class":   g.LogGroupClass,
			"retention_in_days": aws.ToInt32(g.RetentionInDays),
		}
	},
	Details: []provider.Detail[*conn, logGroup]{
		tagsDetail(func(g logGroup) tags { return g.tags }),
	},
	Rules: map[string]resource.Rule{
		"tags_all":          resource.AllTags("tags"),
		"name_prefix":       resource.Ignore(),
		"skip_destroy":      resource.Ignore(),
		"log_group_class":   resource.Default(types.LogGroupClassStandard),
		"retention_in_days": resource.Default(0), // never expire
	},
})

// logGroupARN is the group's ARN as Terraform writes it: `arn` ends in ":*".
func logGroupARN(g types.LogGroup) string {
	return strings.TrimSuffix(aws.ToString(g.Arn), ":*")
}

// serviceLogs are the beginnings of the names under which AWS services make log
// groups when they first write to them.
var serviceLogs = []string{"/aws/", "/aws-glue/", "API-Gateway-Execution-Logs_", "RDSOSMetrics", "aws-controltower/", "sns/"}

// untouchedServiceLog reports whether a service made the group and nobody touched
// it since. One with a retention, a key or a class was given it by somebody, and
// every other group was made by somebody: it costs money and nobody manages it.
func untouchedServiceLog(g types.LogGroup) bool {
	name := aws.ToString(g.LogGroupName)
	return slices.ContainsFunc(serviceLogs, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) &&
		g.RetentionInDays == nil && g.KmsKeyId == nil && (g.LogGroupClass == "" || g.LogGroupClass == types.LogGroupClassStandard)
}

func logGroupTags(ctx context.Context, c *conn, arn string) (map[string]any, error) {
	o, err := c.logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	return tagMap(o.Tags), nil
}
