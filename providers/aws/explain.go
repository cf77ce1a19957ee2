package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

// kinds are awsauth's in the contract's words.
var kinds = map[awsauth.Kind]provider.Kind{
	awsauth.Denied:      provider.Denied,
	awsauth.Credentials: provider.Credentials,
	awsauth.NoRole:      provider.Credentials,
	awsauth.Throttled:   provider.Throttled,
	awsauth.Disabled:    provider.Disabled,
	awsauth.NotFound:    provider.NotFound,
}

// Explain implements provider.Provider. The messages of denials are not
// repeated: they carry the caller's session and encoded policies.
func (*cloud) Explain(err error) provider.Failure {
	f := provider.Failure{Kind: provider.Unavailable}
	op := failedOperation(err)
	if op != nil {
		f.Action = actionName(op.Service(), op.Operation())
	}
	var refused refusedError
	if errors.As(err, &refused) {
		f.Kind, f.Detail = provider.Refused, refused.Error()
		return f
	}
	e := awsauth.Explain(err)
	if k, ok := kinds[e.Kind]; ok {
		f.Kind = k
	}
	switch e.Kind {
	case awsauth.Denied, awsauth.Throttled, awsauth.NotFound:
		f.Detail = e.Code
	case awsauth.Disabled:
		f.Detail = "the region or service does not take these credentials (" + e.Code + "): enable it, or leave it out with --region"
		if f.Action == "sts:GetCallerIdentity" {
			f.Kind, f.Detail = provider.Credentials, e.Code+": the access key does not exist, or the region is not enabled"
		}
	case awsauth.Ended:
		f.Detail = "interrupted"
		if errors.Is(err, context.DeadlineExceeded) {
			f.Detail = "timed out: raise --timeout"
		}
	case awsauth.Credentials, awsauth.NoRole, awsauth.Unreachable:
		// The same reason for every call that it concerns: reports group by it.
		f.Detail = strings.Replace(e.Problem, " on "+e.Action, "", 1) + "; " + e.Remedy
	default:
		f.Detail = detailOf(err, e)
	}
	return f
}

// detailOf says what a service answered that is of no kind.
func detailOf(err error, e awsauth.Explanation) string {
	var api smithy.APIError
	var status *smithyhttp.ResponseError
	switch {
	case e.Code != "" && errors.As(err, &api):
		return awsauth.Line(api.ErrorCode() + ": " + api.ErrorMessage())
	case errors.As(err, &status) && status.HTTPStatusCode() == http.StatusOK:
		return awsauth.Line("the answer cannot be read: " + status.Err.Error())
	case errors.As(err, &status) && status.HTTPStatusCode() != 0:
		code := status.HTTPStatusCode()
		return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", code, http.StatusText(code)))
	}
	return awsauth.Line(err.Error())
}

// failedOperation returns the operation that failed: the innermost one, as a
// call fails with the AssumeRole that was to give it credentials.
func failedOperation(err error) *smithy.OperationError {
	var op, inner *smithy.OperationError
	for errors.As(err, &inner) {
		op, err = inner, inner.Err
	}
	return op
}

// notFound reports whether the error says that a resource, or the setting of
// one, does not exist.
func notFound(err error) bool { return awsauth.Explain(err).Kind == awsauth.NotFound }
