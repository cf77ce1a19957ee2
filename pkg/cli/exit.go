package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The exit codes. Error beats drift beats incomplete.
const (
	exitClean       = 0
	exitError       = 1
	exitDrift       = 2
	exitIncomplete  = 3
	exitInterrupted = 130
)

// verdictError carries a verdict other than clean from a command to Main. It is
// no failure and prints nothing.
type verdictError struct{ verdict drift.Verdict }

func (e verdictError) Error() string { return "verdict: " + string(e.verdict) }

// changedError is the end of a command that had begun to change something.
type changedError struct{ error }

func (e *changedError) Unwrap() error { return e.error }

// exit turns a command's error into one line on stderr and the exit code.
func (a *app) exit(ctx context.Context, err error) int {
	var v verdictError
	var changed *changedError
	switch {
	case err == nil:
		return exitClean
	case errors.As(err, &v) && v.verdict == drift.Drift:
		return exitDrift
	case errors.As(err, &v) && v.verdict == drift.Incomplete:
		return exitIncomplete
	case errors.Is(ctx.Err(), context.Canceled) && errors.As(err, &changed):
		_, _ = fmt.Fprintln(a.Err, "driftmgr: interrupted: "+oneLine(changed))
		return exitInterrupted
	case errors.Is(ctx.Err(), context.Canceled):
		_, _ = fmt.Fprintln(a.Err, "driftmgr: interrupted; nothing was changed")
		return exitInterrupted
	}
	_, _ = fmt.Fprintln(a.Err, "driftmgr: "+oneLine(err))
	return exitError
}

// oneLine is an error on one line. What a cloud or a file says in it drives no
// terminal.
func oneLine(err error) string {
	return resource.Printable(strings.Join(strings.Fields(err.Error()), " "))
}
