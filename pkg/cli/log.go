package cli

import (
	"log/slog"

	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// logged runs a command with the log that is configured, and closes it when the
// command has ended.
func (a *app) logged(c config, run func() error) error {
	log, closer, err := c.logger(a.Err)
	if err != nil {
		return err
	}
	// What a log cannot be told changes no verdict.
	defer func() { _ = closer.Close() }()
	a.log = log
	return run()
}

// logs reports whether stderr may get messages of the log.
func (c config) logs() bool {
	return c.Logging.Level != "" && c.Logging.Level != "off" && c.Logging.File == ""
}

// logState tells how reading a state ended.
func (a *app) logState(p located, f *state.File) {
	attrs := []any{slog.String("source", p.name())}
	if f != nil {
		attrs = append(attrs, slog.Int("resources", len(f.Managed)), slog.Uint64("serial", f.Serial))
	}
	if p.err != nil {
		attrs = append(attrs, slog.String("error", reasonOf(p.err)))
	}
	a.log.Debug("state", attrs...)
}

// logListing tells how a listing ended.
func (a *app) logListing(c inventory.Coverage) {
	attrs := append(whereOf(c.Type, c.Account, c.Region), slog.Bool("complete", c.Complete), slog.Int("listed", c.Listed))
	if c.Reason != "" {
		attrs = append(attrs, slog.String("reason", c.Reason))
	}
	a.log.Debug("listing", attrs...)
}

// logProbe tells what trying to read a type showed.
func (a *app) logProbe(p inventory.Probe) {
	attrs := append(whereOf(p.Type, p.Account, p.Region), slog.Bool("complete", len(p.Failures) == 0))
	for _, f := range p.Failures {
		attrs = append(attrs, slog.String("reason", f.Reason()))
	}
	a.log.Debug("probe", attrs...)
}

func whereOf(typ, account, region string) []any {
	return []any{slog.String("type", typ), slog.String("account", account), slog.String("region", region)}
}

// logRun is the one line of a run that ended.
func (a *app) logRun(command string, read *states, attrs ...any) {
	a.log.Info(command, append([]any{
		slog.Int("states", len(read.all)),
		slog.Int("unread", len(read.failures)),
		slog.Int("managed", len(read.managed)),
	}, attrs...)...)
}
