package gcp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/api/googleapi"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

// unreachableError is a listing that says itself that it is not whole.
type unreachableError struct {
	action string
	places []string
}

func (e *unreachableError) Error() string {
	return "did not answer: " + strings.Join(e.places, ", ")
}

// Explain implements provider.Provider.
func (p *cloud) Explain(err error) provider.Failure {
	var (
		refused     refusedError
		unreachable *unreachableError
		call        *callError
		api         *googleapi.Error
	)
	if errors.As(err, &refused) {
		return provider.Failure{Kind: provider.Refused, Detail: refused.Error()}
	}
	if clear := (clearTextError{}); errors.As(err, &clear) {
		return provider.Failure{Kind: provider.Refused, Detail: clear.Error()}
	}
	if errors.As(err, &unreachable) {
		return provider.Failure{Kind: provider.Unavailable, Action: unreachable.action, Detail: unreachable.Error()}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return provider.Failure{Kind: provider.Unavailable, Detail: "timed out: raise --timeout"}
	case errors.Is(err, context.Canceled):
		return provider.Failure{Kind: provider.Unavailable, Detail: "interrupted"}
	}
	f := provider.Failure{Kind: provider.Unavailable}
	if errors.As(err, &call) {
		f.Action = call.action
	}
	if errors.As(err, &formError{}) {
		f.Detail = "the answer has another form than the API's"
		return f
	}
	if errors.As(err, &errNoProject{}) {
		f.Detail = err.Error()
		return f
	}
	if errors.As(err, &errNoLocation{}) {
		f.Detail = err.Error()
		return f
	}
	if errors.As(err, &errEndless{}) {
		f.Detail = errEndless{}.Error()
		return f
	}
	if errors.As(err, &errNoInventory{}) {
		f.Kind, f.Detail = provider.Disabled, err.Error()
		return f
	}
	if !errors.As(err, &api) {
		e := gcpauth.Explain(err)
		f.Detail = e.Error()
		if e.Remedy != "" && call == nil {
			f.Kind = provider.Credentials
		}
		if e.Way {
			f.Action = "" // it is the same for every call
		}
		return f
	}
	project := ""
	if call != nil {
		project = call.project
	}
	switch {
	case api.Code == http.StatusUnauthorized:
		f.Kind, f.Detail = provider.Credentials, gcpauth.Explain(err).Error()
	case api.Code == http.StatusForbidden && has(api, "accessNotConfigured", "SERVICE_DISABLED"):
		f.Kind, f.Detail = provider.Disabled, fmt.Sprintf("the API behind %s in project %s", f.Action, project)
		if service := serviceOf(api); service != "" {
			f.Action, f.Detail = "", fmt.Sprintf("%s in project %s", service, project)
		}
	case api.Code == http.StatusForbidden && has(api, "CONSUMER_INVALID"):
		f.Action, f.Detail = "", fmt.Sprintf("there is no project %s, or it was deleted: check its id", project)
	case api.Code == http.StatusTooManyRequests, api.Code == http.StatusForbidden && forRate(api):
		f.Kind = provider.Throttled
	case api.Code == http.StatusForbidden:
		f.Kind = provider.Denied
	case isNotFound(api):
		f.Kind, f.Detail = provider.NotFound, "not found"
	case api.Code == http.StatusProxyAuthRequired:
		f.Action, f.Detail = "", "the proxy wants to know who you are (HTTP 407): give it a user and a password in HTTPS_PROXY"
	default:
		f.Detail = fmt.Sprintf("HTTP %d", api.Code)
	}
	return f
}

// serviceForm is what the name of an API looks like. It is the server's, so it is
// checked before it is shown.
var serviceForm = regexp.MustCompile(`^[a-z0-9-]{1,60}(\.[a-z0-9-]{1,60}){1,4}$`)

// serviceOf is the API that an error is about, where it names one.
func serviceOf(err *googleapi.Error) string {
	for _, d := range err.Details {
		m, _ := d.(map[string]any)
		metadata, _ := m["metadata"].(map[string]any)
		if service, _ := metadata["service"].(string); serviceForm.MatchString(service) {
			return service
		}
	}
	return ""
}

// forRate reports whether a refusal is for the number of calls.
func forRate(err *googleapi.Error) bool {
	return has(err, "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED")
}

// has reports whether an error gives one of the reasons, in the older form of
// Google's errors or in the newer one.
func has(err *googleapi.Error, reasons ...string) bool {
	for _, e := range err.Errors {
		if slices.Contains(reasons, e.Reason) {
			return true
		}
	}
	for _, d := range err.Details {
		if m, ok := d.(map[string]any); ok {
			if reason, _ := m["reason"].(string); slices.Contains(reasons, reason) {
				return true
			}
		}
	}
	return false
}
