package aws

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

func rdsTags(tags []types.Tag) map[string]any {
	out := make(map[string]any, len(tags))
	for _, t := range tags {
		addTag(out, aws.ToString(t.Key), aws.ToString(t.Value))
	}
	return out
}
