package s3

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// pageSize is the largest that S3 has.
const pageSize = 1000

// errListing is of a store that says that a listing goes on, but not where.
var errListing = errors.New("the listing says that it goes on, but not where")

// list returns the sources whose keys match a pattern. Lockfiles are in the same
// listing, as their keys begin like the state's.
func list(ctx context.Context, in *bucket, p place) ([]state.Source, error) {
	pattern, err := state.ParsePattern(p.String(), p.key)
	if err != nil {
		return nil, err
	}
	keys := make(map[string]string) // by the state's name
	locked := make(map[string]bool)
	var names []string
	for token := (*string)(nil); ; {
		page, err := call(ctx, in, func(c *s3.Client, region func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
			return c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
				Bucket: aws.String(p.bucket), Prefix: aws.String(pattern.Prefix()), MaxKeys: aws.Int32(pageSize), ContinuationToken: token,
			}, region)
		})
		if err != nil {
			return nil, p.fail(listing, err)
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			if state, ok := strings.CutSuffix(key, lockSuffix); ok {
				locked[state] = true
				continue
			}
			if strings.HasSuffix(key, "/") || !pattern.Match(key) {
				continue
			}
			name := p.at(key).String()
			keys[name] = key
			names = append(names, name)
		}
		next := aws.ToString(page.NextContinuationToken)
		switch {
		case !aws.ToBool(page.IsTruncated):
			return pattern.Sources(names, func(name string) state.Source {
				o := &object{place: p.at(keys[name]), in: in, lockfile: absent}
				if locked[keys[name]] {
					o.lockfile = present
				}
				return o
			})
		case next == "" || token != nil && next == *token:
			return nil, p.fail(listing, errListing)
		}
		token = &next
	}
}

// at returns the place of one object that a pattern stands for.
func (p place) at(key string) place {
	p.key, p.pattern = key, false
	return p
}
