package aws

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// addTag adds a tag if a user could have set it: AWS keeps the prefix `aws:` for
// itself.
func addTag(tags map[string]any, key, value string) {
	if !strings.HasPrefix(key, "aws:") {
		tags[key] = value
	}
}

// tagMap returns the tags that a user could have set.
func tagMap(tags map[string]string) map[string]any {
	out := make(map[string]any, len(tags))
	for key, value := range tags {
		addTag(out, key, value)
	}
	return out
}

// tagList is tagMap for the services that list tags, each in a type of its own.
func tagList[T any](tags []T, pair func(T) (key, value *string)) map[string]any {
	out := make(map[string]any, len(tags))
	for _, t := range tags {
		key, value := pair(t)
		addTag(out, aws.ToString(key), aws.ToString(value))
	}
	return out
}
