package rootmodule

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// unit is what terragrunt makes of a unit's configuration.
type unit struct {
	name      string         // of the configuration: terragrunt.hcl
	backend   string         // remote_state's; empty where there is none
	generates bool           // terragrunt writes the backend block
	config    map[string]any // remote_state's, without what is terragrunt's own
	generated []source       // the files that terragrunt generates
	inputs    map[string]cty.Value
	source    string // the directory of the code, where that is a local one

	// What terraform gets besides the environment and the command line.
	env           map[string]string
	variables     []assignment
	backendConfig []string
}

// unitNames are the files that make a directory a unit of Terragrunt.
var unitNames = []string{"terragrunt.hcl", "terragrunt.hcl.json"}

// rendered is the JSON that terragrunt renders
// (https://terragrunt.gruntwork.io/docs/reference/cli/commands/render).
type rendered struct {
	RemoteState *struct {
		Backend  string
		Config   map[string]any
		Generate map[string]any
	} `json:"remote_state"`
	Generate map[string]struct {
		Path     string
		Contents string
	}
	Inputs    map[string]json.RawMessage
	Terraform *struct {
		Source         *string
		ExtraArguments map[string]struct {
			Commands  []string
			Arguments []string
			EnvVars   map[string]string `json:"env_vars"`
			Required  []string          `json:"required_var_files"`
			Optional  []string          `json:"optional_var_files"`
		} `json:"extra_arguments"`
	}
}

// readUnit returns nil where the directory is no unit of Terragrunt.
func (r *reader) readUnit(ctx context.Context) (*unit, error) {
	i := slices.IndexFunc(unitNames, func(name string) bool { return exists(filepath.Join(r.dir, name)) })
	if i < 0 {
		return nil, nil
	}
	data, err := r.render(ctx, unitNames[i])
	if err != nil {
		return nil, err
	}
	var doc rendered
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fail(r.dir, unitNames[i]+": what terragrunt rendered is not its configuration as JSON", "use a release of terragrunt from 0.55 to 1.x", nil)
	}
	u := &unit{name: unitNames[i], inputs: map[string]cty.Value{}, env: map[string]string{}}
	if rs := doc.RemoteState; rs != nil {
		u.backend, u.generates, u.config = rs.Backend, len(rs.Generate) > 0, backendOnly(rs.Config)
	}
	for _, name := range sortedKeys(doc.Generate) {
		g := doc.Generate[name]
		if base := filepath.Base(g.Path); isConfig(base) {
			u.generated = append(u.generated, source{name: base, text: []byte(g.Contents)})
		}
	}
	for name, raw := range doc.Inputs {
		if t, err := ctyjson.ImpliedType(raw); err == nil {
			if v, err := ctyjson.Unmarshal(raw, t); err == nil {
				u.inputs[name] = v
			}
		}
	}
	r.readTerraform(u, &doc)
	return u, nil
}

// readTerraform reads where the code is, and what terraform gets besides.
func (r *reader) readTerraform(u *unit, doc *rendered) {
	if doc.Terraform == nil {
		return
	}
	if s := doc.Terraform.Source; s != nil && *s != "" {
		if dir, ok := localSource(r.dir, *s); ok {
			u.source = dir
		} else {
			r.warn(u.name + ": the module's source is not a local directory: only provider blocks that terragrunt generates are read")
		}
	}
	file := func(name string) source { return source{name: name, path: inDir(r.dir, name)} }
	for _, name := range sortedKeys(doc.Terraform.ExtraArguments) {
		extra := doc.Terraform.ExtraArguments[name]
		if slices.Contains(extra.Commands, "init") {
			u.backendConfig = append(u.backendConfig, backendArguments(extra.Arguments)...)
		}
		if !slices.Contains(extra.Commands, "plan") && !slices.Contains(extra.Commands, "apply") {
			continue
		}
		maps.Copy(u.env, extra.EnvVars)
		u.variables = append(u.variables, assignments(extra.Arguments, file)...)
		for _, name := range extra.Required {
			u.variables = append(u.variables, assignment{file: file(name)})
		}
		for _, name := range extra.Optional {
			if f := file(name); exists(f.path) {
				u.variables = append(u.variables, assignment{file: f})
			}
		}
	}
}

// localSource returns the directory that a terraform source of Terragrunt names,
// where it is one on this machine. The part before // is what terragrunt copies.
func localSource(dir, source string) (string, bool) {
	if strings.Contains(source, "::") || strings.Contains(source, "?") {
		return "", false
	}
	path, sub, _ := strings.Cut(strings.TrimPrefix(source, "file://"), "//")
	path = inDir(dir, filepath.FromSlash(filepath.Join(path, sub)))
	info, err := os.Stat(path)
	return path, err == nil && info.IsDir()
}

// terragruntOnly are the arguments of remote_state's config that Terragrunt
// keeps to itself: they say how it makes buckets
// (https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#remote_state).
var terragruntOnly = []string{
	"access_tier", "accesslogging_bucket_name", "accesslogging_bucket_tags", "accesslogging_target_object_partition_date_source",
	"accesslogging_target_prefix", "account_kind", "account_replication_type", "account_tier", "allow_blob_public_access",
	"bucket_sse_algorithm", "bucket_sse_kms_key_id", "disable_bucket_update", "dynamodb_table_tags", "enable_bucket_policy_only",
	"enable_lock_table_ssencryption", "enable_soft_delete", "gcs_bucket_labels", "location", "project", "s3_bucket_tags",
	"skip_bucket_accesslogging", "skip_bucket_creation", "skip_bucket_enforced_tls", "skip_bucket_public_access_blocking",
	"skip_bucket_root_access", "skip_bucket_ssencryption", "skip_bucket_versioning", "skip_container_creation",
	"skip_credentials_validation_on_init", "skip_resource_group_creation", "skip_storage_account_creation", "skip_versioning",
	"soft_delete_retention_days", "tags",
}

func backendOnly(config map[string]any) map[string]any {
	attrs := map[string]any{}
	for key, v := range config {
		if v = known(v); v != nil && !slices.Contains(terragruntOnly, key) {
			attrs[key] = v
		}
	}
	shapeBlocks(attrs)
	return attrs
}

// render returns terragrunt's configuration as JSON. It evaluates what the
// configuration calls (run_cmd, outputs of dependencies); downloads go to a
// directory that is removed, and buckets are neither made nor changed.
func (r *reader) render(ctx context.Context, name string) ([]byte, error) {
	path, err := exec.LookPath("terragrunt")
	if err != nil {
		return nil, fail(r.dir, name+" is Terragrunt's, and there is no terragrunt on PATH", "install terragrunt, or name the state itself", err)
	}
	dir, err := os.MkdirTemp("", "driftmgr-terragrunt-")
	if err != nil {
		return nil, fail(r.dir, "there is no temporary directory: "+cause(err), "set TMPDIR to one that this user may write to", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory that stays does no harm
	t := &terragrunt{path: path, dir: r.dir, env: append(slices.Clone(r.options.Environ), terragruntEnv(dir)...)}
	data, err := t.render(ctx, filepath.Join(dir, "rendered.json"))
	switch {
	case ctx.Err() != nil:
		return nil, fail(r.dir, ctx.Err().Error(), "", ctx.Err())
	case err != nil:
		return nil, fail(r.dir, name+": terragrunt cannot render it: "+err.Error(), "see what it says: cd there and run "+t.command(), nil)
	}
	return data, nil
}

// terragruntEnv are the settings of both generations of the command line.
func terragruntEnv(dir string) []string {
	download := filepath.Join(dir, "cache")
	return []string{
		"TERRAGRUNT_DOWNLOAD=" + download, "TG_DOWNLOAD_DIR=" + download,
		"TERRAGRUNT_NON_INTERACTIVE=true", "TG_NON_INTERACTIVE=true",
		"TERRAGRUNT_NO_COLOR=true", "TG_NO_COLOR=true",
		"TERRAGRUNT_LOG_LEVEL=error", "TG_LOG_LEVEL=error",
		"TERRAGRUNT_FAIL_ON_STATE_BUCKET_CREATION=true", "TG_BACKEND_REQUIRE_BOOTSTRAP=true", "TG_BACKEND_BOOTSTRAP=false",
		"TERRAGRUNT_DISABLE_BUCKET_UPDATE=true", "TG_DISABLE_BUCKET_UPDATE=true",
	}
}

// terragrunt runs the command of that name.
type terragrunt struct {
	path, dir string
	env       []string
	old       bool // it has render-json, which writes a file, and no render
}

// render asks for the version first: a release that does not know a command
// gives it to terraform.
func (t *terragrunt) render(ctx context.Context, out string) ([]byte, error) {
	version, err := t.run(ctx, "--version")
	if err != nil {
		return nil, err
	}
	t.old = before(string(version), 0, 77, 17)
	if !t.old {
		return t.run(ctx, "render", "--format", "json")
	}
	if _, err := t.run(ctx, "render-json", "--terragrunt-json-out", out); err != nil {
		return nil, err
	}
	data, err := readFile(out, "rendered.json")
	if err != nil {
		return nil, errors.New("it wrote no JSON")
	}
	return data, nil
}

func (t *terragrunt) command() string {
	if t.old {
		return "terragrunt render-json"
	}
	return "terragrunt render --format json"
}

func (t *terragrunt) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, t.path, args...) // #nosec G204 -- the user's own terragrunt
	cmd.Dir, cmd.Env = t.dir, t.env
	stdout, stderr := &head{limit: maxFile}, &tail{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// What it started (terraform, run_cmd) may outlive it and hold its output open.
	cmd.WaitDelay = time.Second
	if runtime.GOOS != "windows" { // which knows no interrupt
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	}
	err := cmd.Run()
	switch e := (*exec.ExitError)(nil); {
	case stdout.full:
		return nil, fmt.Errorf("it writes more than %d MiB", maxFile>>20)
	case errors.As(err, &e):
		return nil, errors.New(lastLine(string(stderr.text), e))
	case err != nil && !errors.Is(err, exec.ErrWaitDelay): // which a success has whose children live on
		return nil, errors.New("it cannot be run: " + cause(err))
	}
	return stdout.text.Bytes(), nil
}

// head keeps what is written up to a limit, beyond which writing fails.
type head struct {
	text  bytes.Buffer
	limit int
	full  bool
}

func (h *head) Write(p []byte) (int, error) {
	if h.full = h.full || h.text.Len()+len(p) > h.limit; h.full {
		return 0, errors.New("the output is too long")
	}
	return h.text.Write(p)
}

// tail keeps the end of what is written.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 64 << 10
	t.text = append(t.text, p...)
	if len(t.text) > most {
		t.text = append(t.text[:0], t.text[len(t.text)-most:]...)
	}
	return len(p), nil
}

// lastLine is the end of what terragrunt says, where the reason is, without its
// prefix of time and level.
func lastLine(text string, exit *exec.ExitError) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	prefix := regexp.MustCompile(`^(time=\S+ level=\S+ (prefix=\S+ )?(msg=)?|[0-9:.]+ +[A-Z]+ +)`)
	for _, line := range slices.Backward(lines) {
		line = strings.TrimSpace(prefix.ReplaceAllString(strings.TrimSpace(line), ""))
		if line == "" || strings.HasPrefix(strings.ToLower(line), "unable to determine underlying exit code") {
			continue
		}
		if resource.SecretValue(line) {
			return "its message is left out, as it looks like a secret"
		}
		const most = 300
		if runes := []rune(line); len(runes) > most {
			line = string(runes[:most]) + "…"
		}
		return line
	}
	return exit.Error()
}

// before reports whether a version is older than the one given. A text without
// a version ("latest", as builds from source have it) is not.
func before(text string, want ...int) bool {
	found := regexp.MustCompile(`(\d+)\.(\d+)\.(\d+)`).FindStringSubmatch(text)
	if found == nil {
		return false
	}
	for i, w := range want {
		if n, err := strconv.Atoi(found[i+1]); err != nil || n != w {
			return err == nil && n < w
		}
	}
	return false
}
