package s3

import (
	"context"
	"errors"
	"io/fs"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// doing is what failed, as a line begins it.
type doing string

const (
	reading     doing = "could not be read"
	listing     doing = "could not be listed"
	lockReading doing = "its lock could not be looked up"
)

// fail makes the one line of an error. What S3 wrote is not repeated: it names the
// caller's session, and may hold a part of a key.
func (p place) fail(what doing, err error) *state.Error {
	e := &state.Error{Source: p.String()}
	var api smithy.APIError
	var setting blockError
	var refused refusedError
	switch {
	case errors.Is(err, context.Canceled):
		e.Problem, e.Err = string(what)+": interrupted", context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		e.Problem, e.Remedy, e.Err = string(what)+": timed out", "try again, or allow more time", context.DeadlineExceeded
	case errors.As(err, &setting):
		e.Problem, e.Remedy = setting.problem, setting.remedy
	case errors.As(err, &refused):
		e.Problem, e.Remedy = refused.Error(), "report it as a bug of driftmgr"
	case errors.Is(err, errListing):
		e.Problem, e.Remedy = string(what)+": "+errListing.Error(), "name the states one by one"
	case wrongRegion(err):
		e.Problem, e.Remedy = "the bucket is in another region, and S3 does not say in which", "name it: region in the backend block, or ?region="
	case errors.As(err, &api) && p.answered(e, what, err, api):
	default:
		explained := awsauth.Explain(err)
		e.Problem, e.Remedy, e.Err = string(what)+": "+explained.Problem, explained.Remedy, explained.Err
	}
	if what == lockReading && e.Problem != "" && !strings.HasPrefix(e.Problem, string(what)) {
		e.Problem = string(what) + ": " + e.Problem
	}
	if e.Remedy == "" {
		e.Remedy = "try again"
	}
	return e
}

// keyARN finds a KMS key in S3's word on why it cannot be used.
var keyARN = regexp.MustCompile(`arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+`)

// answered explains S3's own answers.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func (p place) answered(e *state.Error, what doing, err error, api smithy.APIError) bool {
	code, message := api.ErrorCode(), api.ErrorMessage()
	service, _, _ := strings.Cut(awsauth.Explain(err).Action, ":")
	switch {
	case service == "dynamodb" && code == "ResourceNotFoundException":
		e.Problem, e.Remedy = "its DynamoDB table "+p.table+" does not exist", "check dynamodb_table and the region"
	case service != "s3": // a role that cannot be assumed answers like S3, but is not S3
		return false
	case code == "NoSuchBucket" || what == listing && code == "NotFound":
		e.Problem, e.Remedy, e.Err = "bucket "+p.bucket+" does not exist", "check its name, and the endpoint where the store is not AWS", fs.ErrNotExist
	case noSuchObject(err) && deleted(err):
		e.Problem, e.Remedy, e.Err = "was deleted", "restore it, or read an older version: ?version_id=ID", fs.ErrNotExist
	case noSuchObject(err):
		e.Problem, e.Remedy, e.Err = "does not exist", "check the key and the workspace (others are under env:/WORKSPACE/): aws s3 ls --recursive s3://"+p.bucket, fs.ErrNotExist
	case p.version != "" && (code == "NoSuchVersion" || code == "InvalidArgument" || code == "MethodNotAllowed"):
		e.Problem, e.Err = "has no version "+p.version, fs.ErrNotExist
		e.Remedy = "name one of: aws s3api list-object-versions --bucket " + p.bucket + " --prefix " + p.key
	case code == "InvalidObjectState":
		e.Problem, e.Remedy = "is archived", "restore it: aws s3api restore-object"
	case strings.HasPrefix(code, "KMS."), code == "AccessDenied" && strings.Contains(message, "kms:"), code == "AccessDenied" && strings.Contains(message, "ciphertext refers to"):
		e.Problem, e.Remedy, e.Err = "is encrypted with a KMS key that may not be used ("+code+")", "allow kms:Decrypt on it, and enable it", fs.ErrPermission
		if key := keyARN.FindString(message); key != "" {
			e.Remedy = "allow kms:Decrypt on " + key + ", and enable it"
		}
	case code == "InvalidRequest" && strings.Contains(strings.ToLower(message), "encryption"):
		e.Problem, e.Remedy = "is encrypted with a key of your own (SSE-C), or is not and one was given", "set sse_customer_key (with encrypt = true) or AWS_SSE_CUSTOMER_KEY to that key, or to none"
	case code == "AccessDenied" && what == reading && strings.Contains(message, "s3:ListBucket"):
		// S3 misses the right to list only where there is nothing to get.
		e.Problem, e.Err = "does not exist, as far as S3 says: s3:ListBucket, which tells, is not allowed", fs.ErrNotExist
		e.Remedy = "check the key, and allow s3:ListBucket on arn:" + partitionOf(p.region) + ":s3:::" + p.bucket
	case (code == "AccessDenied" || code == "Forbidden") && what == reading:
		e.Problem, e.Err = "may not be read ("+code+" on s3:GetObject), or does not exist and s3:ListBucket is not allowed", fs.ErrPermission
		e.Remedy = "allow both, in the caller's policies and the bucket's; where it is encrypted, kms:Decrypt too"
	case (code == "AccessDenied" || code == "Forbidden") && what == listing:
		e.Problem, e.Err = "may not be listed ("+code+" on s3:ListBucket)", fs.ErrPermission
		e.Remedy = "allow it on arn:" + partitionOf(p.region) + ":s3:::" + p.bucket + ", in the caller's policies and the bucket's"
	default:
		return false
	}
	return true
}

// deleted reports whether an answer is about an object's delete marker.
func deleted(err error) bool {
	var answer *smithyhttp.ResponseError
	return errors.As(err, &answer) && answer.Response != nil && answer.Response.Header.Get("X-Amz-Delete-Marker") == "true"
}
