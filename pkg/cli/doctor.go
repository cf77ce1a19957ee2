package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/audit"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/remediate"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

type doctorOptions struct {
	*app
	config config
	states []string
	failed int
}

func (a *app) doctorCommand() *cobra.Command {
	o := &doctorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "doctor [STATE…]",
		Short: "Tell what a run would stumble over, and how to mend it",
		Long: `Tries everything that driftmgr detect with the same arguments needs, with as few
calls as show it: can each state be read, who am I in each cloud, which actions
are missing, do the clocks agree, which versions are at hand; and, as far as
the configuration says something of remediation, can its keys be used. It
changes nothing.

Without a state it looks for one here, as detect does, and for what the default
credentials can read. The exit code is 0 if nothing is wrong, 3 if a line says
FAIL, 1 if the arguments or the configuration are wrong.`,
		Example: `  driftmgr doctor
  driftmgr doctor s3://states/prod.tfstate --unmanaged=false`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.states = args
			if o.config, err = a.loadConfig(cmd.Flags()); err != nil {
				return err
			}
			return a.logged(o.config, func() error { return o.run(cmd.Context()) })
		},
	}
	a.unmanagedFlag(cmd)
	a.stateFlags(cmd)
	a.readFlags(cmd)
	return cmd
}

func (o *doctorOptions) run(ctx context.Context) error {
	selected, err := newSelection(o.config)
	if err != nil {
		return err
	}
	o.ok("driftmgr", "%s, %s on %s/%s", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	o.tools(ctx)
	o.remediation(ctx)

	read, err := o.readable(ctx)
	if err != nil {
		return err
	}
	stats := &provider.Stats{}
	clouds, names, err := o.clouds(ctx, &o.config, read, stats)
	if err != nil {
		return err
	}
	reading, cancel := o.config.limit(ctx)
	defer cancel()
	for _, p := range clouds {
		o.cloud(reading, p, inventory.Request{
			Clouds:     names,
			Managed:    read.managed,
			Configs:    read.configs,
			Unmanaged:  o.config.Detect.Unmanaged,
			Everything: len(read.managed) == 0,
			Type:       selected.typ,
			Regions:    o.config.Detect.Regions,
			Parallel:   o.config.Detect.Parallel,
			Stats:      stats,
			Now:        o.now,
		})
	}
	o.logRun("doctor", read, slog.Int("failed", o.failed), slog.Int("calls", stats.Counts().Total))
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.failed > 0 {
		return verdictError{drift.Incomplete}
	}
	return nil
}

// readable tells which states can be read.
func (o *doctorOptions) readable(ctx context.Context) (*states, error) {
	if len(o.states) == 0 {
		if _, ok := stateHere(o.config); !ok {
			o.ok("states", "none is named and none is here: looking at what the credentials can read")
			return &states{}, nil
		}
	}
	read, err := o.loadStates(ctx, o.config, o.states)
	if err != nil {
		return nil, err
	}
	for _, s := range read.all {
		if s.Unread != "" {
			o.problem("state "+s.Source, s.Unread)
			continue
		}
		f := read.facts[s.Source]
		text := fmt.Sprintf("%s, serial %d", counted(f.resources, "resource"), f.serial)
		if f.terraform != "" {
			text += ", written by Terraform " + f.terraform
		}
		o.ok("state "+s.Source, "%s", strings.Join(append([]string{text}, s.Warnings...), "; "))
	}
	return read, nil
}

// ok and problem write one line each; a problem says what to do.
func (o *doctorOptions) ok(what, format string, args ...any) {
	_, _ = fmt.Fprintf(o.Out, "ok    %s: %s\n", what, fmt.Sprintf(format, args...))
}

func (o *doctorOptions) problem(what, text string) {
	o.failed++
	_, _ = fmt.Fprintf(o.Out, "FAIL  %s: %s\n", what, text)
}

// tools tells which of the programs that some states take are there. Remediation
// always takes one that plans.
func (o *doctorOptions) tools(ctx context.Context) {
	c := o.config.Remediation
	planner := false
	if c.Terraform != "" {
		planner = true
		o.tool(ctx, "remediation.terraform", c.Terraform, "and repair it, or name another one")
	}
	for _, name := range []string{"terraform", "tofu", "terragrunt"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if name == "terragrunt" {
			o.ok(name, "%s", path)
			continue
		}
		planner = true
		o.tool(ctx, name, path, "and repair it or take it off PATH")
	}
	if !planner && (c.SigningKey != "" || c.AllowedSigners != "") {
		o.problem("terraform", "neither terraform nor tofu is on PATH, and driftmgr remediate runs one of them: install it, or set remediation.terraform")
	}
}

func (o *doctorOptions) tool(ctx context.Context, name, path, remedy string) {
	product, version, err := terraform.Version(ctx, path)
	if err != nil {
		o.problem(name, fmt.Sprintf("%[1]s does not say its version: run %[1]s version, %[2]s", path, remedy))
		return
	}
	o.ok(name, "%s %s, %s", product, version, path)
}

// remediation tells whether the keys that the configuration names can be used, and
// whether the audit log is as it was written. It says nothing of what is not there.
func (o *doctorOptions) remediation(ctx context.Context) {
	c := o.config.Remediation
	verify, err := o.verifier(c)
	switch {
	case err != nil:
		o.problem("approvals", oneLine(err))
	case c.AllowedSigners != "":
		o.ok("approvals", "those of %s count", c.AllowedSigners)
	}
	if c.SigningKey != "" {
		o.signingKey(ctx, c, verify)
	}
	o.auditLog(ctx, o.config.Audit.File)
}

// signingKey signs something that is no statement about a plan, and looks whether
// that signature would count. verify is nil where the signers cannot be read.
func (o *doctorOptions) signingKey(ctx context.Context, c remediationConfig, verify remediate.Verifier) {
	const name = "remediation.signing_key"
	signer, err := o.signer(ctx, c.SigningKey)
	if err != nil {
		o.problem(name, oneLine(err))
		return
	}
	defer func() { _ = signer.Close() }()
	message := []byte("driftmgr doctor\n")
	signature, err := signer.Sign(remediate.Namespace, message)
	switch {
	case err != nil:
		o.problem(name, oneLine(err))
	case c.AllowedSigners == "" || verify == nil:
		o.ok(name, "%s", signer.Fingerprint())
	default:
		principals, fingerprint, err := verify(message, signature)
		if err != nil {
			o.problem(name, oneLine(err)+"; a plan that it signs has no known author: see "+c.AllowedSigners)
			return
		}
		o.ok(name, "%s, %s", principals[0], fingerprint)
	}
}

// auditLog verifies the log. One that was begun has a head beside it, which stays
// where the log is taken away.
func (o *doctorOptions) auditLog(ctx context.Context, file string) {
	_, err := os.Lstat(file)
	_, headErr := os.Lstat(audit.HeadFile(file))
	if errors.Is(err, fs.ErrNotExist) && errors.Is(headErr, fs.ErrNotExist) {
		return
	}
	summary, problems, err := audit.VerifyFile(ctx, file, "")
	switch {
	case err != nil:
		o.problem("audit log", oneLine(err))
	case len(problems) > 0:
		o.problem("audit log", fmt.Sprintf("%s; see all of it with driftmgr audit verify, and put it back from where it was sent to", problems[0]))
	default:
		o.ok("audit log", "%s as written, in %s", counted(summary.Lines, "event"), file)
	}
}

// maxSkew is how far a clock may be off before signatures are refused: AWS's
// limit is 5 minutes, Azure's and Google's tokens allow as much.
const maxSkew = 2 * time.Minute

// cloud tells who driftmgr is in a cloud, and what it is refused there.
func (o *doctorOptions) cloud(ctx context.Context, p provider.Provider, r inventory.Request) {
	if len(r.Types(p)) == 0 {
		return
	}
	name := p.Name()
	me, err := p.Identify(ctx)
	if err != nil {
		o.problem(name+" identity", p.Explain(err).Reason())
		return
	}
	if me.Account != "" {
		me.Principal += " in account " + me.Account
	}
	o.ok(name+" identity", "%s", me.Principal)
	if skew := me.Server.Sub(o.now()).Abs(); !me.Server.IsZero() {
		if skew > maxSkew {
			o.problem(name+" clock", fmt.Sprintf("this machine's clock is off by %s: set it by NTP", skew.Round(time.Second)))
		} else {
			o.ok(name+" clock", "agrees")
		}
	}
	probes, err := inventory.Try(ctx, r, p)
	if err != nil {
		o.problem(name+" access", p.Explain(err).Reason())
		return
	}
	o.access(name, probes)
}

// access sums up what trying every type showed.
func (o *doctorOptions) access(name string, probes []inventory.Probe) {
	type refusal struct{ reason, account string }
	refused, off := map[refusal][]string{}, map[refusal][]string{}
	types, accounts, untried := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, probe := range probes {
		o.logProbe(probe)
		accounts[probe.Account] = true
		if probe.Type != "" {
			types[probe.Type] = true
		}
		for _, f := range probe.Failures {
			at := refusal{f.Reason(), probe.Account}
			refused[at] = append(refused[at], probe.Type)
		}
		if probe.Off != "" {
			at := refusal{probe.Off, probe.Account}
			off[at] = append(off[at], probe.Type)
		}
		for _, action := range probe.Untried {
			untried[action] = true
		}
	}
	each := func(all map[refusal][]string, tell func(what, text string)) {
		for _, r := range slices.SortedFunc(maps.Keys(all), func(a, b refusal) int {
			return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.reason, b.reason))
		}) {
			affected := slices.Compact(slices.Sorted(slices.Values(all[r])))
			text := r.reason
			if affected[0] != "" {
				text += " (" + shortList(affected) + ")"
			}
			tell(name+" access in "+r.account, text)
		}
	}
	each(refused, o.problem)
	each(off, func(what, text string) { o.ok(what, "%s", text) })
	if len(refused) == 0 {
		o.ok(name+" access", "%s can be read in account %s", counted(len(types), "type"), strings.Join(slices.Sorted(maps.Keys(accounts)), ", "))
	}
	if len(untried) > 0 {
		o.ok(name+" access", "%s per resource could not be tried: no resource is there to try it on", counted(len(untried), "action"))
	}
}

// counted is a number of things: 1 resource, 2 resources.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// shortList names the first of many.
func shortList(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
