package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// kinds sorts the codes that AWS services answer with.
var kinds = map[string]provider.Kind{
	"AccessDenied":                provider.Denied,
	"AccessDeniedException":       provider.Denied,
	"UnauthorizedOperation":       provider.Denied,
	"AuthorizationError":          provider.Denied,
	"AuthorizationErrorException": provider.Denied,
	"NotAuthorized":               provider.Denied,
	"Forbidden":                   provider.Denied,

	"ExpiredToken":          provider.Credentials,
	"ExpiredTokenException": provider.Credentials,
	"RequestExpired":        provider.Credentials,
	"SignatureDoesNotMatch": provider.Credentials,
	"InvalidAccessKeyId":    provider.Credentials,

	"IncompleteSignature":       provider.Credentials,
	"InvalidSignatureException": provider.Credentials,
	"InvalidToken":              provider.Credentials,
	"RequestTimeTooSkewed":      provider.Credentials,

	"AuthFailure":                   provider.Disabled,
	"UnrecognizedClientException":   provider.Disabled,
	"InvalidClientTokenId":          provider.Disabled,
	"OptInRequired":                 provider.Disabled,
	"SubscriptionRequiredException": provider.Disabled,
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
	var api smithy.APIError
	var status *smithyhttp.ResponseError
	var send *smithyhttp.RequestSendError
	var dns *net.DNSError
	switch {
	case errors.As(err, &refused):
		f.Kind, f.Detail = provider.Refused, refused.Error()
	case op != nil && op.Service() == "ec2imds":
		// The end of the chain: no credentials, and no instance to have a role.
		f.Kind, f.Detail = provider.Credentials, noCredentials
	case errors.Is(err, context.DeadlineExceeded):
		f.Detail = "timed out: raise --timeout"
	case errors.Is(err, context.Canceled):
		f.Detail = "interrupted"
	case errors.As(err, &api):
		f.Kind = kindOf(api.ErrorCode())
		f.Detail = api.ErrorCode()
		switch f.Kind {
		case provider.Credentials:
			f.Detail += ": renew them (aws sso login, or a new session token)"
		case provider.Disabled:
			if f.Action == "sts:GetCallerIdentity" {
				f.Kind, f.Detail = provider.Credentials, api.ErrorCode()+": the access key does not exist, or the region is not enabled"
				break
			}
			f.Detail = "the region or service does not take these credentials (" + api.ErrorCode() + "): enable it, or leave it out with --region"
		case provider.Unavailable:
			f.Detail = oneLine(api.ErrorCode() + ": " + api.ErrorMessage())
			if api.ErrorCode() == noCode && errors.As(err, &status) {
				f.Detail = httpStatus(status)
			}
		}
	case errors.As(err, &dns):
		f.Detail = "no such host " + dns.Name + ": is the region right?"
	case errors.As(err, &send):
		f.Detail = oneLine("no answer: " + cause(send.Err).Error())
	case errors.As(err, &status) && status.HTTPStatusCode() == http.StatusOK:
		f.Detail = oneLine("the answer cannot be read: " + status.Err.Error())
	case errors.As(err, &status) && status.HTTPStatusCode() != 0:
		f.Detail = httpStatus(status)
	case strings.Contains(err.Error(), "get identity: get credentials:"), strings.Contains(err.Error(), "failed to refresh cached credentials"):
		f.Kind, f.Detail = provider.Credentials, noCredentials
	default:
		f.Detail = oneLine(err.Error())
	}
	return f
}

const (
	noCredentials = "set AWS_PROFILE or the AWS_* variables, or run aws sso login"
	// noCode is what the SDK says where an answer has no code.
	noCode = "UnknownError"
)

// failedOperation returns the operation that failed: the innermost one, as a
// call fails with the AssumeRole that was to give it credentials.
func failedOperation(err error) *smithy.OperationError {
	var op, inner *smithy.OperationError
	for errors.As(err, &inner) {
		op, err = inner, inner.Err
	}
	return op
}

func httpStatus(r *smithyhttp.ResponseError) string {
	code := r.HTTPStatusCode()
	return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", code, http.StatusText(code)))
}

// cause is a transport's error without the URL, which the action names better.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func kindOf(code string) provider.Kind {
	if k, ok := kinds[code]; ok {
		return k
	}
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return provider.Throttled
	}
	if strings.Contains(code, "NotFound") || strings.HasPrefix(code, "NoSuch") || strings.Contains(code, "NonExistent") || strings.HasSuffix(code, "DoesNotExist") {
		return provider.NotFound
	}
	return provider.Unavailable
}

// notFound reports whether the error says that a resource, or the setting of
// one, does not exist.
func notFound(err error) bool { return isKind(err, provider.NotFound) }

// isKind reports whether a service answered with a code of that kind.
func isKind(err error, k provider.Kind) bool {
	var api smithy.APIError
	return errors.As(err, &api) && kindOf(api.ErrorCode()) == k
}

// maxDetail bounds what a report repeats of a cloud's message.
const maxDetail = 200

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxDetail {
		s = string(r[:maxDetail]) + "…"
	}
	return s
}
