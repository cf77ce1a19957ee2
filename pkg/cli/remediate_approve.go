package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/audit"
	"github.com/driftmgr/driftmgr/pkg/remediate"
)

type approveOptions struct {
	*app
	decision remediate.Decision
	reason   string
	digest   string
	key      string
}

func (a *app) remediateApproveCommand() *cobra.Command {
	o := &approveOptions{app: a, decision: remediate.Approved}
	return o.command(&cobra.Command{
		Use:   "approve PLAN",
		Short: "Show a plan, and sign that exactly it may be applied",
		Long: `Shows a plan, asks for a reason, and signs the plan's digest with your SSH key.
A plan that is altered afterwards, by one byte, is approved no longer.

Where nobody can be asked, as in CI, --reason and --digest answer: the digest
is that of the plan that was read.`,
		Example: `  driftmgr remediate approve .driftmgr/plans/PLAN
  driftmgr remediate approve PLAN --key ~/.ssh/id_ed25519.pub
  driftmgr remediate approve PLAN --reason "CHG-17" --digest sha256:5d41…`,
	})
}

func (a *app) remediateRejectCommand() *cobra.Command {
	o := &approveOptions{app: a, decision: remediate.Rejected}
	return o.command(&cobra.Command{
		Use:   "reject PLAN",
		Short: "Sign that a plan is not to be applied",
		Long: `Signs a rejection with your SSH key. A plan that one allowed signer has
rejected is not applied, whoever approves it.`,
		Example: `  driftmgr remediate reject .driftmgr/plans/PLAN --reason "not on a Friday"`,
	})
}

func (o *approveOptions) command(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return o.withPlan(cmd, args[0], func(c config, plan *remediate.Sealed) error { return o.run(cmd.Context(), c, plan) })
	}
	f := cmd.Flags()
	f.StringVar(&o.reason, "reason", "", "the `REASON`, for who reads the log")
	f.StringVar(&o.digest, "digest", "", "the `DIGEST` of the plan that is meant, in place of a question")
	f.StringVar(&o.key, "key", "", "sign with this `FILE`, a key or a .pub of the agent's (default: remediation.signing_key)")
	return cmd
}

func (o *approveOptions) run(ctx context.Context, c config, plan *remediate.Sealed) (err error) {
	key := cmp.Or(o.key, c.Remediation.SigningKey)
	if key == "" {
		return errors.New("no key to sign with: use --key FILE, or set remediation.signing_key")
	}
	policy, err := c.Remediation.policy()
	if err != nil {
		return err
	}
	if status, err := plan.Status(); err != nil || status == remediate.Done {
		return cmp.Or(err, errors.New("the plan was applied already"))
	}
	if err := o.show(&plan.Manifest, "text", true); err != nil {
		return err
	}
	if o.decision == remediate.Approved {
		// What would never be applied needs nobody's approval. What waits for its window
		// does: people approve by day what is applied by night.
		policy.Windows = nil
		if refusals := policy.Limits(&plan.Manifest, o.now()); len(refusals) > 0 {
			return errors.Join(refusals...)
		}
	}
	if err := o.ask(plan); err != nil {
		return err
	}
	log, err := o.openAudit(ctx, c.Audit)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	log.plan = plan
	signer, err := o.signer(ctx, key)
	if err != nil {
		return err
	}
	defer func() { _ = signer.Close() }()
	verify, err := o.verifier(c.Remediation)
	if err != nil {
		return err
	}
	who := audit.Actor{Fingerprint: signer.Fingerprint()}
	action := map[remediate.Decision]audit.Action{remediate.Approved: audit.ActionApprove, remediate.Rejected: audit.ActionReject}[o.decision]
	sign := func(message []byte) ([]byte, error) {
		signature, err := signer.Sign(remediate.Namespace, message)
		if err != nil {
			return nil, err
		}
		// A signature that would not count is not left behind.
		principals, _, err := verify(message, signature)
		if err != nil {
			return nil, fmt.Errorf("your signature would not count: %w", err)
		}
		who.Principal = principals[0]
		// It is recorded before it counts: what cannot be recorded is not signed.
		return signature, log.add(ctx, action, string(o.decision), o.reason, who)
	}
	// What is signed is the plan that was shown: it was read once.
	if err := plan.Sign(o.decision, o.reason, o.now(), signer.Fingerprint(), sign); err != nil {
		return err
	}
	o.tell(fmt.Sprintf("%s as %s, %s", o.decision, who.Principal, who.Fingerprint))
	return o.missing(c, plan)
}

// missing says what else it takes until the plan may be applied.
func (o *approveOptions) missing(c config, plan *remediate.Sealed) error {
	policy, statements, err := o.signed(c, plan)
	if err != nil {
		return err
	}
	refusals := policy.Check(&plan.Manifest, statements, o.now())
	for _, refusal := range refusals {
		o.tell("not to be applied yet: " + oneLine(refusal))
	}
	if len(refusals) == 0 {
		o.tell("apply it with: driftmgr remediate apply " + plan.Dir)
	}
	return nil
}

// ask makes sure that somebody means this plan.
func (o *approveOptions) ask(plan *remediate.Sealed) error {
	if o.digest != "" || o.decision == remediate.Rejected && o.reason != "" {
		if o.reason == "" {
			return errors.New("--digest is given without a reason: use --reason")
		}
		if o.digest != "" && o.digest != plan.Digest {
			return fmt.Errorf("the plan's digest is %s, not %s: read the plan again", plan.Digest, o.digest)
		}
		return nil
	}
	if !o.InIsTerminal || !o.ErrIsTerminal {
		return fmt.Errorf("nobody can be asked here: use --reason and --digest %s", plan.Digest)
	}
	in := bufio.NewReader(o.In)
	verb := map[remediate.Decision]string{remediate.Approved: "approve", remediate.Rejected: "reject"}[o.decision]
	_, _ = fmt.Fprintf(o.Err, "\ndigest  %s\n", plan.Digest)
	for o.reason == "" {
		line, err := o.prompt(in, "Reason: ")
		if err != nil {
			return err
		}
		o.reason = line
	}
	line, err := o.prompt(in, "Type "+verb+" to sign: ")
	if err != nil {
		return err
	}
	if line != verb {
		return errors.New("not signed: the answer was not " + verb)
	}
	return nil
}

func (o *approveOptions) prompt(in *bufio.Reader, question string) (string, error) {
	_, _ = fmt.Fprint(o.Err, question)
	line, err := in.ReadString('\n')
	if err != nil && (err != io.EOF || line == "") {
		return "", errors.New("not signed: there was no answer")
	}
	return strings.TrimSpace(line), nil
}
