package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// object is a Source.
type object struct {
	place
	in *bucket

	lockfile lockfile
	kms      string // the key that the block names, empty where it names none

	kmsUsed atomic.Pointer[string] // the key's ARN, once S3 has said it
}

// Open implements state.Source. One request, and more where it fails for a reason
// that may pass. The reads fail where the download ends early.
func (o *object) Open(ctx context.Context) (io.ReadCloser, error) {
	out, err := o.get(ctx, o.key, o.version)
	if err != nil {
		return nil, o.fail(reading, err)
	}
	if id := aws.ToString(out.SSEKMSKeyId); id != "" {
		o.kmsUsed.Store(&id)
	}
	b := &body{ReadCloser: out.Body, name: o.key, size: -1}
	if out.ContentLength != nil {
		b.size = *out.ContentLength
		return sized{b}, nil
	}
	return b, nil
}

// get asks for an object.
func (o *object) get(ctx context.Context, key, version string) (*s3.GetObjectOutput, error) {
	in := &s3.GetObjectInput{Bucket: aws.String(o.bucket), Key: aws.String(key)}
	if version != "" {
		in.VersionId = aws.String(version)
	}
	if sse := o.in.session.set.SSEKey; sse != "" {
		in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = aws.String("AES256"), aws.String(sse), aws.String(md5Of(sse))
	}
	return call(ctx, o.in, func(c *s3.Client, region func(*s3.Options)) (*s3.GetObjectOutput, error) {
		return c.GetObject(ctx, in, region)
	})
}

// noSuchObject reports whether S3 says that an object does not exist.
func noSuchObject(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && (api.ErrorCode() == "NoSuchKey" || api.ErrorCode() == "NotFound")
}

// body is a download.
type body struct {
	io.ReadCloser
	name string
	size int64 // as announced; negative where it was not
	n    int64
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if errors.Is(err, io.EOF) && b.n < b.size || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the download broke off after %d of %d bytes: %w", b.n, b.size, io.ErrUnexpectedEOF)
	}
	return n, err
}

// sized is a download that knows its size, so that one over the limit is refused
// before it is read.
type sized struct{ *body }

// Stat returns what is known of the object: its name and size.
func (s sized) Stat() (fs.FileInfo, error) { return info(s), nil }

type info struct{ *body }

func (i info) Name() string     { return i.name }
func (i info) Size() int64      { return i.size }
func (info) Mode() fs.FileMode  { return 0o400 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }

var (
	_ state.Locked    = (*object)(nil)
	_ state.Permitted = (*object)(nil)
)
