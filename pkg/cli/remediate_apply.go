package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/audit"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/remediate"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

type applyOptions struct {
	*app
	format string
}

func (a *app) remediateApplyCommand() *cobra.Command {
	o := &applyOptions{app: a}
	cmd := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Let Terraform apply an approved plan, and verify what came of it",
		Long: `Applies exactly the saved Terraform plans of a plan, and writes its edits of
code. It refuses unless enough people approved it, no byte of it was altered,
it has not expired, the state is the one that it was made of, and a new look at
what it touches shows what it showed then. The state is kept before, in the
plan's folder. Terraform runs with its own lock, and with the variables of
remediation.apply_env: there belong the credentials that may write.

Afterwards it detects again, and tells what was fixed. If it was ended in the
middle, run it again: it goes on, or says why it cannot.

Exit codes: 0 all is fixed · 2 something is not · 3 something could not be
checked · 1 refused, or failed.`,
		Example: `  driftmgr remediate apply .driftmgr/plans/PLAN
  driftmgr remediate apply PLAN --var-file prod.tfvars`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			return a.logged(c, func() error { return o.run(cmd.Context(), c, args[0]) })
		},
	}
	cmd.Flags().StringVar(&o.format, "output", "text", "`text`, or json: what came of each step")
	a.stateFlags(cmd)
	a.readFlags(cmd)
	return cmd
}

func (o *applyOptions) run(ctx context.Context, c config, name string) (err error) {
	if o.format != "text" && o.format != "json" {
		return fmt.Errorf("output %q: use text or json", o.format)
	}
	log, err := o.openAudit(ctx, c.Audit)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	plan, err := o.openPlan(c, name)
	if err != nil {
		return errors.Join(err, log.add(ctx, audit.ActionApply, "refused", err.Error(), audit.Actor{}))
	}
	defer func() { _ = plan.Close() }()
	log.plan = plan
	policy, statements, err := o.signed(c, plan)
	if err != nil {
		return errors.Join(err, log.add(ctx, audit.ActionApply, "refused", err.Error(), audit.Actor{}))
	}
	if err := log.forbids(c.Audit.File); err != nil {
		return errors.Join(err, log.add(ctx, audit.ActionApply, "refused", err.Error(), audit.Actor{}))
	}
	return o.apply(ctx, c, log, policy, statements)
}

// apply applies a plan under a policy, and records what came of it.
func (o *applyOptions) apply(ctx context.Context, c config, log *auditLog, policy remediate.Policy, statements []remediate.Signed) error {
	if err := o.resolve(ctx, &c, "remediation"); err != nil {
		return err
	}
	run := &remediate.Apply{
		Plan:       log.plan,
		Policy:     policy,
		Statements: statements,
		Open: func(ctx context.Context, s remediate.State) (*terraform.Root, error) {
			return o.openRoot(ctx, c, s.Dir, s.Workspace)
		},
		Detect: func(ctx context.Context, s remediate.State) (*drift.Report, error) {
			return o.detectAgain(ctx, c, s)
		},
		Now:  o.now,
		Show: o.tell,
		Audit: func(outcome, reason string) error {
			return log.add(ctx, audit.ActionApply, outcome, reason, audit.Actor{})
		},
	}
	for _, name := range slices.Sorted(maps.Keys(c.Remediation.ApplyEnv)) {
		run.Environ = append(run.Environ, name+"="+c.Remediation.ApplyEnv[name])
	}
	outcome, err := run.Run(ctx)
	var refused *remediate.Refused
	switch {
	case errors.As(err, &refused):
		return errors.Join(err, run.Audit("refused", err.Error()))
	case err != nil:
		err = &changedError{errors.Join(err, run.Audit("failed", err.Error()))}
	default:
		err = run.Audit("applied", "")
	}
	if outcome == nil {
		return err
	}
	verdict := verdictOf(outcome)
	words := map[drift.Verdict]string{drift.Clean: "clean", drift.Drift: "drift", drift.Incomplete: "incomplete"}
	err = errors.Join(err, log.add(ctx, audit.ActionVerify, words[verdict], "", audit.Actor{}), o.showOutcome(outcome))
	if err != nil {
		return err
	}
	return asError(verdict)
}

func (o *applyOptions) showOutcome(outcome *remediate.Outcome) error {
	if o.format == "json" {
		enc := json.NewEncoder(o.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(outcome)
	}
	return remediate.WriteOutcome(o.Out, outcome, remediate.TextOptions{Color: o.color()})
}

// verdictOf is an outcome in one word: what is not fixed is drift.
func verdictOf(o *remediate.Outcome) drift.Verdict {
	count := o.Results()
	switch {
	case count[remediate.NotFixed] > 0:
		return drift.Drift
	case count[remediate.NotChecked] > 0:
		return drift.Incomplete
	}
	return drift.Clean
}

// detectAgain compares the state of a plan with the clouds: the types, places and
// clouds that its steps are about.
func (o *applyOptions) detectAgain(ctx context.Context, c config, s remediate.State) (*drift.Report, error) {
	types, regions, clouds := map[string]bool{}, map[string]bool{}, map[string]bool{}
	c.Detect.Unmanaged = false
	for _, step := range s.Steps {
		types[step.Type] = true
		if step.Finding == nil {
			continue
		}
		types[step.Finding.Type] = true
		if step.Finding.Region != "" {
			regions[step.Finding.Region] = true
		}
		c.Detect.Unmanaged = c.Detect.Unmanaged || step.Strategy == remediate.Import
		for name, prefix := range o.cloudNames() {
			if strings.HasPrefix(step.Finding.Type, prefix) {
				clouds[name] = true
			}
		}
	}
	// Secrets are read now, so that nothing reads the configuration again, which would
	// undo what follows.
	sections := []string{"detect", "state_storage"}
	for name := range clouds {
		sections = append(sections, "providers."+name)
	}
	unmanaged := c.Detect.Unmanaged
	if err := o.resolve(ctx, &c, sections...); err != nil {
		return nil, err
	}
	c.settings, c.Detect.Unmanaged = nil, unmanaged
	c.Detect.Types, c.Detect.ExcludeTypes = slices.Sorted(maps.Keys(types)), nil
	c.Detect.Regions, c.Detect.Clouds = slices.Sorted(maps.Keys(regions)), slices.Sorted(maps.Keys(clouds))
	c.Detect.Workspace, c.Detect.Recursive, c.Detect.Depth = s.Workspace, false, "full"
	again := detectOptions{app: o.app, config: c}
	selected, err := newSelection(c)
	if err != nil {
		return nil, err
	}
	read, err := o.readStates(ctx, c, []string{s.Dir})
	if err != nil {
		return nil, err
	}
	r, _, err := again.compare(ctx, read, selected)
	return r, err
}
