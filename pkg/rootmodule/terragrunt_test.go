package rootmodule_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/rootmodule"
)

// script is a terragrunt that notes how it was called, and says what it is told
// to: a release from 0.77.17 on prints JSON, an older one writes it to a file.
// The shape is that of https://terragrunt.gruntwork.io/docs/reference/cli/commands/render.
const script = `#!/bin/sh
echo "$(pwd): $*" >> "$CALLS"
env | grep -E '^(TG|TERRAGRUNT)_' >> "$CALLS.env"
case "$1" in
--version) echo "terragrunt version $VERSION" ;;
render) if [ -n "$FAIL" ]; then echo "$FAIL" >&2; exit 1; fi; cat "$RENDERED" ;;
render-json) if [ -n "$FAIL" ]; then echo "$FAIL" >&2; exit 1; fi; cat "$RENDERED" > "$3" ;;
*) exit 9 ;;
esac
`

const renderedUnit = `{
  "dependencies": null, "locals": {"region": "eu-west-1"}, "prevent_destroy": null,
  "terraform": {"source": "../modules//app", "include_in_copy": null,
    "extra_arguments": {"common": {"name": "common", "commands": ["plan"], "required_var_files": ["common.tfvars"], "optional_var_files": ["nowhere.tfvars"], "arguments": null, "env_vars": null}}},
  "remote_state": {"backend": "s3", "disable_init": false, "disable_dependency_optimization": false,
    "generate": {"path": "backend.tf", "if_exists": "overwrite"}, "encryption": null,
    "config": {"bucket": "states", "key": "live/app/terraform.tfstate", "region": "eu-west-1", "encrypt": true, "dynamodb_table": "locks",
      "s3_bucket_tags": {"a": "b"}, "skip_bucket_versioning": true, "profile": null}},
  "generate": {"provider": {"path": "provider.tf", "if_exists": "overwrite", "comment_prefix": "# ", "disable_signature": false,
    "contents": "provider \"aws\" {\n  region = var.region\n  allowed_account_ids = var.accounts\n}\n"},
    "script": {"path": "x.sh", "contents": "exit 1"}},
  "inputs": {"region": "from-inputs", "accounts": ["111111111111"], "size": 3}
}`

type terragruntRun struct {
	module *rootmodule.Module
	err    error
	calls  string
	env    string
}

// runTerragrunt reads live/app of a tree in which terragrunt renders as told.
func runTerragrunt(t *testing.T, rendered, version, failure string) terragruntRun {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	write(t, filepath.Join(bin, "terragrunt"), script)
	write(t, filepath.Join(dir, "rendered.json"), rendered)
	write(t, filepath.Join(dir, "live/terragrunt.hcl"), "")
	write(t, filepath.Join(dir, "live/app/terragrunt.hcl"), `include "root" { path = find_in_parent_folders() }`)
	write(t, filepath.Join(dir, "live/app/common.tfvars"), `extra = "from-file"`)
	write(t, filepath.Join(dir, "live/modules/app/main.tf"), `
terraform {
  backend "s3" {}
}
variable "region" {}
variable "accounts" { type = list(string) }
variable "extra" {}
provider "google" {
  project  = var.extra
  region   = var.region
  accounts = var.accounts
}
`)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	calls := filepath.Join(dir, "calls")
	environ := append(os.Environ(), "CALLS="+calls, "VERSION="+version, "FAIL="+failure, "RENDERED="+filepath.Join(dir, "rendered.json"))
	t.Chdir(dir)
	t.Setenv("TMPDIR", t.TempDir())
	m, err := rootmodule.Read(t.Context(), "live/app", rootmodule.Options{Environ: environ})
	said, _ := os.ReadFile(calls)
	env, _ := os.ReadFile(calls + ".env")
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("left in the temporary directory: %v", left)
	}
	return terragruntRun{m, err, strings.ReplaceAll(string(said), dir, ""), string(env)}
}

func TestTerragrunt(t *testing.T) {
	for _, tt := range []struct{ version, call string }{
		{"1.1.3", "render --format json"},
		{"v0.77.17", "render --format json"},
		{"latest", "render --format json"},
		{"v0.77.16", "render-json --terragrunt-json-out "},
		{"v0.55.0", "render-json --terragrunt-json-out "},
	} {
		t.Run(tt.version, func(t *testing.T) {
			r := runTerragrunt(t, renderedUnit, tt.version, "")
			if r.err != nil {
				t.Fatal(r.err)
			}
			calls := strings.Split(r.calls, "\n")
			if len(calls) != 3 || calls[0] != "/live/app: --version" || !strings.HasPrefix(calls[1], "/live/app: "+tt.call) {
				t.Errorf("calls %q; want --version and %q", calls, tt.call)
			}
			for _, setting := range []string{
				"TG_BACKEND_BOOTSTRAP=false", "TG_BACKEND_REQUIRE_BOOTSTRAP=true", "TERRAGRUNT_FAIL_ON_STATE_BUCKET_CREATION=true",
				"TG_NON_INTERACTIVE=true", "TERRAGRUNT_NON_INTERACTIVE=true", "TERRAGRUNT_DOWNLOAD=" + os.Getenv("TMPDIR"), "TG_DOWNLOAD_DIR=" + os.Getenv("TMPDIR"),
			} {
				if !strings.Contains(r.env, setting) {
					t.Errorf("it ran without %s", setting)
				}
			}
			got, err := json.Marshal(map[string]any{"block": r.module.Block, "from": r.module.From, "providers": r.module.Providers, "warnings": r.module.Warnings})
			if err != nil {
				t.Fatal(err)
			}
			const want = `{"block":{"Type":"s3","Attrs":{"bucket":"states","dynamodb_table":"locks","encrypt":true,"key":"live/app/terraform.tfstate","region":"eu-west-1"},"Workspace":"default","Dir":"live/app"},` +
				`"from":"terragrunt.hcl","providers":[` +
				`{"Source":"","Address":"provider[\"registry.terraform.io/hashicorp/aws\"]","Name":"aws","Attrs":{"allowed_account_ids":["111111111111"],"region":"from-inputs"},"Unknown":null},` +
				`{"Source":"","Address":"provider[\"registry.terraform.io/hashicorp/google\"]","Name":"google","Attrs":{"accounts":["111111111111"],"project":"from-file","region":"from-inputs"},"Unknown":null}],"warnings":null}`
			if string(got) != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestTerragruntGeneratedBackend(t *testing.T) {
	r := runTerragrunt(t, `{"generate": {"backend": {"path": "backend.tf", "contents": "terraform {\n  backend \"gcs\" {\n    bucket = \"b\"\n  }\n}\n"}},
		"terraform": {"source": "git::https://example.com/modules.git//app?ref=v1"}}`, "1.1.3", "")
	if r.err != nil {
		t.Fatal(r.err)
	}
	if m := r.module; m.Block.Type != "gcs" || m.Block.Attrs["bucket"] != "b" || m.From != "backend.tf:2" {
		t.Errorf("got %+v from %s", m.Block, m.From)
	}
	const want = "terragrunt.hcl: the module's source is not a local directory: only provider blocks that terragrunt generates are read"
	if len(r.module.Warnings) != 1 || r.module.Warnings[0] != want {
		t.Errorf("warnings %q; want %q", r.module.Warnings, want)
	}
}

func TestTerragruntErrors(t *testing.T) {
	tests := []struct{ name, rendered, version, failure, want string }{
		{"its own, with its prefix", renderedUnit, "1.1.3", "12:00:00.000 ERROR  Error: Attempt to get attribute from null value\n12:00:00.001 ERROR  Unable to determine underlying exit code, so Terragrunt will exit with error code 1",
			"state live/app: terragrunt.hcl: terragrunt cannot render it: Error: Attempt to get attribute from null value; see what it says: cd there and run terragrunt render --format json"},
		{"its own, in an old release", renderedUnit, "0.55.0", "time=2026-01-02T03:04:05Z level=error msg=no such function",
			"state live/app: terragrunt.hcl: terragrunt cannot render it: no such function; see what it says: cd there and run terragrunt render-json"},
		{"a secret", renderedUnit, "1.1.3", "12:00:00.000 ERROR  https://ann:" + "hunter2@example.com/modules.git is not found",
			"state live/app: terragrunt.hcl: terragrunt cannot render it: its message is left out, as it looks like a secret; see what it says: cd there and run terragrunt render --format json"},
		{"no JSON", "locals {}", "1.1.3", "",
			"state live/app: terragrunt.hcl: what terragrunt rendered is not its configuration as JSON; use a release of terragrunt from 0.55 to 1.x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := runTerragrunt(t, tt.rendered, tt.version, tt.failure)
			if r.err == nil || r.err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", r.err, tt.want)
			}
		})
	}
}

// What extra_arguments add counts as on terraform's command line: env_vars win over
// the environment, and each file or value over the one before.
func TestTerragruntExtraArguments(t *testing.T) {
	r := runTerragrunt(t, `{
  "terraform": {"source": "../modules//app", "extra_arguments": {
    "a": {"commands": ["plan"], "env_vars": {"TF_VAR_region": "from-env-vars"}, "required_var_files": ["common.tfvars"],
      "arguments": ["-lock=false", "-var", "extra=before-the-file", "-var=accounts=[\"222222222222\"]", "-var"]},
    "b": {"commands": ["init"], "arguments": ["-backend-config=bucket=from-init", "-var=extra=no"]},
    "c": {"commands": ["output"], "arguments": ["-var=extra=no"], "env_vars": {"TF_VAR_region": "no"}}}},
  "inputs": {"region": "from-inputs"}}`, "1.1.3", "")
	if r.err != nil {
		t.Fatal(r.err)
	}
	got, err := json.Marshal(map[string]any{"block": r.module.Block.Attrs, "google": r.module.Providers[0].Attrs})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"block":{"bucket":"from-init"},"google":{"accounts":["222222222222"],"project":"from-file","region":"from-env-vars"}}`; string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTerragruntTooMuch(t *testing.T) {
	r := runTerragrunt(t, strings.Repeat(" ", 17<<20), "1.1.3", "")
	const want = "state live/app: terragrunt.hcl: terragrunt cannot render it: it writes more than 16 MiB; see what it says: cd there and run terragrunt render --format json"
	if r.err == nil || r.err.Error() != want {
		t.Errorf("got  %v\nwant %s", r.err, want)
	}
}

func TestTerragruntEnds(t *testing.T) {
	dir := t.TempDir()
	// What terragrunt starts holds its output open.
	write(t, filepath.Join(dir, "bin/terragrunt"), "#!/bin/sh\nsleep 60\n")
	write(t, filepath.Join(dir, "app/terragrunt.hcl"), "")
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := rootmodule.Read(ctx, filepath.Join(dir, "app"), rootmodule.Options{Environ: os.Environ()}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v; want %v", err, context.DeadlineExceeded)
	}
}
