package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/audit"
	"github.com/driftmgr/driftmgr/pkg/remediate"
)

func (a *app) remediateAutoCommand() *cobra.Command {
	o := &planOptions{detectOptions: detectOptions{app: a}}
	apply := &applyOptions{app: a}
	cmd := &cobra.Command{
		Use:   "auto [STATE…]",
		Short: "Plan, and apply what the configuration allows without approval",
		Long: `Does what the section auto_remediation of the configuration says, for cron. It
is off unless enabled is true. With dry_run, the default, it shows a plan and
writes none. With approval_required, the default, it writes a plan that waits
for approvals. With approval_required: false it plans and applies the steps of
a risk up to max_risk_level, which cannot be above low, and leaves the others.`,
		Example: `  driftmgr remediate auto infra/app
  DRIFTMGR_AUTO_REMEDIATION_ENABLED=true driftmgr remediate auto infra/app`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.states = args
			if o.config, err = a.loadConfig(cmd.Flags()); err != nil {
				return err
			}
			return a.logged(o.config, func() error { return o.auto(cmd.Context(), apply) })
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&apply.format, "output", "text", "`text`, or json: what came of each step")
	return cmd
}

func (o *planOptions) auto(ctx context.Context, apply *applyOptions) error {
	auto := o.config.Auto
	if !auto.Enabled {
		return errors.New("auto_remediation.enabled is false: set it to true, or use driftmgr remediate plan")
	}
	o.format, o.all = "text", false
	if apply.format != "text" && apply.format != "json" {
		return fmt.Errorf("output %q: use text or json", apply.format)
	}
	if auto.ApprovalRequired && !auto.DryRun {
		return o.run(ctx)
	}
	draft, verdict, err := o.draft(ctx)
	if err != nil {
		return err
	}
	if auto.DryRun {
		if err := o.show(&draft.Manifest, "text", false); err != nil {
			return err
		}
		o.tell("auto_remediation.dry_run is true: no plan was written")
		return asError(verdict)
	}
	limit := remediate.Risk(auto.MaxRiskLevel)
	if draft, err = o.upTo(ctx, draft, limit); err != nil {
		return err
	}
	if len(draft.Manifest.States) == 0 {
		if err := o.show(&draft.Manifest, "text", false); err != nil {
			return err
		}
		o.tell(fmt.Sprintf("nothing of a risk up to %s is to be done", limit))
		return asError(verdict)
	}
	plan, err := o.save(ctx, draft)
	if err != nil {
		return err
	}
	defer func() { _ = plan.Close() }()
	if err := remediate.WriteText(o.Err, &plan.Manifest, remediate.TextOptions{}); err != nil {
		return err
	}
	log, err := o.openAudit(ctx, o.config.Audit)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	log.plan = plan
	policy, err := o.config.Remediation.policy()
	if err != nil {
		return err
	}
	policy.Approvals, policy.FourEyes, policy.MaxRisk = 0, false, limit
	if err := log.add(ctx, audit.ActionAuto, "allowed", "risk "+string(plan.Manifest.Risk)+", and auto_remediation.max_risk_level is "+string(limit), audit.Actor{}); err != nil {
		return err
	}
	return apply.apply(ctx, o.config, log, policy, nil)
}

// upTo is a plan without what is riskier than the limit. What else Terraform would do
// is known once it has planned, so that a plan that still is riskier is none at all.
func (o *planOptions) upTo(ctx context.Context, draft *remediate.Draft, limit remediate.Risk) (*remediate.Draft, error) {
	if !draft.Manifest.Risk.Exceeds(limit) {
		return draft, nil
	}
	var names []string
	for _, s := range draft.Manifest.Steps() {
		if s.Finding != nil && !s.Risk.Exceeds(limit) {
			names = append(names, remediate.Name(*s.Finding))
		}
	}
	if len(names) == 0 {
		draft.Manifest.States = nil
		return draft, nil
	}
	fewer := *o
	fewer.only = names
	again, _, err := fewer.draft(ctx)
	if err != nil {
		return nil, err
	}
	if again.Manifest.Risk.Exceeds(limit) {
		return nil, fmt.Errorf("what is of a risk up to %s takes other changes along that are riskier: use driftmgr remediate plan", limit)
	}
	return again, nil
}
