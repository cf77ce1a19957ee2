package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/driftmgr/driftmgr/pkg/audit"
	"github.com/driftmgr/driftmgr/pkg/remediate"
	"github.com/driftmgr/driftmgr/pkg/sshsign"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

func (a *app) remediateCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "remediate",
		Short: "Propose a way back from drift, approve it, apply it",
		Long: `Makes a plan of how to get rid of drift. Making one changes nothing: a plan is
a folder with saved Terraform plans, and edits of code, to read and to approve.
Terraform applies exactly that plan once enough people have signed it with
their SSH keys, and only while the world is the one that the plan was made of.`,
		Example: `  driftmgr remediate plan infra/app
  driftmgr remediate approve .driftmgr/plans/PLAN
  driftmgr remediate apply .driftmgr/plans/PLAN`,
	},
		a.remediatePlanCommand(),
		a.remediateShowCommand(),
		a.remediateListCommand(),
		a.remediateApproveCommand(),
		a.remediateRejectCommand(),
		a.remediateVerifyCommand(),
		a.remediateApplyCommand(),
		a.remediateAutoCommand(),
	)
}

// openPlan opens a plan by its folder, or by its id in the folder of plans.
func (a *app) openPlan(c config, name string) (*remediate.Sealed, error) {
	if !strings.ContainsRune(name, filepath.Separator) && !strings.Contains(name, "/") {
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			name = filepath.Join(c.Remediation.Dir, name)
		}
	}
	return remediate.Open(filepath.Clean(name))
}

// policy is what the configuration wants of a plan.
func (c remediationConfig) policy() (remediate.Policy, error) {
	p := remediate.Policy{
		Approvals:  c.Approvals,
		FourEyes:   c.FourEyes,
		Expiry:     c.Expiry,
		MaxRisk:    remediate.Risk(c.MaxRiskLevel),
		Addresses:  c.AllowedAddresses,
		MaxChanges: c.MaxChanges,
	}
	for _, text := range c.ChangeWindows {
		w, err := remediate.ParseWindow(text)
		if err != nil {
			return p, err
		}
		p.Windows = append(p.Windows, w)
	}
	return p, nil
}

// verifier says who signed a statement, by the files of the configuration. Without
// allowed signers nobody's signature counts.
func (a *app) verifier(c remediationConfig) (remediate.Verifier, error) {
	if c.AllowedSigners == "" {
		return func([]byte, []byte) ([]string, string, error) {
			return nil, "", errors.New("no signers are allowed: set remediation.allowed_signers")
		}, nil
	}
	for _, file := range []string{c.AllowedSigners, c.RevokedKeys} {
		if err := onlyOurs(file); err != nil {
			return nil, err
		}
	}
	allowed, err := readFile(c.AllowedSigners, "remediation.allowed_signers", sshsign.ReadAllowed)
	if err != nil {
		return nil, err
	}
	var revoked *sshsign.Revoked
	if c.RevokedKeys != "" {
		if revoked, err = readFile(c.RevokedKeys, "remediation.revoked_keys", sshsign.ReadRevoked); err != nil {
			return nil, err
		}
	}
	return func(message, signature []byte) ([]string, string, error) {
		id, err := allowed.Verify(remediate.Namespace, message, signature, revoked, a.now())
		return id.Principals, id.Fingerprint, err
	}, nil
}

// onlyOurs is an error for a file that everybody may write to: of signers, it would let
// anybody sign.
func onlyOurs(file string) error {
	info, err := os.Stat(file)
	if file == "" || err != nil { // reading it says what is wrong
		return nil //nolint:nilerr // see above
	}
	if runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("everybody may write to %s: chmod o-w it, after you have read it", file)
	}
	return nil
}

// signer opens the key that signs; without one it returns nil.
func (a *app) signer(ctx context.Context, key string) (*sshsign.Signer, error) {
	if key == "" {
		return nil, nil
	}
	o := sshsign.KeyOptions{File: a.home(key), AgentSocket: a.Getenv("SSH_AUTH_SOCK")}
	if a.InIsTerminal && a.ErrIsTerminal {
		o.Passphrase = func(file string) ([]byte, error) {
			_, _ = fmt.Fprintf(a.Err, "Passphrase of %s: ", file)
			defer func() { _, _ = fmt.Fprintln(a.Err) }()
			in, ok := a.In.(*os.File)
			if !ok {
				return nil, errors.New("nobody can be asked for the passphrase: add the key to the agent")
			}
			return term.ReadPassword(int(in.Fd()))
		}
	}
	return sshsign.OpenSigner(ctx, o)
}

// home is a path in which ~ stands for the user's folder, as in ssh's and git's
// configurations.
func (a *app) home(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home := a.Getenv("HOME"); home != "" {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// userName is who runs driftmgr, as the machine says: ann@build-7.
func userName() (name, host string) {
	name = "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		return name, host
	}
	return name, "unknown"
}

// root opens the root module of a state.
func (a *app) openRoot(ctx context.Context, c config, dir, workspace string) (*terraform.Root, error) {
	return terraform.Open(ctx, dir, terraform.RootOptions{
		ExecPath:  c.Remediation.Terraform,
		Workspace: workspace,
		Environ:   a.environ(),
		Vars:      c.Detect.Vars,
		VarFiles:  c.Detect.VarFiles,
	})
}

// auditLog is the log of what was done about one plan.
type auditLog struct {
	*audit.Log
	a    *app
	plan *remediate.Sealed
}

// openAudit opens the log, so that what cannot be recorded is not done.
func (a *app) openAudit(ctx context.Context, c auditConfig) (*auditLog, error) {
	if err := os.MkdirAll(filepath.Dir(c.File), 0o700); err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	log, err := audit.Open(ctx, audit.Options{File: c.File, Syslog: c.Syslog})
	if err != nil {
		return nil, err
	}
	return &auditLog{Log: log, a: a}, nil
}

// add appends what became of an action. A refusal's reason is on one line.
func (l *auditLog) add(ctx context.Context, action audit.Action, outcome, reason string, who audit.Actor) error {
	name, host := userName()
	who.Name, who.Host = name, host
	e := audit.Event{Time: l.a.now(), Action: action, Actor: who, Outcome: outcome, Reason: strings.Join(strings.Fields(reason), " ")}
	if l.plan != nil {
		e.Plan, e.Digest = l.plan.Manifest.ID, l.plan.Digest
	}
	_, err := l.Append(context.WithoutCancel(ctx), e)
	return err
}
