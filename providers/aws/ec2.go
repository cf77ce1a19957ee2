package aws

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// maxFilterValues is how many values an EC2 filter takes.
const maxFilterValues = 200

// byID returns the filter that narrows an EC2 listing to the wanted ids, or none.
// A filter is used and not the operation's list of ids, because that one fails
// as a whole when one id is gone, and takes no page size: unpaged reads drain a
// smaller token bucket.
func byID(q provider.Query, filter string) []types.Filter {
	if ids := q.Few(maxFilterValues); len(ids) > 0 {
		return []types.Filter{{Name: aws.String(filter), Values: ids}}
	}
	return nil
}

// ec2Tags returns every tag that a user could have set: AWS keeps the prefix
// `aws:` for itself.
func ec2Tags(tags []types.Tag) map[string]any {
	out := make(map[string]any, len(tags))
	for _, t := range tags {
		addTag(out, aws.ToString(t.Key), aws.ToString(t.Value))
	}
	return out
}

func addTag(tags map[string]any, key, value string) {
	if !strings.HasPrefix(key, "aws:") {
		tags[key] = value
	}
}
