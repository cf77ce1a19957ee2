package provider

import "fmt"

// Kind sorts failures by what a user can do about them.
type Kind string

const (
	// Denied: the caller lacks a permission.
	Denied Kind = "denied"
	// Credentials: there are none, or they are no longer valid.
	Credentials Kind = "credentials"
	// Throttled: the cloud refused for the rate, after every retry.
	Throttled Kind = "throttled"
	// Disabled: the region or the service is not enabled in the account.
	Disabled Kind = "disabled"
	// NotFound: the resource is gone.
	NotFound Kind = "not found"
	// Refused: driftmgr's own read-only guard stopped the call.
	Refused Kind = "refused"
	// Unavailable: everything else; the cloud did not answer as it should.
	Unavailable Kind = "unavailable"
)

// Failure is a cloud's error as a report shows it: without request ids,
// encoded authorization messages and anything else that is secret or differs
// from run to run.
type Failure struct {
	Kind Kind
	// Action is the permission behind the failed call, if it is known.
	Action string
	// Detail is what else helps, in one line.
	Detail string
}

// Reason is one line that says what happened and what to do.
func (f Failure) Reason() string {
	switch f.Kind {
	case Denied:
		return fmt.Sprintf("access denied: allow %s", f.Action)
	case Credentials:
		return "no valid credentials: " + f.Detail
	case Throttled:
		return fmt.Sprintf("throttled on %s after every retry: run again, or lower --parallel", f.Action)
	case Disabled:
		return "not enabled: " + f.Detail
	case Refused:
		return f.Detail
	}
	if f.Action == "" {
		return f.Detail
	}
	return fmt.Sprintf("%s failed: %s", f.Action, f.Detail)
}
