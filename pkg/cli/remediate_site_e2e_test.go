//go:build e2e

package cli_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/driftmgr/driftmgr/internal/world/worldtest"
	"github.com/driftmgr/driftmgr/pkg/remediate"
)

// password is a secret of the world that driftmgr must tell nobody. The code has it
// in a file of its own, secret.auto.tfvars.
const password = "hunter2-Zk41"

const secretVar = `
variable "password" {
  type = string
}
`

// site is a project folder with a configuration, a root module, and the people who sign.
type site struct {
	*worldtest.Root
	t *testing.T

	folder string            // where driftmgr runs; Dir is the root module
	more   []*worldtest.Root // further states of the same world
	heard  strings.Builder   // all that driftmgr said
	killed bool              // it could not clean up
	keys   map[string]sshKey
}

// sshKey is a private key file and its public key as allowed_signers has it.
type sshKey struct{ file, public string }

// newSite writes code, of which nothing is applied yet, and driftmgr.yaml with the
// settings, lines of the section remediation. Ann signs plans; Bob and Carol are allowed to approve them as well. When
// the test ends, nothing that driftmgr said or left behind may tell a secret.
func newSite(t *testing.T, hcl string, settings ...string) *site {
	t.Helper()
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Fatal("terraform is not on the PATH: https://developer.hashicorp.com/terraform/install")
	}
	s := &site{Root: worldtest.Module(t, secretVar+hcl), t: t, folder: t.TempDir(), keys: map[string]sshKey{}}
	s.Write(t, "secret.auto.tfvars", fmt.Sprintf("password = %q\n", password))
	for _, who := range []string{"ann", "bob", "carol"} {
		s.keys[who] = s.newKey(who)
	}
	s.allow("allowed_signers", "ann", "bob", "carol")
	s.configure("driftmgr.yaml", append([]string{"signing_key: " + s.keys["ann"].file}, settings...)...)
	s.must(os.Mkdir(s.path("tmp"), 0o700))
	t.Cleanup(s.tellsNoSecret)
	t.Cleanup(s.leavesNothing)
	return s
}

// applied is a site whose code was applied.
func applied(t *testing.T, hcl string, settings ...string) *site {
	t.Helper()
	s := newSite(t, hcl, settings...)
	s.Terraform(t, "apply", "-auto-approve")
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.folder, name) }

func (s *site) newKey(who string) sshKey {
	s.t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	s.must(err)
	block, err := ssh.MarshalPrivateKey(private, who)
	s.must(err)
	public, err := ssh.NewPublicKey(private.Public())
	s.must(err)
	k := sshKey{s.path("id_" + who), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))}
	s.must(os.WriteFile(k.file, pem.EncodeToMemory(block), 0o600))
	return k
}

// allow writes a file of allowed signers.
func (s *site) allow(name string, people ...string) {
	s.t.Helper()
	var b strings.Builder
	for _, who := range people {
		fmt.Fprintf(&b, "%s@example.com namespaces=\"driftmgr-plan\" %s\n", strings.TrimRight(who, "12"), s.keys[who].public)
	}
	s.must(os.WriteFile(s.path(name), []byte(b.String()), 0o600))
}

// configure writes a configuration with lines of the section remediation, and of others
// where a line names them.
func (s *site) configure(name string, settings ...string) {
	s.t.Helper()
	sections := map[string][]string{"remediation": {"allowed_signers: " + s.path("allowed_signers")}}
	for _, line := range settings {
		section := "remediation"
		if before, after, ok := strings.Cut(line, "/"); ok && !strings.ContainsAny(before, " :") {
			section, line = before, after
		}
		sections[section] = append(sections[section], line)
	}
	var b strings.Builder
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		fmt.Fprintf(&b, "%s:\n", section)
		for _, line := range sections[section] {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	s.must(os.WriteFile(s.path(name), []byte(b.String()), 0o600))
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// said is what a run of driftmgr came to.
type said struct {
	code     int
	out, err string
}

// command is driftmgr not yet started.
func (s *site) command(args ...string) *exec.Cmd {
	s.t.Helper()
	path, err := exec.LookPath("driftmgr-world")
	s.must(err)
	cmd := exec.CommandContext(s.t.Context(), path, args...)
	cmd.Dir = s.folder
	cmd.Env = append(append(os.Environ(), "HOME="+s.folder, "WORLD_FILE="+s.File, "TMPDIR="+s.path("tmp")), s.Environ()...)
	return cmd
}

func (s *site) finish(cmd *exec.Cmd) said {
	s.t.Helper()
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	got := said{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
	s.heard.WriteString(got.out + got.err)
	return got
}

// run runs driftmgr to its end.
func (s *site) run(args ...string) said {
	s.t.Helper()
	return s.finish(s.command(args...))
}

// do runs driftmgr and wants an exit code.
func (s *site) do(code int, args ...string) said {
	s.t.Helper()
	got := s.run(args...)
	if got.code != code {
		s.t.Fatalf("driftmgr %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got.code, code, got.out, got.err)
	}
	return got
}

// plan makes a plan from a module, which finds drift, and returns its folder, relative
// to the project's.
func (s *site) plan(args ...string) string {
	s.t.Helper()
	before := s.snapshot()
	got := s.do(2, slices.Concat([]string{"remediate", "plan"}, args, s.dirs())...)
	s.same("remediate plan", before)
	return s.planned(got)
}

var planLine = regexp.MustCompile(`The plan is in (\S+), for you alone`)

func (s *site) planned(got said) string {
	s.t.Helper()
	m := planLine.FindStringSubmatch(got.err)
	if m == nil {
		s.t.Fatalf("no plan was written:\n%s%s", got.out, got.err)
	}
	return m[1]
}

func (s *site) dirs() []string {
	dirs := []string{s.Dir}
	for _, r := range s.more {
		dirs = append(dirs, r.Dir)
	}
	return dirs
}

func (s *site) manifest(plan string) *remediate.Manifest {
	s.t.Helper()
	m := &remediate.Manifest{}
	s.must(json.Unmarshal(s.read(filepath.Join(plan, "manifest.json")), m))
	return m
}

// digest is that of a plan, as who read it noted it.
func (s *site) digest(plan string) string {
	s.t.Helper()
	return remediate.Digest(s.read(filepath.Join(plan, "manifest.json")))
}

// read reads a file of the project folder.
func (s *site) read(name string) []byte {
	s.t.Helper()
	data, err := os.ReadFile(s.path(name))
	s.must(err)
	return data
}

func (s *site) approve(plan string, people ...string) {
	s.t.Helper()
	for _, who := range people {
		s.do(0, "remediate", "approve", plan, "--key", s.keys[who].file, "--reason", "CHG-17", "--digest", s.digest(plan))
	}
}

// snapshot is all that driftmgr must not change unasked: the world and the calls that
// change it, states, and the files of the modules.
func (s *site) snapshot() map[string]string {
	s.t.Helper()
	seen := map[string]string{"calls": strings.Join(s.Writes(s.t), "\n")}
	data, err := os.ReadFile(s.File)
	s.must(err)
	seen["world"] = string(data)
	for _, dir := range s.dirs() {
		s.must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, ".lock.info") {
				return err
			}
			data, err := os.ReadFile(path)
			seen[path] = string(data)
			return err
		}))
	}
	return seen
}

// same wants that nothing has changed since a snapshot.
func (s *site) same(what string, before map[string]string) {
	s.t.Helper()
	now := s.snapshot()
	for _, m := range []map[string]string{before, now} {
		for name := range m {
			if was, is := before[name], now[name]; was != is {
				s.t.Fatalf("%s changed %s:\n%s\nwas\n%s", what, name, is, was)
			}
		}
	}
}

// refused wants that an apply is refused for a reason, and changes nothing.
func (s *site) refused(plan, reason string, args ...string) {
	s.t.Helper()
	before := s.snapshot()
	s.isRefused(s.run(append([]string{"remediate", "apply", plan}, args...)...), reason)
	s.same("an apply that was refused", before)
}

func (s *site) isRefused(got said, reason string) {
	s.t.Helper()
	if got.code != 1 || !strings.Contains(got.err, reason) || got.out != "" {
		s.t.Fatalf("exit code %d, stderr\n%swant 1 and: %s\nstdout: %s", got.code, got.err, reason, got.out)
	}
	if last := got.err[strings.LastIndex(strings.TrimSuffix(got.err, "\n"), "\n")+1:]; !strings.HasPrefix(last, "driftmgr: ") {
		s.t.Errorf("the last line is no error's: %q", last)
	}
}

// fix applies a plan, after which all of it is fixed and nothing drifts.
func (s *site) fix(plan string, args ...string) said {
	s.t.Helper()
	got := s.do(0, append([]string{"remediate", "apply", plan}, args...)...)
	for _, step := range s.manifest(plan).Steps() {
		if !strings.Contains(got.out, "  "+step.Address+"  fixed\n") {
			s.t.Errorf("%s is not told as fixed:\n%s", step.Address, got.out)
		}
	}
	if !strings.Contains(got.out, "\nVERIFIED ") {
		s.t.Errorf("it does not say VERIFIED:\n%s", got.out)
	}
	return got
}

func (s *site) detect(code int, args ...string) said {
	s.t.Helper()
	return s.do(code, slices.Concat([]string{"detect"}, args, s.dirs())...)
}

// nothingToDo wants that Terraform agrees: the cloud is what the code says.
func (s *site) nothingToDo() {
	s.t.Helper()
	s.Terraform(s.t, "plan", "-detailed-exitcode", "-no-color")
}

// steps are a plan's steps in short: revert world_server.web update low.
func (s *site) steps(plan string) []string {
	s.t.Helper()
	var out []string
	for _, step := range s.manifest(plan).Steps() {
		out = append(out, fmt.Sprintf("%s %s %s %s", step.Strategy, step.Address, strings.Join(step.Actions, "+"), step.Risk))
	}
	return out
}

func (s *site) want(what string, got, want []string) {
	s.t.Helper()
	if !slices.Equal(got, want) {
		s.t.Fatalf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// code wants that a file of the module has each of the texts.
func (s *site) code(name string, texts ...string) {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.Dir, name))
	s.must(err)
	for _, text := range texts {
		if !strings.Contains(string(data), text) {
			s.t.Errorf("%s has no %q:\n%s", name, text, data)
		}
	}
}

// events are the lines of the audit log in short, once it is verified: who, as which
// principal, did what about which plan.
func (s *site) events() []string {
	s.t.Helper()
	s.do(0, "audit", "verify")
	var out []string
	for line := range strings.Lines(s.do(0, "audit", "export", "--format", "jsonl").out) {
		var e struct {
			Action, Outcome, Reason, Plan, Digest string
			Actor                                 struct{ Name, Principal string }
		}
		s.must(json.Unmarshal([]byte(line), &e))
		if e.Actor.Name == "" || e.Plan == "" || !strings.HasPrefix(e.Digest, "sha256:") {
			s.t.Errorf("an event lacks who or what: %s", line)
		}
		out = append(out, strings.TrimSpace(e.Action+" "+e.Outcome+" "+e.Actor.Principal))
	}
	return out
}

// tellsNoSecret looks into all that driftmgr said and wrote but the files that hold
// states, and at who may read what it wrote.
func (s *site) tellsNoSecret() {
	tells := func(what, text string) {
		for _, secret := range []string{"hunter2", "tok-srv"} {
			if i := strings.Index(text, secret); i >= 0 {
				s.t.Errorf("%s tells a secret: …%q…", what, text[max(0, i-60):min(len(text), i+30)])
			}
		}
	}
	tells("driftmgr", s.heard.String())
	err := filepath.WalkDir(s.path(".driftmgr"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700 | fs.ModeDir
		}
		if info.Mode() != want {
			s.t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
		}
		if end := filepath.Ext(path); d.IsDir() || end == ".tfplan" || end == ".tfstate" {
			return nil
		}
		data, err := os.ReadFile(path)
		tells(path, string(data))
		return err
	})
	if err != nil {
		s.t.Error(err)
	}
}

// leavesNothing looks for what driftmgr needs only while it runs.
func (s *site) leavesNothing() {
	if left, err := os.ReadDir(s.path("tmp")); err != nil || len(left) > 0 && !s.killed {
		s.t.Errorf("temporary files are left: %v, %v", left, err)
	}
	for _, dir := range s.dirs() {
		if left, err := filepath.Glob(filepath.Join(dir, ".driftmgr-*")); err != nil || len(left) > 0 {
			s.t.Errorf("files are left beside the code: %v, %v", left, err)
		}
	}
}

// second adds a state of the same world.
func (s *site) second(hcl string) *worldtest.Root {
	s.t.Helper()
	r := &worldtest.Root{Dir: s.t.TempDir(), File: s.File, Calls: s.Calls, CLIConfig: s.CLIConfig}
	provider, err := os.ReadFile(filepath.Join(s.Dir, "provider.tf"))
	s.must(err)
	r.Write(s.t, "provider.tf", string(provider))
	r.Write(s.t, "main.tf", hcl)
	r.Terraform(s.t, "apply", "-auto-approve")
	s.more = append(s.more, r)
	return r
}

func ptr[T any](v T) *T { return &v }
