package s3

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// bucket is one bucket of a session. It learns the bucket's region from the first
// answer, so that a region costs a request where it was wrong, and none where it
// was right.
type bucket struct {
	session *session
	name    string

	// turn is held while the fields below are used, and while the first request is
	// under way: the others wait for it, as they would all ask the wrong region.
	turn  chan struct{}
	asked bool   // the first request has been answered
	home  string // the region, once it is known
}

// bucket returns the session's bucket of that name.
func (s *session) bucket(name string) *bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.buckets[name]
	if !ok {
		b = &bucket{session: s, name: name, turn: make(chan struct{}, 1)}
		s.buckets[name] = b
	}
	return b
}

// call makes a request in the bucket's region.
func call[T any](ctx context.Context, b *bucket, do func(*s3.Client, func(*s3.Options)) (T, error)) (T, error) {
	var none T
	c, err := b.session.clients(ctx)
	if err != nil {
		return none, err
	}
	if err := b.take(ctx); err != nil {
		return none, err
	}
	asked, region := b.asked, b.home
	if asked {
		b.leave()
	} else {
		defer b.leave()
	}
	if region == "" {
		region = c.region
	}
	in := func(region string) (T, error) {
		return do(c.s3, func(o *s3.Options) { o.Region = region })
	}
	out, err := in(region)
	if home := elsewhere(ctx, c.s3, b.name, region, err); home != region {
		region = home
		if asked {
			b.learn(ctx, home)
		}
		out, err = in(region)
	}
	if !asked {
		b.asked, b.home = ctx.Err() == nil, region
	}
	return out, err
}

// learn keeps the region that was found out after the first request, which had no
// answer to tell it.
func (b *bucket) learn(ctx context.Context, home string) {
	if b.take(ctx) == nil {
		b.home = home
		b.leave()
	}
}

// take waits for the turn, until ctx ends.
func (b *bucket) take(ctx context.Context) error {
	select {
	case b.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *bucket) leave() { <-b.turn }

// region returns the bucket's region, as far as it is known.
func (b *bucket) region(ctx context.Context) string {
	if b.take(ctx) != nil {
		return ""
	}
	defer b.leave()
	return b.home
}

// expecting finds the region in S3's word on a signature for another one.
var expecting = regexp.MustCompile(`expecting '([a-z0-9-]{1,40})'`)

// elsewhere returns the region to ask, when asking in a region ended with err: the
// same one unless the error says, or a further request finds out, that the bucket is
// in another.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
func elsewhere(ctx context.Context, c *s3.Client, name, region string, err error) string {
	var answer *smithyhttp.ResponseError
	if err == nil || !errors.As(err, &answer) || !wrongRegion(err) {
		return region
	}
	if home := regionIn(err); home != "" {
		return home
	}
	head, err := c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(name)}, func(o *s3.Options) { o.Region = region })
	switch home := regionIn(err); {
	case err == nil && regionName.MatchString(aws.ToString(head.BucketRegion)):
		return *head.BucketRegion
	case home != "":
		return home
	}
	return region
}

// wrongRegion reports whether an error says that the bucket is in another region.
func wrongRegion(err error) bool {
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.HTTPStatusCode() {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	case http.StatusBadRequest:
		var api smithy.APIError
		return errors.As(err, &api) && (api.ErrorCode() == "AuthorizationHeaderMalformed" || api.ErrorCode() == "IllegalLocationConstraintException")
	}
	return false
}

// regionIn returns the region that an answer names, empty where it names none.
func regionIn(err error) string {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil {
		if home := answer.Response.Header.Get("X-Amz-Bucket-Region"); regionName.MatchString(home) {
			return home
		}
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		if m := expecting.FindStringSubmatch(api.ErrorMessage()); m != nil {
			return m[1]
		}
	}
	return ""
}
