package aws

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// commonPrefix returns what all the names begin with, nil where that is nothing:
// some lists can be narrowed by a prefix only.
func commonPrefix(names []string) *string {
	if len(names) == 0 {
		return nil
	}
	prefix := names[0]
	for _, n := range names[1:] {
		for !strings.HasPrefix(n, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	if prefix == "" {
		return nil
	}
	return aws.String(prefix)
}
