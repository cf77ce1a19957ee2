package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/remediate"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func (a *app) remediateShowCommand() *cobra.Command {
	format, all := "text", false
	cmd := &cobra.Command{
		Use:   "show PLAN",
		Short: "Show what a plan will do, and who approved it",
		Long: `Shows every step of a plan with what it changes and what it risks. PLAN is the
plan's folder, or its id. A plan that was altered is an error.`,
		Example: `  driftmgr remediate show .driftmgr/plans/PLAN
  driftmgr remediate show PLAN --output json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withPlan(cmd, args[0], func(c config, plan *remediate.Sealed) error {
				if format != "text" && format != "json" {
					return fmt.Errorf("output %q: use text or json", format)
				}
				if err := a.show(&plan.Manifest, format, all); err != nil || format == "json" {
					return err
				}
				return a.standing(c, plan)
			})
		},
	}
	cmd.Flags().StringVar(&format, "output", "text", "`text`, or json: the manifest")
	cmd.Flags().BoolVar(&all, "all", false, "show every finding that is left as it is")
	return cmd
}

// withPlan runs a command about a plan with the configuration.
func (a *app) withPlan(cmd *cobra.Command, name string, run func(config, *remediate.Sealed) error) error {
	c, err := a.loadConfig(cmd.Flags())
	if err != nil {
		return err
	}
	return a.logged(c, func() (err error) {
		plan, err := a.openPlan(c, name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, plan.Close()) }()
		return run(c, plan)
	})
}

// standing writes a plan's digest, what was signed about it and how far it has come.
func (a *app) standing(c config, plan *remediate.Sealed) error {
	status, err := plan.Status()
	if err != nil {
		return err
	}
	verify, err := a.verifier(c.Remediation)
	if err != nil {
		return err
	}
	statements, err := plan.Statements(verify)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\ndigest  %s\nstatus  %s\n", plan.Digest, status)
	for _, s := range statements {
		if s.Err != nil {
			fmt.Fprintf(&b, "%s does not count: %s\n", resource.Printable(s.File), resource.Printable(s.Err.Error()))
			continue
		}
		fmt.Fprintf(&b, "%s by %s, %s %s", s.Decision, resource.Printable(s.Principal()), s.Time.Format(time.RFC3339), s.Fingerprint)
		if s.Reason != "" {
			fmt.Fprintf(&b, ": %s", resource.Printable(s.Reason))
		}
		b.WriteByte('\n')
	}
	_, err = fmt.Fprint(a.Out, b.String())
	return err
}

func (a *app) remediateListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the plans",
		Long:    "Lists the plans in the folder of plans (remediation.dir), the newest first.",
		Example: `  driftmgr remediate list`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			return a.listPlans(c)
		},
	}
}

func (a *app) listPlans(c config) error {
	all, err := remediate.List(c.Remediation.Dir)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		a.tell("there are no plans in " + c.Remediation.Dir + ": make one with driftmgr remediate plan")
		return nil
	}
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PLAN\tSTATUS\tRISK\tSTEPS\tMADE BY")
	broken := 0
	for _, l := range all {
		if l.Err != nil {
			broken++
			a.tell(oneLine(l.Err))
			continue
		}
		status, err := l.Plan.Status()
		if err != nil {
			status = "unknown"
		}
		m := l.Plan.Manifest
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", resource.Printable(l.Dir), status, resource.Printable(string(m.Risk)), len(m.Steps()), resource.Printable(m.Author))
		_ = l.Plan.Close()
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d plans cannot be read", broken, len(all))
	}
	return nil
}

func (a *app) remediateVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify PLAN",
		Short: "Tell whether a plan may be applied now",
		Long: `Checks that no byte of a plan was altered, who signed it, and whether the
policy allows to apply it now. Whether the world has moved since, only apply
tells.`,
		Example: `  driftmgr remediate verify .driftmgr/plans/PLAN`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withPlan(cmd, args[0], func(c config, plan *remediate.Sealed) error {
				if err := a.standing(c, plan); err != nil {
					return err
				}
				return a.allowed(cmd.Context(), c, plan)
			})
		},
	}
}

// allowed is an error where the policy does not let a plan be applied now.
func (a *app) allowed(_ context.Context, c config, plan *remediate.Sealed) error {
	policy, statements, err := a.signed(c, plan)
	if err != nil {
		return err
	}
	if refusals := policy.Check(&plan.Manifest, statements, a.now()); len(refusals) > 0 {
		for _, refusal := range refusals {
			a.tell(oneLine(refusal))
		}
		return errors.New("the plan may not be applied")
	}
	a.tell("the plan may be applied")
	return nil
}

// signed is the policy and what was signed about a plan.
func (a *app) signed(c config, plan *remediate.Sealed) (remediate.Policy, []remediate.Signed, error) {
	policy, err := c.Remediation.policy()
	if err != nil {
		return policy, nil, err
	}
	verify, err := a.verifier(c.Remediation)
	if err != nil {
		return policy, nil, err
	}
	statements, err := plan.Statements(verify)
	return policy, statements, err
}
