package aws

import (
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

func rdsTags(tags []types.Tag) map[string]any {
	return tagList(tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}
