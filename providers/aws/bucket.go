package aws

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// bucket is a listed bucket: as aws_s3_bucket, or as the parent of a setting
// that Terraform manages as a resource of its own.
type bucket struct {
	name   string
	region string // empty where the list does not say it: AWS does, emulators do not
	tags   tags
}

// maxBuckets is the largest page of ListBuckets. A request that names a page
// size is answered with the buckets' regions.
const maxBuckets = 10000

// buckets lists every bucket of the account, once for all the types of S3.
func (c *conn) buckets(ctx context.Context) iter.Seq2[bucket, error] {
	in := &s3.ListBucketsInput{MaxBuckets: aws.Int32(maxBuckets)}
	return provider.Shared(&c.memo, "s3:ListBuckets", pages(ctx, s3.NewListBucketsPaginator(c.s3, in), func(o *s3.ListBucketsOutput) []bucket {
		out := make([]bucket, len(o.Buckets))
		for i, b := range o.Buckets {
			out[i] = bucket{name: aws.ToString(b.Name), region: aws.ToString(b.BucketRegion)}
		}
		return out
	}))
}

// bucketReader reads one setting of a bucket.
type bucketReader[O any] func(ctx context.Context, c *conn, b bucket) (*O, error)

// bucketSetting makes the reader of a setting from the SDK's operation. The call
// goes to the bucket's region, and is made once for the bucket and all the types
// that show the setting.
func bucketSetting[I, O any](
	operation func(*s3.Client, context.Context, *I, ...func(*s3.Options)) (*O, error),
	input func(bucket *string) *I,
) bucketReader[O] {
	return func(ctx context.Context, c *conn, b bucket) (*O, error) {
		in := input(&b.name)
		return provider.Once(&c.memo, fmt.Sprintf("%T %s", in, b.name), func() (*O, error) {
			return operation(c.s3, ctx, in, func(o *s3.Options) {
				if b.region != "" {
					o.Region = b.region
				}
			})
		})
	}
}

// The settings that more than one type shows.
var (
	bucketPolicy = bucketSetting((*s3.Client).GetBucketPolicy,
		func(b *string) *s3.GetBucketPolicyInput { return &s3.GetBucketPolicyInput{Bucket: b} })
	bucketVersioning = bucketSetting((*s3.Client).GetBucketVersioning,
		func(b *string) *s3.GetBucketVersioningInput { return &s3.GetBucketVersioningInput{Bucket: b} })
	bucketEncryption = bucketSetting((*s3.Client).GetBucketEncryption,
		func(b *string) *s3.GetBucketEncryptionInput { return &s3.GetBucketEncryptionInput{Bucket: b} })
	bucketLifecycle = bucketSetting((*s3.Client).GetBucketLifecycleConfiguration,
		func(b *string) *s3.GetBucketLifecycleConfigurationInput {
			return &s3.GetBucketLifecycleConfigurationInput{Bucket: b}
		})
)

// bucketsWith lists the buckets of which a state holds the setting that typ
// manages, and those it names that are not in the list: a setting can be managed
// from another account than the bucket's, so only the setting's own answer
// proves that it is gone.
func bucketsWith(typ string) func(context.Context, *conn, provider.Query) iter.Seq2[bucket, error] {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[bucket, error] {
		return func(yield func(bucket, error) bool) {
			listed := map[string]bool{}
			for b, err := range heldOnly(q, typ, c.buckets(ctx), bucketName) {
				listed[b.name] = true
				if !yield(b, err) || err != nil {
					return
				}
			}
			if q.Depth == provider.DepthList {
				return
			}
			for _, m := range q.Held(typ) {
				if name := m.Key.ID; name != "" && !listed[name] {
					listed[name] = true
					if !yield(bucket{name: name}, nil) {
						return
					}
				}
			}
		}
	}
}

func bucketName(b bucket) string { return b.name }

// bucketRef is what the list says of a bucket's setting.
func bucketRef(b bucket) resource.Attrs { return resource.Attrs{"bucket": b.name} }

// bucketIDs gets the bucket from the id of a setting, which is the bucket's name
// or "bucket,expected owner".
func bucketIDs(a resource.Attrs) []string {
	name := a.String("bucket")
	if name == "" {
		name, _, _ = strings.Cut(a.String("id"), ",")
	}
	if name == "" {
		return nil
	}
	return []string{name}
}

// settingOf says that a type is a bucket's setting, and which attribute of the
// bucket shows it.
func settingOf(path string) []resource.ChildOf {
	return []resource.ChildOf{{Parent: "aws_s3_bucket", Ref: "bucket", Path: path}}
}

// ownSetting is the detail of a type that manages a setting. Where the setting
// is not configured S3 answers 404, and the resource is gone.
func ownSetting[O any](action string, read bucketReader[O], attrs func(*O) resource.Attrs, paths ...string) provider.Detail[*conn, bucket] {
	return provider.Detail[*conn, bucket]{
		Action: action,
		Paths:  paths,
		Read: func(ctx context.Context, c *conn, b bucket) (resource.Attrs, error) {
			o, err := read(ctx, c, b)
			if err != nil {
				return nil, err
			}
			return attrs(o), nil
		},
	}
}

// inlineSetting is the detail of aws_s3_bucket for a setting. Where it is not
// configured, attrs gets the zero answer.
func inlineSetting[O any](action string, read bucketReader[O], attrs func(*O) resource.Attrs, paths ...string) provider.Detail[*conn, bucket] {
	d := ownSetting(action, read, attrs, paths...)
	d.Read = func(ctx context.Context, c *conn, b bucket) (resource.Attrs, error) {
		o, err := read(ctx, c, b)
		if notConfigured(err) {
			o, err = new(O), nil
		}
		if err != nil {
			return nil, err
		}
		return attrs(o), nil
	}
	return d
}

// notConfigured reports whether S3 says that a bucket lacks a setting, or that
// the bucket's region or kind does not know it.
func notConfigured(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "NoSuchBucket":
		return false
	case "MethodNotAllowed", "NotImplemented", "XNotImplemented", "UnsupportedArgument", "UnsupportedOperation":
		return true
	}
	return notFound(err)
}

func s3Tags(list []types.Tag) map[string]any {
	return tagList(list, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}
