package awsauth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Kind is why a call failed, as far as a caller may want to branch on it.
type Kind int

// The kinds.
const (
	Other       Kind = iota // what none of the others says
	Denied                  // the identity lacks a permission
	Credentials             // no credentials, or they are not taken: expired, unknown
	NoRole                  // the role cannot be assumed
	Throttled               // too many calls
	Unreachable             // no answer: no such host, no connection, TLS
	Ended                   // the caller's context has ended
	Disabled                // the region does not take these credentials
	NotFound                // what was asked for does not exist
)

// Explanation is an error of the SDK in words that a user can act on. None of them
// holds a credential, or what a server wrote of the caller's session and policies.
type Explanation struct {
	Kind Kind

	// Problem is what is wrong, in lower case: "access is denied (s3:GetObject)".
	Problem string

	// Remedy is what the user can do, in lower case. Empty where there is nothing.
	Remedy string

	// Err is fs.ErrPermission, fs.ErrNotExist, a context's error, or nil.
	Err error

	// Action is the permission behind the call that failed: s3:GetObject,
	// sts:AssumeRole. Empty where it is not known.
	Action string

	// Code is what the service answered with: AccessDenied. Empty where it did not.
	Code string
}

// Explain says what an error means that a client made from this package's
// configurations returned; nil means nothing.
func Explain(err error) Explanation {
	if err == nil {
		return Explanation{}
	}
	e := Explanation{Action: action(err)}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != noCode {
		e.Code = api.ErrorCode()
	}
	for _, explain := range []func(*Explanation, error) bool{ended, role, identified, answered, unreached} {
		if explain(&e, err) {
			return e
		}
	}
	e.Problem = "the call failed: " + Line(err.Error())
	return e
}

// noCode is what the SDK says where an answer has no code.
const noCode = "UnknownError"

func ended(e *Explanation, err error) bool {
	switch {
	case errors.Is(err, context.Canceled):
		e.Problem, e.Err = "interrupted: "+context.Canceled.Error(), context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		e.Problem, e.Remedy, e.Err = "timed out: "+context.DeadlineExceeded.Error(), "try again, or allow more time", context.DeadlineExceeded
	default:
		return false
	}
	e.Kind = Ended
	return true
}

// role explains what is wrong with the options, and why a role could not be assumed,
// unless it is that the identity that was to assume it could not be had.
func role(e *Explanation, err error) bool {
	var template *templateError
	var token *tokenFileError
	var options *optionsError
	failed := refusedRole(err)
	switch {
	case errors.As(err, &options):
		e.Kind, e.Problem, e.Remedy = Credentials, Line(options.err.Error()), "correct it"
		return true
	case errors.As(err, &template):
		e.Kind, e.Problem, e.Remedy = NoRole, template.Error(), "name one role here, without "+accountTemplate
		return true
	case errors.As(err, &token):
		e.Kind, e.Problem = Credentials, "the web identity token cannot be read: "+token.file+": "+reason(token.err)
		e.Remedy = "check web_identity_token_file (AWS_WEB_IDENTITY_TOKEN_FILE)"
		return true
	case failed == nil || errors.As(failed.err, new(*identityError)) || e.Code == "":
		return false
	}
	e.Kind = NoRole
	web := e.Action == "sts:AssumeRoleWithWebIdentity"
	switch {
	case e.Code == "AccessDenied" && web:
		e.Problem, e.Remedy = "refuses the web identity", "let its trust policy take the token's issuer, audience and subject"
	case e.Code == "AccessDenied":
		e.Problem, e.Remedy = "refuses these credentials", "allow them sts:AssumeRole, let the role's trust policy name them, and set external_id if it asks for one"
	case e.Code == "ExpiredTokenException" && web:
		e.Problem, e.Remedy = "refuses the web identity: its token has expired", "get a new token"
	case strings.HasPrefix(e.Code, "InvalidIdentityToken"), e.Code == "IDPRejectedClaim":
		e.Problem, e.Remedy = "refuses the web identity: its token is not valid", "add its issuer to the account's identity providers, and check its audience"
	case e.Code == "ValidationError":
		e.Problem, e.Remedy = "cannot be assumed as configured", "check role_arn, and that duration is no longer than the role's maximum session duration"
	case e.Code == "RegionDisabledException":
		e.Problem, e.Remedy = "cannot be assumed in a region that is not enabled", "set AWS_REGION to one that is"
	default:
		e.Kind = Other
		return false
	}
	e.Problem = fmt.Sprintf("role %s %s (%s)", failed.arn, e.Problem, e.Code)
	e.Err = fs.ErrPermission
	return true
}

// refusedRole returns the innermost role that could not be assumed, nil where there is
// none: the others of a chain were to be assumed with it.
func refusedRole(err error) *roleError {
	var failed, inner *roleError
	for errors.As(err, &inner) {
		failed, err = inner, inner.err
	}
	return failed
}

// identified explains why there are no credentials.
func identified(e *Explanation, err error) bool {
	var failed *identityError
	if !errors.As(err, &failed) {
		return false
	}
	login := "aws sso login"
	profile := "the profile"
	if failed.profile != "" && failed.profile != "default" {
		login += " --profile " + failed.profile
		profile = "profile " + failed.profile
	}
	e.Kind = Credentials
	var absent config.SharedConfigProfileNotExistError
	var source config.SharedConfigAssumeRoleError
	var unread config.SharedConfigLoadError
	switch {
	case errors.Is(failed.err, errNoCredentials):
		e.Problem, e.Remedy = profile+" has no credentials", "add them (aws configure sso, or aws configure), or name another profile"
	case errors.As(err, &source):
		e.Problem, e.Remedy = profile+" assumes a role, but its source_profile "+Line(source.Profile)+" has no credentials", "add them: aws configure --profile "+Line(source.Profile)
	case errors.As(err, &absent):
		e.Problem, e.Remedy = "profile "+Line(absent.Profile)+" is not in the AWS configuration", "name one of: aws configure list-profiles"
	case errors.As(err, &unread):
		e.Problem, e.Remedy = "the AWS configuration file "+Line(unread.Filename)+" cannot be read", "correct it: aws configure list"
	case failed.sso(err):
		e.Problem, e.Remedy = "the SSO session of "+profile+" has expired or was never begun", login
	case failed.is(aws.CredentialSourceProcess):
		e.Problem, e.Remedy = "the credential_process of "+profile+" gave no credentials", "run it by hand to see why"
	case e.Action == "ec2imds:GetMetadata", failed.is(aws.CredentialSourceIMDS) && e.Code == "":
		// The end of the chain: no credentials, and no instance to have a role.
		e.Problem, e.Remedy = "there are no AWS credentials", "set AWS_PROFILE or the AWS_* variables, or run "+login
	case e.Code == "" || e.Action == "":
		// a network's error tells more than that there are no credentials
		e.Kind = Other
		return false
	default:
		e.Problem, e.Remedy = fmt.Sprintf("the credentials of %s were not given (%s on %s)", profile, e.Code, e.Action), "check what the profile names, or run "+login
	}
	return true
}

func (e *identityError) is(source aws.CredentialSource) bool {
	return slices.Contains(e.sources, source)
}

// sso reports whether the credentials are those of an SSO session that is no more.
func (e *identityError) sso(err error) bool {
	var invalid *ssocreds.InvalidTokenError
	if errors.As(err, &invalid) {
		return true
	}
	if !e.is(aws.CredentialSourceProfileSSO) && !e.is(aws.CredentialSourceSSO) && !e.is(aws.CredentialSourceSSOLegacy) {
		return false
	}
	var api smithy.APIError
	var send *smithyhttp.RequestSendError
	return errors.As(err, &api) && (api.ErrorCode() == "UnauthorizedException" || api.ErrorCode() == "InvalidGrantException") ||
		!errors.As(err, &api) && !errors.As(err, &send)
}

// kinds sorts the codes that services answer with.
var kinds = map[string]Kind{
	"AccessDenied":                Denied,
	"AccessDeniedException":       Denied,
	"UnauthorizedOperation":       Denied,
	"AuthorizationError":          Denied,
	"AuthorizationErrorException": Denied,
	"NotAuthorized":               Denied,
	"Forbidden":                   Denied,
	"AllAccessDisabled":           Denied,
	"AccountProblem":              Denied,

	"ExpiredToken":              Credentials,
	"ExpiredTokenException":     Credentials,
	"RequestExpired":            Credentials,
	"SignatureDoesNotMatch":     Credentials,
	"InvalidAccessKeyId":        Credentials,
	"IncompleteSignature":       Credentials,
	"InvalidSignatureException": Credentials,
	"InvalidToken":              Credentials,
	"InvalidSecurity":           Credentials,
	"RequestTimeTooSkewed":      Credentials,

	"AuthFailure":                   Disabled,
	"UnrecognizedClientException":   Disabled,
	"InvalidClientTokenId":          Disabled,
	"OptInRequired":                 Disabled,
	"SubscriptionRequiredException": Disabled,
	"NotSignedUp":                   Disabled,

	"SlowDown": Throttled,
}

func kindOf(code string) Kind {
	if k, ok := kinds[code]; ok {
		return k
	}
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return Throttled
	}
	if strings.Contains(code, "NotFound") || strings.HasPrefix(code, "NoSuch") || strings.Contains(code, "NonExistent") || strings.HasSuffix(code, "DoesNotExist") {
		return NotFound
	}
	return Other
}

// answered explains what a service answered. The messages of denials are not
// repeated: they carry the caller's session and encoded policies.
func answered(e *Explanation, err error) bool {
	var status *smithyhttp.ResponseError
	if e.Code == "" {
		if !errors.As(err, &status) || status.HTTPStatusCode() < http.StatusMultipleChoices {
			return false
		}
		return statusOnly(e, status.HTTPStatusCode())
	}
	what := e.Code
	if e.Action != "" {
		what += " on " + e.Action
	}
	e.Kind = kindOf(e.Code)
	switch e.Kind {
	case Denied:
		e.Problem, e.Remedy, e.Err = fmt.Sprintf("access is denied (%s)", what), "allow it in the caller's policies and the resource's own", fs.ErrPermission
		if e.Action != "" {
			e.Remedy = strings.Replace(e.Remedy, "allow it", "allow "+e.Action, 1)
		}
	case Credentials:
		e.Err = fs.ErrPermission
		switch e.Code {
		case "RequestTimeTooSkewed":
			e.Problem, e.Remedy = "this machine's clock is wrong ("+what+")", "set it right"
		case "SignatureDoesNotMatch", "InvalidAccessKeyId", "IncompleteSignature", "InvalidSignatureException":
			e.Problem, e.Remedy = "the access key or its secret is wrong ("+what+")", "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile's"
		default:
			e.Problem, e.Remedy = "the credentials have expired ("+what+")", "renew them: aws sso login, or a new session token"
		}
	case Disabled:
		e.Problem, e.Remedy, e.Err = "these credentials are not taken ("+what+")", "check the access key, and that the region is enabled in the account", fs.ErrPermission
	case Throttled:
		e.Problem, e.Remedy = "AWS says to slow down ("+what+")", "try again later"
	case NotFound:
		e.Problem, e.Err = "there is no such thing ("+what+")", fs.ErrNotExist
	default:
		e.Problem = "AWS answered " + what
		if errors.As(err, &status) && status.HTTPStatusCode() >= http.StatusInternalServerError {
			e.Remedy = "try again later"
		}
	}
	return true
}

// statusOnly explains an answer without a code, as after HEAD.
func statusOnly(e *Explanation, status int) bool {
	e.Problem = strings.TrimSpace(fmt.Sprintf("the answer is HTTP %d %s", status, http.StatusText(status)))
	switch {
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		e.Kind, e.Remedy, e.Err = Denied, "check the credentials and their permissions", fs.ErrPermission
	case status == http.StatusNotFound:
		e.Kind, e.Err = NotFound, fs.ErrNotExist
	case status < http.StatusBadRequest:
		e.Remedy = "driftmgr follows no redirect: check the endpoint and the region"
	case status >= http.StatusInternalServerError:
		e.Remedy = "try again later"
	}
	return true
}

// unreached explains why there was no answer.
func unreached(e *Explanation, err error) bool {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var certificate *tls.CertificateVerificationError
	var send *smithyhttp.RequestSendError
	e.Kind = Unreachable
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Problem, e.Remedy = "there is no host "+Line(dns.Name), "check the region and the endpoint"
	case errors.As(err, &authority):
		e.Problem, e.Remedy = "the server's certificate is of no known authority", "set AWS_CA_BUNDLE to the file with its certificate authority"
	case errors.As(err, &host):
		e.Problem, e.Remedy = "the server's certificate is for another host than "+Line(host.Host), "check the endpoint"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.Problem, e.Remedy = "the server's certificate has expired, or this machine's clock is wrong", "renew it, or set the clock right"
	case errors.As(err, &certificate):
		e.Problem, e.Remedy = "the server's certificate is not valid", "check the endpoint, or set AWS_CA_BUNDLE to the file with its certificate authority"
	case errors.Is(err, http.ErrSchemeMismatch):
		e.Problem, e.Remedy = "the server does not speak TLS", "write the endpoint with http://, or check its port"
	case errors.As(err, &send):
		e.Problem, e.Remedy = "no answer: "+reason(send.Err), "check the network, the proxy and the endpoint, and try again"
	default:
		e.Kind = Other
		return false
	}
	return true
}

// Permanent reports whether asking again is in vain, although the SDK would: the
// server's certificate is not taken, or there is none.
func Permanent(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch)
}

// reason is a system's or a transport's error without the path or URL, which the
// line names already or is not to show.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return Line(err.Error())
}

// renamed are operations that IAM knows by another name.
var renamed = map[string]string{
	"s3:HeadBucket":    "s3:ListBucket",
	"s3:ListObjectsV2": "s3:ListBucket",
	"s3:HeadObject":    "s3:GetObject",
}

// action returns the permission behind the innermost operation that failed: a call
// fails with the AssumeRole that was to give it credentials.
func action(err error) string {
	var op, inner *smithy.OperationError
	for errors.As(err, &inner) {
		op, err = inner, inner.Err
	}
	if op == nil {
		return ""
	}
	name := strings.ToLower(strings.ReplaceAll(op.Service(), " ", "")) + ":" + op.Operation()
	if other, ok := renamed[name]; ok {
		return other
	}
	return name
}

// maxLine bounds what is repeated of a message from elsewhere.
const maxLine = 200

// Line keeps a text from elsewhere on one line, and short.
func Line(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxLine {
		s = string(r[:maxLine]) + "…"
	}
	return s
}
