//go:build e2e

package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/internal/world"
	"github.com/driftmgr/driftmgr/pkg/remediate"
	"github.com/driftmgr/driftmgr/pkg/sshsign"
)

// A test here makes a plan that is approved, attacks it in many ways, and in the end
// applies it: what was refused was refused for the attack alone.

const twoRecords = `
resource "world_record" "a" {
  name  = "a"
  value = "1"
}
resource "world_record" "b" {
  name  = "b"
  value = "1"
}
`

// moveRecord is the drift of most of the tests.
func moveRecord(w *world.World) { w.Records["a"].Value = "2" }

// approved is a site with drift, and a plan about it that Bob approved.
func approved(t *testing.T, hcl string, drift func(*world.World), args ...string) (*site, string) {
	t.Helper()
	s := applied(t, hcl)
	s.Update(t, drift)
	plan := s.plan(args...)
	s.approve(plan, "bob")
	return s, plan
}

// files are those of a plan, relative to its folder.
func (s *site) files(plan string) []string {
	s.t.Helper()
	var names []string
	s.must(filepath.WalkDir(s.path(plan), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(s.path(plan), path)
			names = append(names, name)
		}
		return err
	}))
	return names
}

// with does something while a file of the project has other content.
func (s *site) with(name string, content []byte, do func()) {
	s.t.Helper()
	old := s.read(name)
	s.must(os.WriteFile(s.path(name), content, 0o600))
	do()
	s.must(os.WriteFile(s.path(name), old, 0o600))
}

func TestAlteredByOneByte(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord, "--strategy", "adopt")
	names := s.files(plan)
	if len(names) != 7 {
		t.Fatalf("the plan has %q", names)
	}
	for _, name := range names {
		data := s.read(filepath.Join(plan, name))
		for _, at := range []int{0, len(data) / 2, len(data) - 2} {
			altered := bytes.Clone(data)
			altered[at] ^= 1
			reason := name + " is not what the manifest says: the plan was altered, so plan again"
			switch {
			case name == "manifest.json":
				reason = "driftmgr: " // it is no JSON any more, or another plan
			case strings.Contains(name, "authored"):
				reason = "1 of 2 approvals, as no signature says who made it"
			case strings.Contains(name, "approved"):
				reason = "0 of 1 approvals"
			}
			s.with(filepath.Join(plan, name), altered, func() {
				s.refused(plan, reason)
				if strings.HasPrefix(name, "state-1") {
					s.isRefused(s.run("remediate", "show", plan), reason)
					s.isRefused(s.run("remediate", "verify", plan), reason)
					s.isRefused(s.run("remediate", "approve", plan, "--key", s.keys["carol"].file, "--reason", "x", "--digest", s.digest(plan)), reason)
				}
			})
		}
	}
	// What nobody listed is not looked at, and what is listed is missed.
	saved := filepath.Join(plan, "state-1", "terraform.tfplan")
	s.must(os.Rename(s.path(saved), s.path(saved)+".old"))
	s.refused(plan, "state-1/terraform.tfplan is missing: the plan was altered")
	s.must(os.Rename(s.path(saved)+".old", s.path(saved)))
	s.fix(plan)
	s.nothingToDo()
}

func TestApprovals(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord)
	other := s.plan()
	s.approve(other, "bob")
	for _, who := range []string{"mallory", "ann2", "bob2"} {
		s.keys[who] = s.newKey(who)
	}
	s.allow("with_mallory", "ann", "bob", "carol", "mallory", "ann2", "bob2")
	everybody := []string{"signing_key: " + s.keys["ann"].file}
	s.configure("lax.yaml", append(everybody, "four_eyes: false")...)
	s.configure("two.yaml", append(everybody, "approvals: 2")...)
	lax := strings.Replace(string(s.read("lax.yaml")), "allowed_signers\n", "with_mallory\n", 1)
	s.must(os.WriteFile(s.path("lax.yaml"), []byte(lax), 0o600))
	two := strings.Replace(string(s.read("two.yaml")), "allowed_signers\n", "with_mallory\n", 1)
	s.must(os.WriteFile(s.path("two.yaml"), []byte(two), 0o600))
	s.must(os.WriteFile(s.path("revoked"), []byte("# left the company\n"+s.keys["bob"].public+"\n"), 0o600))
	s.configure("revoked.yaml", append(everybody, "revoked_keys: "+s.path("revoked"))...)

	approvals := filepath.Join(plan, "approvals")
	author := map[string][]byte{}
	for _, name := range s.files(plan) {
		if strings.Contains(name, "authored") {
			author[name] = s.read(filepath.Join(plan, name))
		}
	}
	// only leaves no statement but the author's.
	only := func() {
		s.must(os.RemoveAll(s.path(approvals)))
		s.must(os.Mkdir(s.path(approvals), 0o700))
		for name, data := range author {
			s.must(os.WriteFile(s.path(filepath.Join(plan, name)), data, 0o600))
		}
	}
	sign := func(decision remediate.Decision, who string, at time.Time) {
		t.Helper()
		sealed, err := remediate.Open(s.path(plan))
		s.must(err)
		defer sealed.Close()
		signer, err := sshsign.OpenSigner(t.Context(), sshsign.KeyOptions{File: s.keys[who].file})
		s.must(err)
		defer signer.Close()
		s.must(sealed.Sign(decision, "a test", at, who, func(message []byte) ([]byte, error) { return signer.Sign(remediate.Namespace, message) }))
	}
	now := time.Now()
	for _, c := range []struct {
		name   string
		attack func()
		reason string
		args   []string
	}{
		{"nobody", func() {}, "0 of 1 approvals", nil},
		{"its author", func() { sign(remediate.Approved, "ann", now) }, "the approval by ann@example.com does not count: who made the plan does not approve it (remediation.four_eyes)", nil},
		{"its author with another key", func() { sign(remediate.Approved, "ann2", now) }, "the approval by ann@example.com does not count: who made the plan", []string{"--config", "two.yaml"}},
		{"an unknown key", func() { sign(remediate.Approved, "mallory", now) }, "the key is not an allowed signer's", nil},
		{"a revoked key", func() { sign(remediate.Approved, "bob", now) }, "is revoked", []string{"--config", "revoked.yaml"}},
		{"another plan's approval", func() {
			for _, name := range s.files(other) {
				if strings.Contains(name, "approved") {
					s.must(os.WriteFile(s.path(filepath.Join(plan, name)), s.read(filepath.Join(other, name)), 0o600))
				}
			}
		}, "is about another plan", nil},
		{"an old approval", func() { sign(remediate.Approved, "bob", now.Add(-25*time.Hour)) }, "the approval by bob@example.com does not count: it is 25h0m", nil},
		{"an approval of the future", func() { sign(remediate.Approved, "bob", now.Add(time.Hour)) }, "it is of the future", nil},
		{"the author's statement as an approval", func() { sign(remediate.Authored, "bob", now) }, "0 of 1 approvals", nil},
		{"one person twice, with two keys", func() {
			sign(remediate.Approved, "bob", now)
			sign(remediate.Approved, "bob2", now)
		}, "1 of 2 approvals", []string{"--config", "two.yaml"}},
		{"approved, then rejected", func() {
			sign(remediate.Approved, "bob", now)
			sign(remediate.Rejected, "carol", now.Add(time.Second))
		}, "carol@example.com rejected it: a test", nil},
		{"something follows the approval", func() {
			sign(remediate.Approved, "bob", now)
			for _, name := range s.files(plan) {
				if strings.HasSuffix(name, ".json") && strings.Contains(name, "approved") {
					file := filepath.Join(plan, name)
					s.must(os.WriteFile(s.path(file), append(s.read(file), "{}\n"...), 0o600))
				}
			}
		}, "something follows its end", nil},
		{"no signature", func() {
			sign(remediate.Approved, "bob", now)
			for _, name := range s.files(plan) {
				if strings.HasSuffix(name, ".sig") && strings.Contains(name, "approved") {
					s.must(os.Remove(s.path(filepath.Join(plan, name))))
				}
			}
		}, "is not signed", nil},
		{"the author's signature removed", func() {
			s.must(os.RemoveAll(s.path(approvals)))
			sign(remediate.Approved, "ann", now)
		}, "1 of 2 approvals, as no signature says who made it (remediation.signing_key)", nil},
		{"approvals are a link", func() {
			s.must(os.RemoveAll(s.path(approvals)))
			s.must(os.Symlink(s.path(filepath.Join(other, "approvals")), s.path(approvals)))
		}, "approvals is no folder: the plan was altered", nil},
	} {
		only()
		c.attack()
		t.Log(c.name)
		s.refused(plan, c.reason, c.args...)
		s.must(os.RemoveAll(s.path(approvals)))
	}

	// Who may not approve is told before anything is signed.
	only()
	got := s.do(1, "remediate", "approve", plan, "--key", s.keys["mallory"].file, "--reason", "me", "--digest", s.digest(plan))
	if !strings.Contains(got.err, "your signature would not count") || len(s.files(approvals)) != 2 {
		t.Errorf("Mallory's approval: %s, files %q", got.err, s.files(approvals))
	}
	s.do(0, "remediate", "reject", other, "--key", s.keys["carol"].file, "--reason", "not today")
	s.refused(other, "carol@example.com rejected it: not today")
	// Two people are enough for two approvals, whoever is asked first.
	s.approve(plan, "bob", "carol")
	s.fix(plan, "--config", "two.yaml")
	events := s.events()
	if last := events[len(events)-1]; last != "verify clean" || events[4] != "apply refused" {
		t.Errorf("audit log: %q", events)
	}
}

// Without a signature of who made the plan, one approval may be the author's own.
func TestUnsignedPlan(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoRecords)
	s.configure("driftmgr.yaml")
	s.Terraform(t, "apply", "-auto-approve")
	s.Update(t, moveRecord)
	plan := s.plan()
	s.approve(plan, "bob")
	s.refused(plan, "1 of 2 approvals, as no signature says who made it (remediation.signing_key)")
	s.approve(plan, "carol")
	s.fix(plan)
}

func TestExpired(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord)
	s.configure("short.yaml", "expiry: 1s")
	time.Sleep(time.Until(s.manifest(plan).Created.Add(2 * time.Second)))
	s.refused(plan, "the plan has expired: it was made ", "--config", "short.yaml")
	s.configure("limits.yaml", "max_changes: 1", `allowed_addresses: ["world_record.b"]`, fmt.Sprintf(`change_windows: ["%s 00:00-24:00"]`, time.Now().UTC().AddDate(0, 0, 3).Format("Mon")))
	s.refused(plan, "world_record.a: remediation.allowed_addresses does not allow it; no change window is open now", "--config", "limits.yaml")
	s.fix(plan)
}

// The world is not the one that the plan was made of.
func TestWorldMoved(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords+`
resource "world_server" "web" {
  name     = "web"
  password = var.password
}
`, func(w *world.World) {
		moveRecord(w)
		w.Servers["srv-1"].Password = ptr("hunter2-second")
	})
	still, err := os.ReadFile(s.File)
	s.must(err)
	for _, c := range []struct {
		name   string
		change func(*world.World)
		reason string
	}{
		{"changed again", func(w *world.World) { w.Records["a"].Value = "3" }, "refused, nothing was changed: the world has moved, plan again: world_record.a: value is not what it was"},
		{"another attribute", func(w *world.World) { w.Records["a"].TTL = ptr(int64(9)) }, "world_record.a: ttl is not what it was"},
		{"put right", func(w *world.World) { w.Records["a"].Value = "1" }, "world_record.a: there is nothing to tell of it any more"},
		{"gone", func(w *world.World) { delete(w.Records, "a") }, "world_record.a: it was changed, and is missing now"},
		{"a secret changed again", func(w *world.World) { w.Servers["srv-1"].Password = ptr("hunter2-third") }, "the world has moved, plan again: Terraform now sees something else of world_server.web"},
	} {
		t.Log(c.name)
		s.Update(t, c.change)
		s.refused(plan, c.reason)
		s.must(os.WriteFile(s.File, still, 0o600))
	}
	state, err := os.ReadFile(s.State())
	s.must(err)
	s.Terraform(t, "apply", "-auto-approve", "-target=world_record.b", "-replace=world_record.b")
	s.refused(plan, "the state has moved on (serial 5, and the plan's is 4): plan again")
	var parsed map[string]any
	s.must(json.Unmarshal(state, &parsed))
	parsed["lineage"] = "another"
	changed, err := json.Marshal(parsed)
	s.must(err)
	s.must(os.WriteFile(s.State(), changed, 0o600))
	s.refused(plan, "its state is another one (lineage another")
	s.must(os.WriteFile(s.State(), state, 0o600))
	s.fix(plan)
	s.nothingToDo()
}

// What nobody manages is imported as it was seen, or not at all.
func TestImportMoved(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, func(w *world.World) {
		w.AddServer(world.ServerSpec{Name: "db", Size: "large", Password: ptr("hunter2-db")})
	})
	s.Update(t, func(w *world.World) { w.Servers["srv-1"].Size = "small" })
	s.refused(plan, "the world has moved, plan again: Terraform now sees something else of world_server.srv_1")
	s.Update(t, func(w *world.World) {
		w.Servers["srv-1"].Size, w.Servers["srv-1"].Password = "large", ptr("hunter2-more")
	})
	s.refused(plan, "the world has moved, plan again: Terraform now sees something else of world_server.srv_1")
	s.Update(t, func(w *world.World) {
		w.Servers["srv-1"].Password = ptr("hunter2-db")
		w.Servers["srv-2"] = w.Servers["srv-1"]
		delete(w.Servers, "srv-1")
	})
	s.refused(plan, "the world has moved, plan again: world_server.srv_1: there is nothing to tell of it any more")
	s.Update(t, func(w *world.World) { w.Servers["srv-1"] = w.Servers["srv-2"]; delete(w.Servers, "srv-2") })
	// Somebody else wrote a file of the same name meanwhile.
	s.Write(t, "imported.tf", "# mine\n")
	s.refused(plan, "the code has changed since the plan was made: "+filepath.Join(s.Dir, "imported.tf")+"; plan again")
	s.must(os.Remove(filepath.Join(s.Dir, "imported.tf")))
	s.fix(plan)
	s.nothingToDo()
}

// The code that is edited is the code that the plan was made with.
func TestCodeMoved(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord, "--strategy", "adopt")
	main := filepath.Join(s.Dir, "main.tf")
	code, err := os.ReadFile(main)
	s.must(err)
	s.Write(t, "main.tf", string(code)+"# a word more\n")
	s.refused(plan, "the code has changed since the plan was made: "+main+"; plan again")
	s.must(os.Remove(main))
	s.refused(plan, "the code has changed since the plan was made: "+main+"; plan again")
	s.must(os.WriteFile(s.path("elsewhere.tf"), code, 0o600))
	s.must(os.Symlink(s.path("elsewhere.tf"), main))
	s.refused(plan, main+" is no regular file: edit it by hand, or plan again")
	s.must(os.Remove(main))
	s.Write(t, "main.tf", string(code))
	s.fix(plan)
	s.nothingToDo()
}

// Somebody edits the code while Terraform applies: the edit stays, and who made it is
// told where the code is that belongs there.
func TestCodeMovedMeanwhile(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord, "--strategy", "adopt")
	main := filepath.Join(s.Dir, "main.tf")
	config := s.wrapper("busy", `if [ "$1" = apply ]; then echo "# mine" >> `+main+`; fi`)
	got := s.do(1, "remediate", "apply", plan, "--config", config)
	should := filepath.Join(plan, "state-1", "files", "main.tf")
	if want := "Terraform has applied, and " + main + " was changed meanwhile: put into it by hand what " + should + " has"; !strings.Contains(got.err, want) {
		t.Errorf("it does not say %q:\n%s", want, got.err)
	}
	s.code("main.tf", "# mine\n", `value = "1"`)
	s.refused(plan, "Terraform has applied "+s.Dir+", and the code is not written yet: the code has changed since the plan was made: "+main+"; plan again; or put the files of "+filepath.Dir(should)+" into their places by hand")
	s.Write(t, "main.tf", string(s.read(should)))
	s.fix(plan)
	s.nothingToDo()
}

// wrapper is a terraform that runs lines of shell around the real one, $real. Its
// configuration is that of the project with settings more.
func (s *site) wrapper(name, script string, settings ...string) (config string) {
	s.t.Helper()
	real, err := exec.LookPath("terraform")
	s.must(err)
	path := s.path(name)
	s.must(os.WriteFile(path, []byte("#!/bin/sh\nreal="+real+"\n"+script+"\nexec $real \"$@\"\n"), 0o700))
	s.configure(name+".yaml", append(settings, "terraform: "+path, "signing_key: "+s.keys["ann"].file)...)
	return name + ".yaml"
}

// The saved plan is exchanged while driftmgr checks the world: what was checked is what
// is applied.
func TestSwapped(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord)
	evil := s.path("evil.tfplan")
	s.Terraform(t, "plan", "-destroy", "-out="+evil)
	saved := filepath.Join(plan, "state-1", "terraform.tfplan")
	good := s.read(saved)
	// Before it is copied it is noticed.
	early := s.wrapper("early", `case "$1" in state) cp `+evil+" "+s.path(saved)+";; esac")
	s.refused(plan, "state-1/terraform.tfplan is not what the manifest says: the plan was altered, so plan again", "--config", early)
	s.must(os.WriteFile(s.path(saved), good, 0o600))
	late := s.wrapper("late", `case "$1" in show|plan|apply) cp `+evil+" "+s.path(saved)+";; esac")
	s.fix(plan, "--config", late)
	if bytes.Equal(s.read(saved), good) {
		t.Error("the plan was not exchanged: this test proves nothing")
	}
	s.want("calls", s.Writes(t)[2:], []string{"update world_record a"})
	s.nothingToDo()
}

// Somebody else applies between the check and the apply: Terraform notices, and nothing
// of the plan is done.
func TestStateMovedMeanwhile(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord)
	other := s.wrapper("other", `if [ "$1" = apply ]; then $real apply -auto-approve -target=world_record.b -replace=world_record.b >&2; fi`)
	s.isRefused(s.run("remediate", "apply", plan, "--config", other), "refused, nothing was changed: state "+s.Dir+": the state is not the one that the plan was made from; plan again")
	s.want("calls", s.Writes(t)[2:], []string{"delete world_record b", "create world_record b"})
	s.refused(plan, "the state has moved on")
}

// Terraform does a part and fails: what was done is told, and what was not.
func TestFailedInTheMiddle(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords+`
resource "world_bucket" "logs" {
  name = "logs"
}
`, func(w *world.World) { moveRecord(w); delete(w.Buckets, "logs") })
	now, err := os.ReadFile(s.File)
	s.must(err)
	made := s.path("made.json")
	s.Update(t, func(w *world.World) { w.Buckets["logs"] = &world.Bucket{} })
	s.must(os.Rename(s.File, made))
	s.must(os.WriteFile(s.File, now, 0o600))
	config := s.wrapper("late", `if [ "$1" = apply ]; then cp `+made+" "+s.File+"; fi")
	got := s.do(1, "remediate", "apply", plan, "--config", config)
	if !strings.Contains(got.out, "world_bucket.logs  not fixed: Terraform has still to do it: create\n") || !strings.Contains(got.out, "world_record.a  fixed\n") {
		t.Errorf("the outcome is\n%s", got.out)
	}
	for _, text := range []string{": 1 of 2 steps are done, see terraform plan in " + s.Dir, "create world_bucket logs"} {
		if !strings.Contains(got.err, text) {
			t.Errorf("it does not say %q:\n%s", text, got.err)
		}
	}
	s.want("audit log", s.events(), []string{"plan written", "approve approved bob@example.com", "apply started", "apply failed", "verify drift"})
}

// The folder of a plan is what it seems, and only its owner's.
func TestPlanFolder(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord, "--strategy", "adopt")
	s.must(os.Symlink(s.path(plan), s.path("link")))
	s.refused("./link", "plan link: is a link: name the folder itself, so that it cannot be exchanged")
	s.refused("./nowhere", "there is no such folder: see driftmgr remediate list")
	s.refused("./driftmgr.yaml", "is no folder: name the one that remediate plan wrote")
	s.must(os.Chmod(s.path(plan), 0o720))
	s.refused(plan, "others may write to it: chmod go-w "+plan)
	s.must(os.Chmod(s.path(plan), 0o700))
	for _, name := range append(s.files(plan), "state-1", "state-1/files") {
		file, away := s.path(filepath.Join(plan, name)), s.path("away")
		s.must(os.Rename(file, away))
		s.must(os.Symlink(away, file))
		reason := "is no regular file: the plan was altered"
		if strings.Contains(name, "authored") {
			reason = "1 of 2 approvals"
		} else if strings.Contains(name, "approved") {
			reason = "0 of 1 approvals"
		}
		s.refused(plan, reason)
		s.must(os.Remove(file))
		s.must(os.Rename(away, file))
	}
	journal := s.path(filepath.Join(plan, "journal.json"))
	s.must(os.Symlink("/dev/null", journal))
	s.refused(plan, "journal.json is no regular file: the plan was altered")
	s.must(os.Remove(journal))
	s.must(os.WriteFile(journal, []byte(`{"format_version":"1.0","digest":"sha256:00","states":[{"status":"applied","time":"2026-01-01T00:00:00Z"}]}`), 0o600))
	s.refused(plan, "journal.json is that of another plan: plan again")
	s.must(os.Remove(journal))

	// A manifest that was made by hand, and that even was approved.
	for _, c := range []struct{ name, old, new, reason string }{
		{"a file outside", `"name": "state-1/terraform.tfplan"`, `"name": "../../state-1/terraform.tfplan"`, `names the file "../../state-1/terraform.tfplan", which no plan has`},
		{"a file of the machine", `"name": "state-1/files/main.tf"`, `"name": "/etc/passwd"`, `names the file "/etc/passwd", which no plan has`},
		{"a plan without digest", `"plan": "state-1/terraform.tfplan"`, `"plan": "state-1/other.tfplan"`, `names "state-1/other.tfplan", of which it has no digest`},
		{"code outside", `"path": "main.tf"`, `"path": "../main.tf"`, `the plan would write "../main.tf"`},
		{"code that is none", `"path": "main.tf"`, `"path": "terraform.tfstate"`, `the plan would write "terraform.tfstate"`},
		{"more than it knows", `"risk": "low"`, `"riskless": true`, `unknown field "riskless"`},
		{"newer format", `"format_version": "1.0"`, `"format_version": "2.0"`, "use the driftmgr that made the plan"},
	} {
		t.Log(c.name)
		manifest := filepath.Join(plan, "manifest.json")
		old := s.read(manifest)
		altered := bytes.Replace(old, []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(old, altered) {
			t.Fatalf("the manifest has no %s:\n%s", c.old, old)
		}
		approvals := s.path(filepath.Join(plan, "approvals"))
		s.must(os.Rename(approvals, s.path("approvals")))
		s.with(manifest, altered, func() {
			for _, who := range []string{"bob", "carol"} { // where it can be shown at all
				s.run("remediate", "approve", plan, "--key", s.keys[who].file, "--reason", "x", "--digest", s.digest(plan))
			}
			s.refused(plan, c.reason)
		})
		s.must(os.RemoveAll(approvals))
		s.must(os.Rename(s.path("approvals"), approvals))
	}
	s.fix(plan)
	s.nothingToDo()
}

// started runs an apply until Terraform changes the world, which takes a while.
func (s *site) started(delay string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	s.t.Helper()
	s.Update(s.t, func(w *world.World) { w.Delay = delay })
	n := len(s.Writes(s.t))
	cmd := s.command(args...)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stderr, &stderr
	s.must(cmd.Start())
	for deadline := time.Now().Add(time.Minute); len(s.Writes(s.t)) == n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("nothing was begun: %s", stderr.String())
		}
	}
	return cmd, &stderr
}

// ended is what a command that was started came to.
func (s *site) ended(cmd *exec.Cmd, both *bytes.Buffer) said {
	_ = cmd.Wait() // its code says it
	s.heard.WriteString(both.String())
	return said{cmd.ProcessState.ExitCode(), "", both.String()}
}

// Killed while Terraform changes the world, which then did not come to it.
func TestKilledWhileApplying(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord)
	cmd, both := s.started("1m", "remediate", "apply", plan)
	s.must(cmd.Process.Kill())
	s.ended(cmd, both)
	s.killed = true
	if got := s.do(0, "remediate", "show", plan); !strings.Contains(got.out, "status  started") {
		t.Errorf("it does not say where it stands:\n%s", got.out)
	}
	s.Update(t, func(w *world.World) { w.Delay = "" })
	if v := s.World(t).Records["a"].Value; v != "2" {
		t.Fatalf("the record is %s", v)
	}
	// What is refused before is refused now.
	s.configure("short.yaml", "expiry: 1s", "signing_key: "+s.keys["ann"].file)
	time.Sleep(time.Until(s.manifest(plan).Created.Add(2 * time.Second)))
	s.refused(plan, "the plan has expired", "--config", "short.yaml")
	s.Update(t, func(w *world.World) { w.Records["a"].Value = "3" })
	s.refused(plan, "the world has moved, plan again: world_record.a: value is not what it was")
	s.Update(t, func(w *world.World) { w.Records["a"].Value = "2" })
	s.fix(plan)
	s.nothingToDo()
	s.want("audit log", s.events(), []string{"plan written", "approve approved bob@example.com", "apply started", "apply refused", "apply refused", "apply started", "apply applied", "verify clean"})
}

// Killed after a part: what is done is told, and the rest takes another plan.
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, `
resource "world_bucket" "first" {
  name = "first"
}
resource "world_record" "second" {
  name       = "second"
  value      = "1"
  depends_on = [world_bucket.first]
}
`, func(w *world.World) { delete(w.Buckets, "first"); delete(w.Records, "second") })
	cmd, both := s.started("1s", "remediate", "apply", plan)
	for deadline := time.Now().Add(time.Minute); len(s.Writes(t)) < 4; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the second was not begun: %s", both.String())
		}
	}
	s.must(cmd.Process.Kill())
	s.ended(cmd, both)
	s.killed = true
	s.Update(t, func(w *world.World) { w.Delay = "" })
	got := s.do(1, "remediate", "apply", plan)
	if !strings.Contains(got.err, "an earlier run was ended in the middle: 1 of 2 steps are done, see terraform plan in "+s.Dir+" for the rest") {
		t.Errorf("it does not say where it stands:\n%s%s", got.out, got.err)
	}
	if !strings.Contains(got.out, "world_bucket.first  fixed") || !strings.Contains(got.out, "world_record.second  not fixed: Terraform has still to do it: create") {
		t.Errorf("the outcome is\n%s", got.out)
	}
	// As Terraform's state has forgotten the second, only its code knows of it.
	s.detect(0)
	if list := s.Terraform(t, "plan", "-no-color"); !strings.Contains(list, "world_record.second will be created") {
		t.Errorf("terraform plan does not tell the rest:\n%s", list)
	}
}

// Killed once Terraform is done: what is left to do is done by the next run.
func TestKilledAfterApplying(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		drift func(*world.World)
		args  []string
		wrote string
	}{
		{"revert", moveRecord, nil, ""},
		{"accept", moveRecord, []string{"--strategy", "accept"}, ""},
		{"adopt", moveRecord, []string{"--strategy", "adopt"}, "main.tf"},
		{"import", func(w *world.World) { w.Buckets["stray"] = &world.Bucket{} }, nil, "imported.tf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, plan := approved(t, twoRecords, c.drift, c.args...)
			config := s.wrapper("deadly", `if [ "$1" = apply ]; then $real "$@"; kill -9 $PPID; exit 0; fi`)
			if got := s.run("remediate", "apply", plan, "--config", config); got.code != -1 {
				t.Fatalf("it was not killed: %+v", got)
			}
			s.killed = true
			writes := len(s.Writes(t))
			// What was begun in time is brought to its end, however late it is.
			s.configure("short.yaml", "expiry: 1s", "signing_key: "+s.keys["ann"].file)
			time.Sleep(time.Until(s.manifest(plan).Created.Add(2 * time.Second)))
			got := s.fix(plan, "--config", "short.yaml")
			if c.wrote != "" && !strings.Contains(got.out, "wrote "+filepath.Join(s.Dir, c.wrote)) {
				t.Errorf("the code was not written:\n%s%s", got.out, got.err)
			}
			if n := len(s.Writes(t)); n != writes {
				t.Errorf("it applied again: %q", s.Writes(t)[writes:])
			}
			s.detect(0)
			if c.name != "accept" {
				s.nothingToDo()
			}
			s.refused(plan, "the plan was applied already")
		})
	}
}

// Interrupted by the user: Terraform ends what it is at, and what came of it is told.
func TestApplyInterrupted(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord)
	cmd, both := s.started("2s", "remediate", "apply", plan)
	s.must(cmd.Process.Signal(os.Interrupt))
	got := s.ended(cmd, both)
	if got.code != 130 || strings.Contains(got.err, "nothing was changed") || !strings.Contains(got.err, "steps are done") {
		t.Errorf("exit code %d:\n%s", got.code, got.err)
	}
	s.Update(t, func(w *world.World) { w.Delay = "" })
	left := "0 of 1 steps are done, see terraform plan in " + s.Dir + " for the rest"
	if !strings.Contains(got.err, "world_record.a  not fixed: Terraform has still to do it: update") || !strings.Contains(got.err, left) {
		t.Errorf("it does not say where it stands:\n%s", got.err)
	}
	if again := s.do(1, "remediate", "apply", plan); !strings.Contains(again.err, left) {
		t.Errorf("a second run: %s", again.err)
	}
	if v := s.World(t).Records["a"].Value; v != "2" {
		t.Errorf("the record is %s", v)
	}
}

// Where nothing more can be written, nothing is begun.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, fmt.Sprintf(`
resource "world_record" "a" {
  name  = "a"
  value = "1"
}
resource "world_server" "large" {
  name = "large"
  tags = { text = %q }
}
`, strings.Repeat("a", 200<<10)), moveRecord)
	s.configure("full.yaml", "audit/file: /dev/full")
	s.refused(plan, "audit log /dev/full", "--config", "full.yaml")
	// The state is kept before anything is changed: it is larger than a file may be.
	path, err := exec.LookPath("driftmgr-world")
	s.must(err)
	before := s.snapshot()
	limited := s.command()
	limited.Path, limited.Args = "/bin/bash", []string{"bash", "-c", `trap '' XFSZ; ulimit -f 128; exec "$0" "$@"`, path, "remediate", "apply", plan}
	s.isRefused(s.finish(limited), "refused, nothing was changed: keep the state: write ")
	s.same("an apply on a full disk", before)
	// How far it has come cannot be written down.
	blocked := s.path(filepath.Join(plan, "journal.json.new", "x"))
	s.must(os.MkdirAll(blocked, 0o700))
	s.refused(plan, "refused, nothing was changed: write ")
	s.must(os.RemoveAll(filepath.Dir(blocked)))
	s.fix(plan)
	s.nothingToDo()
}

func TestTerraformIsAnother(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord)
	before := s.snapshot()
	cmd := s.command("remediate", "apply", plan)
	cmd.Env = append(cmd.Env, "PATH="+t.TempDir())
	s.isRefused(s.finish(cmd), "refused, nothing was changed: state "+s.Dir+": neither terraform nor tofu is on PATH; install Terraform or OpenTofu")
	s.same("an apply without terraform", before)
	older := s.wrapper("older", `if [ "$1" = version ]; then echo "Terraform v1.9.0"; exit 0; fi`)
	s.refused(plan, "the plan was made by Terraform 1.11.4, and here is Terraform 1.9.0: use that one, or plan again", "--config", older)
	tofu := s.wrapper("tofu", `if [ "$1" = version ]; then echo "OpenTofu v1.11.4"; exit 0; fi`)
	s.refused(plan, "the plan was made by Terraform 1.11.4, and here is OpenTofu 1.11.4", "--config", tofu)
	neither := s.wrapper("neither", `if [ "$1" = version ]; then echo "hello"; exit 0; fi`)
	s.refused(plan, "is neither Terraform nor OpenTofu", "--config", neither)
	s.fix(plan)
}

// Somebody else's terraform apply is under way.
func TestLocked(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, moveRecord)
	s.Update(t, func(w *world.World) { w.Delay = "1m" })
	n := len(s.Writes(t))
	other := s.Command(t, "apply", "-auto-approve", "-target=world_record.b", "-replace=world_record.b")
	other.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.must(other.Start())
	for deadline := time.Now().Add(time.Minute); len(s.Writes(t)) == n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the other apply was not begun")
		}
	}
	s.refused(plan, "the state is locked by ")
	s.must(syscall.Kill(-other.Process.Pid, syscall.SIGKILL))
	_ = other.Wait() // it was killed
	s.Update(t, func(w *world.World) { w.Delay = "" })
	s.fix(plan)
	s.nothingToDo()
}

// One of two states is locked: what was done about the other one is told.
func TestSecondStateLocked(t *testing.T) {
	t.Parallel()
	s := applied(t, twoRecords)
	s.second(`
resource "world_record" "c" {
  name  = "c"
  value = "1"
}
resource "world_record" "d" {
  name  = "d"
  value = "1"
}
`)
	s.Update(t, func(w *world.World) { w.Records["a"].Value, w.Records["c"].Value = "2", "2" })
	plan := s.plan()
	s.approve(plan, "bob")
	states := s.manifest(plan).States
	later := s.more[0]
	if states[1].Dir != later.Dir {
		later = s.Root
	}
	s.Update(t, func(w *world.World) { w.Delay = "1m" })
	n := len(s.Writes(t))
	target := map[bool]string{true: "world_record.b", false: "world_record.d"}[later == s.Root]
	other := later.Command(t, "apply", "-auto-approve", "-target="+target, "-replace="+target)
	other.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.must(other.Start())
	for deadline := time.Now().Add(time.Minute); len(s.Writes(t)) == n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the other apply was not begun")
		}
	}
	s.Update(t, func(w *world.World) { w.Delay = "" })
	got := s.do(1, "remediate", "apply", plan)
	if strings.Contains(got.err, "nothing was changed:") || !strings.Contains(got.err, "the state is locked by ") || strings.Count(got.out, "  fixed\n") != 1 {
		t.Errorf("one state was changed, and it says\n%s%s", got.out, got.err)
	}
	s.must(syscall.Kill(-other.Process.Pid, syscall.SIGKILL))
	_ = other.Wait() // it was killed
	if got := s.do(0, "remediate", "apply", plan); strings.Count(got.out, "  fixed\n") != 2 {
		t.Errorf("the state that was left is not told as fixed:\n%s", got.out)
	}
	s.detect(0)
}

// Two people apply the same plan at once: one does.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	s, plan := approved(t, twoRecords, func(w *world.World) {
		moveRecord(w)
		w.Buckets["stray"] = &world.Bucket{}
	})
	first, both := s.started("3s", "remediate", "apply", plan)
	s.isRefused(s.run("remediate", "apply", plan), "is being applied by another driftmgr")
	if got := s.ended(first, both); got.code != 0 || !strings.Contains(got.err, "VERIFIED") {
		t.Fatalf("the first apply: %+v", got)
	}
	s.Update(t, func(w *world.World) { w.Delay = "" })
	s.code("imported.tf", "stray")
	s.nothingToDo()
	s.refused(plan, "the plan was applied already")
}
