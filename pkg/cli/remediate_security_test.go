package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/driftmgr/driftmgr/pkg/audit"
	"github.com/driftmgr/driftmgr/pkg/remediate"
)

// Who can write to the folder of a plan can take out of it that it was applied, and that
// somebody rejected it.
func TestLogForbidsWhatTheFolderForgot(t *testing.T) {
	plan := &remediate.Sealed{Manifest: remediate.Manifest{ID: "20261122T161608Z-3f2a9c"}, Digest: remediate.Digest([]byte("a plan"))}
	other := remediate.Digest([]byte("another plan"))
	for name, c := range map[string]struct {
		action          audit.Action
		outcome, digest string
		want            string
	}{
		"applied":            {audit.ActionApply, "applied", plan.Digest, "was applied already"},
		"rejected":           {audit.ActionReject, "rejected", plan.Digest, "bob@example.com rejected it: not on a Friday: the audit log says so"},
		"refused":            {audit.ActionApply, "refused", plan.Digest, ""},
		"started":            {audit.ActionApply, "started", plan.Digest, ""},
		"failed":             {audit.ActionApply, "failed", plan.Digest, ""},
		"approved":           {audit.ActionApprove, "approved", plan.Digest, ""},
		"another's apply":    {audit.ActionApply, "applied", other, ""},
		"another's rejected": {audit.ActionReject, "rejected", other, ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "audit.jsonl")
			a := &app{}
			log, err := a.openAudit(t.Context(), auditConfig{File: file})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = log.Close() }()
			_, err = log.Append(t.Context(), audit.Event{
				Time: time.Now(), Action: c.action, Outcome: c.outcome, Reason: "not on a Friday", Plan: plan.Manifest.ID, Digest: c.digest,
				Actor: audit.Actor{Principal: "bob@example.com"},
			})
			if err != nil {
				t.Fatal(err)
			}
			log.plan = plan
			err = log.forbids(file)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestLogThatCannotBeReadForbids(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(file, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := &auditLog{plan: &remediate.Sealed{}}
	if err := log.forbids(file); err == nil {
		t.Error("an altered log forbids nothing")
	}
}

func TestSignersThatEverybodyCanWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "allowed_signers")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := &app{}
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o644: true, 0o664: true, 0o666: false, 0o602: false} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := a.verifier(remediationConfig{AllowedSigners: file}); (err == nil) != ok {
			t.Errorf("mode %v: %v", mode, err)
		}
		if _, err := a.verifier(remediationConfig{AllowedSigners: "/dev/null", RevokedKeys: file}); mode == 0o602 && err == nil {
			t.Errorf("revoked keys of mode %v are read", mode)
		}
	}
}

func TestWhatIsToldDrivesNoTerminal(t *testing.T) {
	const evil = "a\x1b[2K\r\u202e\u009b1A\nverified"
	var out strings.Builder
	a := &app{Streams: Streams{Err: &out}}
	a.tell(evil)
	a.exit(context.Background(), errors.New(evil))
	for _, r := range strings.ReplaceAll(out.String(), "\n", "") {
		if !unicode.IsPrint(r) {
			t.Errorf("%q", out.String())
			break
		}
	}
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("%d lines, want 2: %q", got, out.String())
	}
}
