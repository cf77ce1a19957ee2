package terraform_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// terraforms is a Terraform that plans, shows and applies nothing much. It writes the
// plan that it is to save.
const terraforms = `
out=
for a in "$@"; do case "$a" in -out=*) out="${a#-out=}";; esac; done
case "$1 $2" in
"version ") echo "Terraform v1.11.4";;
"version -json") echo '{"terraform_version":"1.11.4","provider_selections":{}}';;
"state pull") echo '` + content + `';;
"workspace list") printf '  default\n* prod\n';;
"plan "*) echo planned >> "$out";;
"show "*) case "$*" in *-json*) cat "${0%/*}/show" ;; *) echo "a plan in $PWD";; esac;;
"apply "*) cat "${0%/*}/apply";;
esac
`

const shows = `{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{},"configuration":{},
"resource_changes":[
 {"address":"aws_vpc.a","mode":"managed","type":"aws_vpc","name":"a","change":{"actions":["delete","create"],"before":{"account":9007199254740993},"after":{"account":9007199254740992},"after_unknown":{"id":true},"before_sensitive":{},"after_sensitive":{"p":true},"replace_paths":[["disks",0,"size"]]}},
 {"address":"data.aws_ami.x","mode":"data","type":"aws_ami","name":"x","change":{"actions":["read"],"before":null,"after":{}}}],
"resource_drift":[{"address":"aws_vpc.b","mode":"managed","type":"aws_vpc","name":"b","change":{"actions":["update"],"before":{},"after":{}}}],
"output_changes":{"z":{"actions":["update"]},"a":{"actions":["create"]},"same":{"actions":["no-op"]}}}`

// opens makes a root module and a Terraform for it.
func opens(t *testing.T, body string, o terraform.RootOptions, vars ...string) (r *terraform.Root, dir, bin string) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	dir, bin = t.TempDir(), fake(t, "terraform", body)
	put(t, filepath.Join(dir, "main.tf"), "")
	put(t, filepath.Join(bin, "show"), shows)
	put(t, filepath.Join(bin, "apply"), "")
	o.Environ = onPath([]string{bin}, vars...)
	r, err := terraform.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	forget(t, bin)
	return r, dir, bin
}

// calls are the arguments that a fake was called with, and forget forgets them.
func calls(t *testing.T, bin string) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(get(t, filepath.Join(bin, "argv")), "\n"), "\n")
}

func forget(t *testing.T, bin string) {
	t.Helper()
	if err := os.Remove(filepath.Join(bin, "argv")); err != nil {
		t.Fatal(err)
	}
}

func environ(t *testing.T, bin string) []string {
	t.Helper()
	return strings.Split(get(t, filepath.Join(bin, "env")), "\n")
}

// leaves proves that nothing is left of what was made on the way.
func leaves(t *testing.T, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("left behind: %q", got)
	}
}

func TestPlanArguments(t *testing.T) {
	tests := []struct {
		name string
		req  terraform.PlanRequest
		o    terraform.RootOptions
		want string
	}{
		{"everything", terraform.PlanRequest{}, terraform.RootOptions{}, ""},
		{"targets", terraform.PlanRequest{Targets: []string{"aws_vpc.a", `aws_vpc.b["x y"]`}}, terraform.RootOptions{}, ` -target=aws_vpc.a -target=aws_vpc.b["x y"]`},
		{"refresh-only", terraform.PlanRequest{RefreshOnly: true, Targets: []string{"aws_vpc.a"}}, terraform.RootOptions{}, " -refresh-only -target=aws_vpc.a"},
		{"no refresh", terraform.PlanRequest{NoRefresh: true}, terraform.RootOptions{}, " -refresh=false"},
		{"generate", terraform.PlanRequest{Generate: "/tmp/generated.tf"}, terraform.RootOptions{}, " -generate-config-out=/tmp/generated.tf"},
		{"variables", terraform.PlanRequest{}, terraform.RootOptions{Vars: []string{"a=b"}, VarFiles: []string{"/vars/x.tfvars"}}, " -var-file=/vars/x.tfvars -var=a=b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if len(tt.o.VarFiles) > 0 {
				tt.o.VarFiles[0] = filepath.Join(t.TempDir(), "x.tfvars")
				put(t, tt.o.VarFiles[0], "")
				tt.want = strings.Replace(tt.want, "/vars/x.tfvars", tt.o.VarFiles[0], 1)
			}
			r, dir, bin := opens(t, terraforms, tt.o)
			before := dump(t, dir)
			tt.req.Out = filepath.Join(t.TempDir(), "plan")
			if _, err := r.Plan(t.Context(), tt.req); err != nil {
				t.Fatal(err)
			}
			want := []string{
				dir + ": plan -json -input=false -no-color -lock=false -out=" + tt.req.Out + tt.want,
				dir + ": version -json",
				dir + ": show -json -no-color " + tt.req.Out,
			}
			if got := calls(t, bin); !slices.Equal(got, want) {
				t.Errorf("calls\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			for _, call := range calls(t, bin) {
				for _, word := range []string{"-destroy", "-auto-approve", "-lock=true", "-replace", "force-unlock", "init"} {
					if strings.Contains(call, word) {
						t.Errorf("%s in %s", word, call)
					}
				}
			}
			if info, err := os.Stat(tt.req.Out); err != nil || info.Mode() != 0o600 || get(t, tt.req.Out) != "planned\n" {
				t.Errorf("the plan: %v, %v", info, err)
			}
			if after := dump(t, dir); !maps.Equal(before, after) {
				t.Errorf("planning has changed the directory")
			}
			leaves(t)
		})
	}
}

func TestPlanSays(t *testing.T) {
	r, _, _ := opens(t, terraforms, terraform.RootOptions{})
	p, err := r.Plan(t.Context(), terraform.PlanRequest{Out: filepath.Join(t.TempDir(), "plan")})
	if err != nil {
		t.Fatal(err)
	}
	if p.Version != "1.11.4" || !slices.Equal(p.Outputs, []string{"a", "z"}) || len(p.Changes) != 1 || len(p.Drift) != 1 || p.Drift[0].Address != "aws_vpc.b" {
		t.Errorf("%+v", p)
	}
	if c := p.Changes[0]; !c.Is("delete", "create") || same(c.Before, c.After) {
		t.Errorf("two numbers are one: %v %v", c.Before, c.After)
	}
}

func same(a, b any) bool {
	x, y := a.(map[string]any)["account"], b.(map[string]any)["account"]
	return x == y
}

// A plan with other files is made in a copy, of which nothing is left.
func TestPlanInACopy(t *testing.T) {
	body := strings.Replace(terraforms, `"plan "*) echo`, `"plan "*) cat main.tf new.tf > "${0%/*}/read"; echo`, 1)
	r, dir, bin := opens(t, body, terraform.RootOptions{Workspace: "prod"})
	put(t, filepath.Join(dir, ".terraform", "providers"), "")
	before := dump(t, dir)
	out := filepath.Join(t.TempDir(), "plan")
	files := map[string][]byte{"main.tf": []byte("main "), "new.tf": []byte("new")}
	if _, err := r.Plan(t.Context(), terraform.PlanRequest{Out: out, Files: files}); err != nil {
		t.Fatal(err)
	}
	if got := get(t, filepath.Join(bin, "read")); got != "main new" {
		t.Errorf("Terraform read %q", got)
	}
	got := calls(t, bin)
	if place, _, _ := strings.Cut(got[0], ": "); !strings.HasPrefix(place, os.Getenv("TMPDIR")) || !strings.HasSuffix(place, dir) {
		t.Errorf("planned in %s", place)
	}
	for _, call := range got[1:] {
		if !strings.HasPrefix(call, dir+": ") {
			t.Errorf("a copy that is not there any more is used: %s", call)
		}
	}
	if after := dump(t, dir); !maps.Equal(before, after) {
		t.Error("planning has changed the directory")
	}
	leaves(t)
}

func TestPlanThatNamesItsPlace(t *testing.T) {
	body := strings.Replace(terraforms, `"plan "*) echo`, `"plan "*) echo "$PWD" > "${0%/*}/place"; echo`, 1)
	body = strings.Replace(body, `cat "${0%/*}/show"`, `sed "s|aws_ami.x|$(cat "${0%/*}/place")|" "${0%/*}/show"`, 1)
	r, dir, _ := opens(t, body, terraform.RootOptions{})
	out := filepath.Join(t.TempDir(), "plan")
	_, err := r.Plan(t.Context(), terraform.PlanRequest{Out: out, Files: map[string][]byte{"new.tf": []byte("x")}})
	if want := "state " + dir + ": the code uses its own absolute path (path.cwd, abspath); edit the code by hand: what is planned in a copy of it would not be what is meant"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := r.Plan(t.Context(), terraform.PlanRequest{Out: out}); err != nil {
		t.Errorf("in its own directory: %v", err)
	}
}

// The environment of a plan is the user's; that of an apply has the saved plan's
// variables already, and the credentials that may write.
func TestEnvironmentOfPlanAndApply(t *testing.T) {
	own := filepath.Join(t.TempDir(), "data")
	put(t, filepath.Join(own, "environment"), "other")
	put(t, filepath.Join(own, "terraform.tfstate"), "{}")
	r, _, bin := opens(t, terraforms, terraform.RootOptions{Workspace: "prod"}, "TF_VAR_secret=hunter2", "AWS_PROFILE=read", "TF_DATA_DIR="+own, "TF_LOG=trace", "TF_CLI_ARGS_apply=-destroy", "TF_CLI_ARGS=-lock=false", "TF_WORKSPACE=other", "TF_REATTACH_PROVIDERS={}")
	out := filepath.Join(t.TempDir(), "plan")
	if _, err := r.Plan(t.Context(), terraform.PlanRequest{Out: out}); err != nil {
		t.Fatal(err)
	}
	// What the fake saw last is show, which like apply has a data directory of its own.
	check := func(what string, has, not []string) {
		t.Helper()
		env := environ(t, bin)
		for _, v := range has {
			if !slices.Contains(env, v) {
				t.Errorf("%s: %s is missing", what, v)
			}
		}
		for _, v := range env {
			for _, prefix := range append(not, "TF_CLI_ARGS", "TF_LOG=trace", "TF_REATTACH_PROVIDERS", "TF_WORKSPACE=other") {
				if strings.HasPrefix(v, prefix) {
					t.Errorf("%s: %s is there", what, v)
				}
			}
		}
	}
	check("show", []string{"AWS_PROFILE=read", "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1"}, []string{"TF_VAR_", "TF_DATA_DIR=" + own, "TF_WORKSPACE"})
	if got := get(t, filepath.Join(bin, "data")); got != "environment\nterraform.tfstate\n" {
		t.Errorf("the data directory has %q", got)
	}
	if err := r.Apply(t.Context(), out, []string{"AWS_PROFILE=write", "TF_VAR_extra=hunter2", "WRITE_TOKEN=x"}, func(terraform.Progress) {}); err != nil {
		t.Fatal(err)
	}
	check("apply", []string{"AWS_PROFILE=write", "WRITE_TOKEN=x"}, []string{"TF_VAR_", "AWS_PROFILE=read", "TF_DATA_DIR=" + own, "TF_WORKSPACE"})
	if get(t, filepath.Join(own, "environment")) != "other" {
		t.Error("the user's workspace has changed")
	}
	// The credentials were for the apply alone.
	if _, err := r.Show(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	check("show after it", []string{"AWS_PROFILE=read"}, []string{"WRITE_TOKEN", "AWS_PROFILE=write"})
	if err := os.Remove(filepath.Join(bin, "env")); err != nil {
		t.Fatal(err)
	}
	leaves(t)
}

func TestEnvironmentOfAPlan(t *testing.T) {
	body := strings.Replace(terraforms, `"plan "*) echo`, `"plan "*) env > "${0%/*}/plan-env"; echo`, 1)
	r, _, bin := opens(t, body, terraform.RootOptions{Workspace: "prod"}, "TF_VAR_secret=hunter2", "TF_DATA_DIR=/data", "TF_CLI_ARGS_plan=-destroy")
	if _, err := r.Plan(t.Context(), terraform.PlanRequest{Out: filepath.Join(t.TempDir(), "plan")}); err != nil {
		t.Fatal(err)
	}
	env := strings.Split(get(t, filepath.Join(bin, "plan-env")), "\n")
	for _, v := range []string{"TF_VAR_secret=hunter2", "TF_WORKSPACE=prod", "TF_INPUT=0"} {
		if !slices.Contains(env, v) {
			t.Errorf("%s is missing", v)
		}
	}
	if slices.Contains(env, "TF_CLI_ARGS_plan=-destroy") {
		t.Error("TF_CLI_ARGS_plan is passed on")
	}
}

func TestApplyArguments(t *testing.T) {
	r, dir, bin := opens(t, terraforms, terraform.RootOptions{Workspace: "prod", Vars: []string{"a=b"}, VarFiles: []string{"x.tfvars"}})
	put(t, filepath.Join(bin, "apply"), `{"type":"apply_start","hook":{"resource":{"addr":"aws_vpc.a"},"action":"update"}}`+"\n"+`{"type":"apply_complete","hook":{"resource":{"addr":"aws_vpc.a"},"action":"update","elapsed_seconds":1}}`+"\n")
	var shown []string
	err := r.Apply(t.Context(), "/plans/p.tfplan", nil, func(p terraform.Progress) { shown = append(shown, p.Address+" "+p.Text) })
	if err != nil || !slices.Equal(shown, []string{"aws_vpc.a update…", "aws_vpc.a update done after 1s"}) {
		t.Errorf("%q, %v", shown, err)
	}
	got := calls(t, bin)
	apply := got[len(got)-1]
	place, args, _ := strings.Cut(apply, ": ")
	if place != dir {
		t.Errorf("applied in %s", place)
	}
	// The plan file is the last, and nothing says anything else of what is to be done.
	words := strings.Fields(args)
	if words[0] != "apply" || words[len(words)-1] != "-json" && words[len(words)-1] != "/plans/p.tfplan" || !slices.Contains(words, "/plans/p.tfplan") {
		t.Errorf("called %s", args)
	}
	for _, w := range words[1:] {
		if !slices.Contains([]string{"-no-color", "-auto-approve", "-input=false", "-lock=true", "-parallelism=10", "-refresh=true", "-json", "/plans/p.tfplan"}, w) {
			t.Errorf("called with %s", w)
		}
	}
	for _, w := range []string{"-lock=true", "-input=false", "-json"} {
		if !slices.Contains(words, w) {
			t.Errorf("called without %s", w)
		}
	}
	if got := get(t, filepath.Join(bin, "data")); got != "environment\n" {
		t.Errorf("the data directory has %q", got)
	}
	leaves(t)
}

func TestRootErrors(t *testing.T) {
	const password = "hunter2-hunter2"
	diagnostic := func(summary, detail string) string {
		return `{"type":"diagnostic","diagnostic":{"severity":"error","summary":"` + summary + `","detail":"` + detail + `"}}`
	}
	says := func(command, stdout, stderr string) string {
		return "case $1 in " + command + ") cat <<'END'\n" + stdout + "\nEND\ncat >&2 <<'END'\n" + stderr + "\nEND\nexit 1;; esac\n" + terraforms
	}
	apply := func(r *terraform.Root, ctx context.Context, _ string) error {
		return r.Apply(ctx, "/p", nil, func(terraform.Progress) {})
	}
	plan := func(r *terraform.Root, ctx context.Context, out string) error {
		_, err := r.Plan(ctx, terraform.PlanRequest{Out: out})
		return err
	}
	show := func(r *terraform.Root, ctx context.Context, out string) error {
		_, err := r.Show(ctx, out)
		return err
	}
	snapshot := func(r *terraform.Root, ctx context.Context, _ string) error {
		_, err := r.Snapshot(ctx)
		return err
	}
	const lockInfo = `Lock Info:\n  ID:   1\n  Who:  ann@ci\n`
	tests := []struct {
		name string
		body string
		do   func(*terraform.Root, context.Context, string) error
		want string
		is   error
	}{
		{"apply: locked", says("apply", diagnostic("Error acquiring the state lock", lockInfo), ""), apply, "the state is locked by ann@ci; wait until the other operation has ended; terraform force-unlock in DIR frees a lock that was left behind", terraform.ErrLocked},
		{"apply: stale", says("apply", diagnostic("Saved plan is stale", "The given plan file can no longer be applied"), ""), apply, "the state is not the one that the plan was made from; plan again", terraform.ErrStale},
		{"apply: fails", says("apply", diagnostic("creating EC2 VPC: denied", "with aws_vpc.a"), ""), apply, "terraform apply failed: creating EC2 VPC: denied: with aws_vpc.a; run terraform apply in DIR to see all of it", nil},
		{"apply: fails with a secret", says("apply", diagnostic("cannot use "+password+" at https://ann:pw@x/", ""), ""), apply, "terraform apply failed: cannot use *** at https://***@x/; run terraform apply in DIR to see all of it", nil},
		{"apply: fails without a word", "case $1 in apply) exit 3;; esac\n" + terraforms, apply, "terraform apply failed: exit status 3; run terraform apply in DIR to see all of it", nil},
		{"apply: on stderr alone", says("apply", "", "Error: Failed to read the plan"), apply, "terraform apply failed: Failed to read the plan; run terraform apply in DIR to see all of it", nil},
		{"plan: locked", says("plan", "", "Error: Error acquiring the state lock\n\n  Who:  bob@laptop\n"), plan, "the state is locked by bob@laptop; wait until the other operation has ended; terraform force-unlock in DIR frees a lock that was left behind", terraform.ErrLocked},
		{"plan: no value", says("plan", "", "╷\n│ Error: No value for required variable\n│ \n│   on main.tf line 1:"), plan, "a variable of the code has no value; give it with --var-file, --var or TF_VAR_…", nil},
		{"plan: not initialised", says("plan", "", `Error: Required plugins are not installed`), plan, "is not initialised; run terraform init in DIR first, which driftmgr never does, as it writes", nil},
		{"plan: a variable's secret", says("plan", "", "Error: Invalid value "+password), plan, "terraform plan failed: Invalid value ***; run terraform plan in DIR to see all of it", nil},
		{"show: no plan", says("show", "", `Error: Failed to load plan`), show, "terraform show failed: Failed to load plan; run terraform show in DIR to see all of it", nil},
		{"pull: no state", "case $1 in state) exit 0;; esac\n" + terraforms, snapshot, "has no state yet; apply its configuration first, or leave the directory out", fs.ErrNotExist},
		{"pull: no lineage", "case $1 in state) echo '{\"version\":4}'; exit 0;; esac\n" + terraforms, snapshot, "its state has no lineage; see terraform state pull", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, dir, _ := opens(t, tt.body, terraform.RootOptions{}, "TF_VAR_password="+password)
			err := tt.do(r, t.Context(), filepath.Join(t.TempDir(), "plan"))
			var e *state.Error
			if want := "state " + dir + ": " + strings.ReplaceAll(tt.want, "DIR", dir); !errors.As(err, &e) || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v is not %v", err, tt.is)
			}
			leaves(t)
		})
	}
	t.Run("ended", func(t *testing.T) {
		for name, do := range map[string]func(*terraform.Root, context.Context, string) error{"apply": apply, "plan": plan, "show": show} {
			r, dir, _ := opens(t, terraforms, terraform.RootOptions{})
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			err := do(r, ctx, filepath.Join(t.TempDir(), "plan"))
			if !errors.Is(err, terraform.ErrInterrupted) || !errors.Is(err, context.Canceled) || err.Error() != "state "+dir+": "+name+" was interrupted" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestOpen(t *testing.T) {
	t.Run("product and workspace", func(t *testing.T) {
		for _, tt := range []struct {
			o    terraform.RootOptions
			vars []string
			want string
		}{
			{terraform.RootOptions{}, nil, "default"}, {terraform.RootOptions{Workspace: "prod"}, []string{"TF_WORKSPACE=dev"}, "prod"}, {terraform.RootOptions{}, []string{"TF_WORKSPACE=dev"}, "dev"},
		} {
			r, dir, _ := opens(t, terraforms, tt.o, tt.vars...)
			name, version := r.Product()
			if name != "Terraform" || version != "1.11.4" || r.Workspace() != tt.want || r.Dir() != dir {
				t.Errorf("%s %s, workspace %s, want %s", name, version, r.Workspace(), tt.want)
			}
		}
	})
	t.Run("snapshot", func(t *testing.T) {
		r, _, _ := opens(t, terraforms, terraform.RootOptions{Workspace: "prod"})
		s, err := r.Snapshot(t.Context())
		if err != nil || s.Lineage != "2f3c" || s.Serial != 7 || string(s.Data) != content+"\n" {
			t.Errorf("%+v, %v", s, err)
		}
	})
	for name, tt := range map[string]struct {
		dir, body, want string
	}{
		"no directory":   {"/no/dir", terraforms, "there is no such directory; name the directory of a root module, from where the plan was made"},
		"no terraform":   {"", "", "neither terraform nor tofu is on PATH; install Terraform or OpenTofu"},
		"something else": {"", "echo hello", "BIN/terraform is neither Terraform nor OpenTofu: name the binary of one of them"},
		"one that fails": {"", "exit 3", "BIN/terraform version: exit status 3: name the binary of Terraform or OpenTofu"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, env, bin := tt.dir, []string{"PATH=/nowhere"}, ""
			if dir == "" {
				dir = t.TempDir()
			}
			if tt.body != "" {
				bin = fake(t, "terraform", tt.body)
				env = onPath([]string{bin})
			}
			_, err := terraform.Open(t.Context(), dir, terraform.RootOptions{Environ: env})
			if want := "state " + dir + ": " + strings.ReplaceAll(tt.want, "BIN", bin); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// What init was told is in no error.
func TestSecretsOfTheBackend(t *testing.T) {
	r, dir, _ := opens(t, "case $1 in plan|apply|show) echo 'Error: no login with in-the-block' >&2; exit 1;; esac\n"+terraforms, terraform.RootOptions{})
	put(t, filepath.Join(dir, ".terraform", "terraform.tfstate"), `{"backend":{"type":"pg","config":{"conn_str":"in-the-block"}}}`)
	out := filepath.Join(t.TempDir(), "plan")
	_, planned := r.Plan(t.Context(), terraform.PlanRequest{Out: out})
	_, shown := r.Show(t.Context(), out)
	for _, err := range []error{planned, shown, r.Apply(t.Context(), out, nil, func(terraform.Progress) {})} {
		if err == nil || !strings.Contains(err.Error(), "no login with ***") || strings.Contains(err.Error(), "in-the-block") {
			t.Errorf("%v", err)
		}
	}
}

// Terraform that was interrupted while it applies is waited for: it has begun
// something that it alone can end.
func TestApplyWaitsForItsEnd(t *testing.T) {
	body := strings.Replace(terraforms, `"apply "*) `, `"apply "*) trap 'sleep 1; echo ended > "${0%/*}/ended"; exit 1' INT
echo '{"type":"apply_start","hook":{"resource":{"addr":"aws_vpc.a"},"action":"update"}}'
while :; do sleep 0.01; done;;
"x "*) `, 1)
	r, _, bin := opens(t, body, terraform.RootOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := r.Apply(ctx, "/p", nil, func(terraform.Progress) { cancel() })
	if !errors.Is(err, terraform.ErrInterrupted) {
		t.Error(err)
	}
	if got := get(t, filepath.Join(bin, "ended")); got != "ended\n" {
		t.Errorf("%q", got)
	}
}
