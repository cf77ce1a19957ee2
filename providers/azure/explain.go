package azure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

// Explain implements provider.Provider. The messages of Azure are not repeated:
// they carry the caller's ids, and differ from run to run.
func (*azure) Explain(err error) provider.Failure {
	var refused refusedError
	var denied deniedError
	var credential credentialError
	var answer *azcore.ResponseError
	switch {
	case errors.As(err, &refused):
		return provider.Failure{Kind: provider.Refused, Detail: refused.Error()}
	case errors.As(err, &denied):
		return provider.Failure{Kind: provider.Denied, Action: denied.action}
	case errors.Is(err, context.DeadlineExceeded):
		return provider.Failure{Kind: provider.Unavailable, Detail: "timed out: raise --timeout"}
	case errors.Is(err, context.Canceled):
		return provider.Failure{Kind: provider.Unavailable, Detail: "interrupted"}
	case errors.Is(err, noSubscriptionError{}):
		return provider.Failure{Kind: provider.Credentials, Detail: err.Error()}
	case errors.As(err, &credential):
		return provider.Failure{Kind: provider.Credentials, Detail: azureauth.Explain(err)}
	case errors.As(err, &answer):
		return explainAnswer(answer)
	case errors.Is(err, truncatedError{}):
		return provider.Failure{Kind: provider.Unavailable, Action: graphAction, Detail: err.Error()}
	case errors.Is(err, endlessError{}):
		return provider.Failure{Kind: provider.Unavailable, Detail: err.Error()}
	case errors.Is(err, hollowError{}), strings.Contains(err.Error(), "unmarshalling "):
		return provider.Failure{Kind: provider.Unavailable, Detail: "the answer has another form than Azure's: check the proxy, and cloud.resource_manager"}
	}
	return provider.Failure{Kind: provider.Unavailable, Detail: azureauth.Explain(err)}
}

// explainAnswer sorts what Resource Manager or a service answered.
// Source: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
func explainAnswer(e *azcore.ResponseError) provider.Failure {
	f := provider.Failure{Kind: provider.Unavailable, Action: failedAction(e), Detail: answerOf(e)}
	switch e.ErrorCode {
	case "MissingSubscriptionRegistration", "SubscriptionNotRegistered":
		service, _, _ := strings.Cut(f.Action, "/")
		f.Kind, f.Detail = provider.Disabled, fmt.Sprintf("the subscription is not registered with %s (%s)", service, e.ErrorCode)
		return f
	case "SubscriptionNotFound", "InvalidSubscriptionId":
		f.Action, f.Detail = "", "the identity knows no such subscription ("+e.ErrorCode+"): check its id and the tenant"
		return f
	case "DisabledSubscription", "ReadOnlyDisabledSubscription":
		f.Kind, f.Detail = provider.Disabled, "the subscription is disabled ("+e.ErrorCode+")"
		return f
	case "InvalidAuthenticationTokenTenant":
		f.Kind, f.Detail = provider.Credentials, "the subscription is in another tenant than the identity ("+e.ErrorCode+"): check tenant_id"
		return f
	}
	switch {
	case isUnoffered(e):
		return f
	case e.StatusCode == http.StatusProxyAuthRequired:
		f.Action, f.Detail = "", "the proxy wants to know who you are (HTTP 407): give it a user and a password in HTTPS_PROXY"
	case e.StatusCode >= 300 && e.StatusCode < 400:
		f.Action, f.Detail = "", fmt.Sprintf("the answer is a redirection, which is not followed (HTTP %d): check the proxy, and cloud.resource_manager", e.StatusCode)
	case e.StatusCode == http.StatusUnauthorized:
		f.Kind, f.Detail = provider.Credentials, azureauth.Explain(e)
	case e.StatusCode == http.StatusForbidden:
		f.Kind = provider.Denied
	case e.StatusCode == http.StatusTooManyRequests:
		f.Kind = provider.Throttled
	case e.StatusCode == http.StatusNotFound && isAzures(e):
		f.Kind = provider.NotFound
	}
	return f
}

// isUnoffered reports whether the cloud has no such type, or not in this version of
// the API: those of a government lag.
func isUnoffered(e *azcore.ResponseError) bool {
	return slices.Contains([]string{"InvalidResourceType", "InvalidResourceNamespace", "NoRegisteredProviderFound", "InvalidApiVersionParameter"}, e.ErrorCode)
}

// isUnregistered reports whether an error says that the subscription never used a
// service.
func isUnregistered(err error) bool {
	return isCode(err, "MissingSubscriptionRegistration", "SubscriptionNotRegistered")
}

// isAzures reports whether an answer is from Azure, and not from something on the
// way there, which knows nothing of what exists.
func isAzures(e *azcore.ResponseError) bool {
	return e.ErrorCode != "" || e.RawResponse != nil && e.RawResponse.Header.Get("x-ms-request-id") != ""
}

// failedAction is the permission behind the call that failed.
func failedAction(e *azcore.ResponseError) string {
	if e.RawResponse == nil || e.RawResponse.Request == nil {
		return ""
	}
	return actionName(e.RawResponse.Request.Method, e.RawResponse.Request.URL.Path)
}

// codeForm is what an error code looks like. It is the server's, so it is checked
// before it is shown.
var codeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._]{0,80}$`)

func answerOf(e *azcore.ResponseError) string {
	text := strings.TrimSpace(fmt.Sprintf("HTTP %d %s", e.StatusCode, http.StatusText(e.StatusCode)))
	if codeForm.MatchString(e.ErrorCode) {
		text += " (" + e.ErrorCode + ")"
	}
	return text
}

// notFound reports whether an error says that a resource does not exist.
func notFound(err error) bool {
	var e *azcore.ResponseError
	return errors.As(err, &e) && explainAnswer(e).Kind == provider.NotFound
}

// isCode reports whether an error is an answer with one of some codes.
func isCode(err error, codes ...string) bool {
	var e *azcore.ResponseError
	return errors.As(err, &e) && slices.Contains(codes, e.ErrorCode)
}
