package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/audit"
)

func (a *app) auditCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "audit",
		Short: "Check and export the log of what remediation did",
		Long: `Every plan, approval, rejection, apply and verification is one line of the log
(audit.file), chained to the one before it.`,
		Example: `  driftmgr audit verify
  driftmgr audit export --format csv > audit.csv`,
	}, a.auditVerifyCommand(), a.auditExportCommand())
}

func (a *app) auditVerifyCommand() *cobra.Command {
	head := ""
	cmd := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Tell whether a line was altered, removed, moved or added",
		Long: `Checks every line of the log, and that none is missing at its end. Whoever can
write the log and the file beside it can write another history: note the hash
of the last line elsewhere, and name it with --head later.`,
		Example: `  driftmgr audit verify
  driftmgr audit verify --head 9f2c…`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := a.auditFile(cmd, args)
			if err != nil {
				return err
			}
			return a.verifyAudit(cmd.Context(), file, head)
		},
	}
	cmd.Flags().StringVar(&head, "head", "", "a line of the log has this `HASH`, noted earlier")
	return cmd
}

// auditFile is the log that is named, or the configured one.
func (a *app) auditFile(cmd *cobra.Command, args []string) (string, error) {
	c, err := a.loadConfig(cmd.Flags())
	if err != nil {
		return "", err
	}
	named := ""
	if len(args) > 0 {
		named = args[0]
	}
	return cmp.Or(named, c.Audit.File), nil
}

func (a *app) verifyAudit(ctx context.Context, file, head string) error {
	summary, problems, err := audit.VerifyFile(ctx, file, head)
	if err != nil {
		return err
	}
	for _, p := range problems {
		_, _ = fmt.Fprintln(a.Out, p)
	}
	if len(problems) > 0 {
		return fmt.Errorf("audit log %s is not as it was written: %d problems", file, len(problems))
	}
	if summary.Interrupted {
		a.tell("the last write was interrupted; what is there is whole")
	}
	_, err = fmt.Fprintf(a.Out, "%d events, as they were written; the last one's hash is\n%s\n", summary.Lines, cmp.Or(summary.Hash, "(none)"))
	return err
}

func (a *app) auditExportCommand() *cobra.Command {
	o := audit.ExportOptions{}
	since, until, action := "", "", ""
	cmd := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write the log as JSON, JSON lines or CSV",
		Example: `  driftmgr audit export --format csv > audit.csv
  driftmgr audit export --plan 20261122T161608Z-3f2a9c`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			file, err := a.auditFile(cmd, args)
			if err != nil {
				return err
			}
			if o.Since, err = day(since, "since"); err != nil {
				return err
			}
			if o.Until, err = day(until, "until"); err != nil {
				return err
			}
			o.Action = audit.Action(action)
			if action != "" && !slices.Contains(audit.Actions(), o.Action) {
				return fmt.Errorf("--action %q: use plan, approve, reject, apply, verify or auto", action)
			}
			in, err := os.Open(file)
			if err != nil {
				return fmt.Errorf("audit log %w", err)
			}
			defer func() { err = errors.Join(err, in.Close()) }()
			return audit.Export(a.Out, in, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Format, "format", "json", "`json`, jsonl or csv")
	f.StringVar(&since, "since", "", "only from this `TIME` on: 2026-11-22, or 2026-11-22T08:00:00Z")
	f.StringVar(&until, "until", "", "only before this `TIME`")
	f.StringVar(&o.Plan, "plan", "", "only about the plan with this `ID`")
	f.StringVar(&action, "action", "", "only this `ACTION`: plan, approve, reject, apply, verify or auto")
	return cmd
}

// day reads a day or a time, UTC.
func day(text, flag string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--%s %q: write it like 2026-11-22 or 2026-11-22T08:00:00Z", flag, text)
}
