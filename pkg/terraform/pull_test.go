package terraform_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

const content = `{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"2f3c","outputs":{},"resources":[]}`

// fake writes a shell script that is named as the binary, and returns the
// directory that it is in. It notes in DIR/argv what it is called with, in
// DIR/env its environment, and then does what body says.
func fake(t *testing.T, name, body string) string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\necho \"$PWD: $*\" >> " + dir + "/argv\nenv > " + dir + "/env\nls -A \"$TF_DATA_DIR\" > " + dir + "/data\n" + body + "\n"
	put(t, filepath.Join(dir, name), script)
	if err := os.Chmod(filepath.Join(dir, name), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// dump is everything in a directory that a write would change.
func dump(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		out[path] = fmt.Sprint(info.Mode(), info.Size(), info.ModTime().UnixNano())
		if info.Mode().IsRegular() {
			out[path] += fmt.Sprintf(" %x", sha256.Sum256([]byte(get(t, path))))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pull reads a source, and proves that the directory and the temporary files are
// as they were.
func pull(ctx context.Context, t *testing.T, dir string, o terraform.PullOptions) (string, error) {
	t.Helper()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	before := map[string]string{}
	if _, err := os.Stat(dir); err == nil {
		before = dump(t, dir)
	}
	r, err := terraform.Pulled(dir, o).Open(ctx)
	text := ""
	if err == nil {
		data, readErr := io.ReadAll(r)
		r.Close()
		text, err = string(data), readErr
	}
	if len(before) > 0 {
		if after := dump(t, dir); !maps.Equal(before, after) {
			t.Errorf("pulling has changed the directory\nbefore %v\nafter  %v", before, after)
		}
	}
	if left, _ := os.ReadDir(temp); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	return text, err
}

// onPath is an environment with these directories before the system's own.
func onPath(dirs []string, vars ...string) []string {
	return append([]string{"PATH=" + strings.Join(append(slices.Clone(dirs), "/usr/bin", "/bin"), ":"), "HOME=/nowhere"}, vars...)
}

const pulls = "[ \"$1\" = state ] && echo '" + content + "'\n[ \"$1\" = workspace ] && printf '  default\\n* dev\\n  prod\\n'\ntrue"

func TestPull(t *testing.T) {
	tests := []struct {
		name   string
		binary string
		files  map[string]string
		o      terraform.PullOptions
		vars   []string
		want   []string // the calls
	}{
		{"default workspace", "terraform", nil, terraform.PullOptions{}, nil, []string{"state pull -no-color"}},
		{"workspace", "terraform", nil, terraform.PullOptions{Workspace: "prod"}, nil, []string{"workspace list -no-color", "state pull -no-color"}},
		{"workspace of the environment", "terraform", nil, terraform.PullOptions{}, []string{"TF_WORKSPACE=prod"}, []string{"workspace list -no-color", "state pull -no-color"}},
		{"selected workspace", "terraform", map[string]string{".terraform/environment": "dev"}, terraform.PullOptions{}, nil, []string{"workspace list -no-color", "state pull -no-color"}},
		{"another than the selected workspace", "terraform", map[string]string{".terraform/environment": "dev"}, terraform.PullOptions{Workspace: "default"}, nil, []string{"state pull -no-color"}},
		{"only OpenTofu", "tofu", nil, terraform.PullOptions{}, nil, []string{"state pull -no-color"}},
		{"file of OpenTofu", "tofu", map[string]string{"main.tofu": ""}, terraform.PullOptions{}, nil, []string{"state pull -no-color"}},
		{"state that exists in a backend that would create it", "terraform", map[string]string{".terraform/terraform.tfstate": `{"backend":{"type":"gcs"}}`}, terraform.PullOptions{Exists: true}, nil, []string{"state pull -no-color"}},
		{"backend that creates nothing", "terraform", map[string]string{".terraform/terraform.tfstate": `{"backend":{"type":"oss"}}`}, terraform.PullOptions{}, nil, []string{"state pull -no-color"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, bin := t.TempDir(), fake(t, tt.binary, pulls)
			for name, text := range tt.files {
				put(t, filepath.Join(dir, name), text)
			}
			tt.o.Environ = onPath([]string{bin}, tt.vars...)
			got, err := pull(t.Context(), t, dir, tt.o)
			if err != nil || got != content+"\n" {
				t.Fatalf("read %q, %v", got, err)
			}
			want := ""
			for _, call := range tt.want {
				want += dir + ": " + call + "\n"
			}
			if got := get(t, filepath.Join(bin, "argv")); got != want {
				t.Errorf("calls\n%swant\n%s", got, want)
			}
		})
	}
}

func TestBinary(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing said", map[string]string{"main.tf": ""}, "terraform"},
		{"tofu file", map[string]string{"main.tofu": ""}, "tofu"},
		{"tofu file as JSON", map[string]string{"main.tofu.json": "{}"}, "tofu"},
		{"version file", map[string]string{".opentofu-version": "1.11.0"}, "tofu"},
		{"lock file of OpenTofu", map[string]string{".terraform.lock.hcl": "provider \"registry.opentofu.org/hashicorp/aws\" {\n}\n"}, "tofu"},
		{"lock file of Terraform", map[string]string{".terraform.lock.hcl": "provider \"registry.terraform.io/hashicorp/aws\" {\n}\n"}, "terraform"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.files {
				put(t, filepath.Join(dir, name), text)
			}
			env := onPath([]string{fake(t, "terraform", "echo terraform"), fake(t, "tofu", "echo tofu")})
			got, err := pull(t.Context(), t, dir, terraform.PullOptions{Environ: env})
			if err != nil || strings.TrimSpace(got) != tt.want {
				t.Errorf("ran %q, %v; want %s", got, err, tt.want)
			}
		})
	}
	t.Run("named", func(t *testing.T) {
		bin := fake(t, "terraform-1.5", "echo 1.5")
		got, err := pull(t.Context(), t, t.TempDir(), terraform.PullOptions{Environ: onPath(nil), ExecPath: filepath.Join(bin, "terraform-1.5")})
		if err != nil || got != "1.5\n" {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("not from the directory that is read", func(t *testing.T) {
		dir := t.TempDir()
		t.Chdir(dir)
		put(t, filepath.Join(dir, "terraform"), "#!/bin/sh\necho no\n")
		if err := os.Chmod("terraform", 0o700); err != nil {
			t.Fatal(err)
		}
		if got, err := pull(t.Context(), t, dir, terraform.PullOptions{Environ: []string{"PATH=.:"}}); err == nil {
			t.Errorf("ran %q", got)
		}
	})
}

func TestEnvironment(t *testing.T) {
	dir, bin := t.TempDir(), fake(t, "terraform", pulls)
	put(t, filepath.Join(dir, "data", "environment"), "dev")
	put(t, filepath.Join(dir, "data", "terraform.tfstate"), `{"backend":{"type":"local"}}`)
	put(t, filepath.Join(dir, "data", "providers", "p"), "")
	passed := []string{"AWS_PROFILE=prod", "TF_TOKEN_app_terraform_io=t", "TF_VAR_passphrase=p", "TF_ENCRYPTION=e", "TF_CLI_CONFIG_FILE=c", "HTTPS_PROXY=x"}
	held := []string{"TF_LOG=trace", "TF_LOG_PATH=/log", "TF_LOG_CORE=trace", "TF_INPUT=1", "TF_CLI_ARGS=-help", "TF_CLI_ARGS_state=-help", "TF_WORKSPACE=dev", "TF_REATTACH_PROVIDERS={}", "CHECKPOINT_DISABLE="}
	_, err := pull(t.Context(), t, dir, terraform.PullOptions{Workspace: "prod", Environ: onPath([]string{bin}, append(slices.Concat(passed, held), "TF_DATA_DIR=data")...)})
	if err != nil {
		t.Fatal(err)
	}
	env := strings.Split(get(t, filepath.Join(bin, "env")), "\n")
	for _, v := range append(passed, "TF_INPUT=0", "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_WORKSPACE=prod") {
		if !slices.Contains(env, v) {
			t.Errorf("%s is missing", v)
		}
	}
	for _, v := range held {
		if slices.Contains(env, v) {
			t.Errorf("%s is passed on", v)
		}
	}
	if slices.Contains(env, "TF_DATA_DIR=data") {
		t.Error("the data directory is the user's own")
	}
	if got := get(t, filepath.Join(bin, "data")); got != "providers\nterraform.tfstate\n" {
		t.Errorf("the copy of the data directory has %q", got)
	}
}

func TestString(t *testing.T) {
	for want, s := range map[string]state.Source{
		"pull:./envs/prod/":             terraform.Pulled("./envs/prod/", terraform.PullOptions{}),
		"pull:envs?workspace=eu-prod":   terraform.Pulled("envs", terraform.PullOptions{Workspace: "eu-prod"}),
		"pull:envs?workspace=terraform": terraform.Pulled("envs", terraform.PullOptions{Workspace: "terraform", ExecPath: "/opt/tofu"}),
	} {
		if got := s.String(); got != want {
			t.Errorf("got %s; want %s", got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	const password = "hunter2-hunter2"
	says := func(text string) string { return "cat >&2 <<'END'\n" + text + "\nEND\nexit 1" }
	backend := func(kind, config string) map[string]string {
		return map[string]string{".terraform/terraform.tfstate": `{"version":3,"backend":{"type":"` + kind + `","config":{` + config + `}}}`}
	}
	tests := []struct {
		name  string
		body  string // of terraform; empty where there is none
		files map[string]string
		o     terraform.PullOptions
		vars  []string
		want  string
		is    error
	}{
		{name: "no binary", want: "neither terraform nor tofu is on PATH; install Terraform or OpenTofu"},
		{name: "no tofu", body: pulls, files: map[string]string{"a.tofu": ""}, want: "the directory is one of OpenTofu, and tofu is not on PATH; install OpenTofu"},
		{name: "named binary missing", o: terraform.PullOptions{ExecPath: "/no/tofu"}, want: "/no/tofu cannot be run; name the binary of Terraform or OpenTofu", is: fs.ErrNotExist},
		{name: "no state", body: "true", want: "has no state yet; apply its configuration first, or leave the directory out", is: fs.ErrNotExist},
		{name: "no such workspace", body: pulls, o: terraform.PullOptions{Workspace: "staging"}, want: `has no workspace "staging"; check the name: terraform workspace list`, is: fs.ErrNotExist},
		{name: "half a workspace's name", body: pulls, o: terraform.PullOptions{Workspace: "pro"}, want: `has no workspace "pro"; check the name: terraform workspace list`, is: fs.ErrNotExist},
		{name: "workspace named like a word of the note", body: pulls + "\n[ \"$1\" = workspace ] && printf '\\n\\n\\nThe active workspace is being overridden using the TF_WORKSPACE environment\\nvariable.\\n'\ntrue", o: terraform.PullOptions{Workspace: "active"},
			want: `has no workspace "active"; check the name: terraform workspace list`, is: fs.ErrNotExist},
		{name: "not initialised", body: says("\n│ Error: Backend initialization required, please run \"terraform init\"\n│\n│ Reason: Initial configuration of the requested backend \"s3\""),
			want: "is not initialised; run terraform init in DIR first, which driftmgr never does, as it writes"},
		{name: "backend changed", body: says("│ Error: Backend initialization required: please run \"terraform init\"\n│\n│ Reason: Backend type changed from \"local\" to \"http\""),
			want: "its backend has been changed since terraform init; run terraform init in DIR first, which driftmgr never does, as it writes"},
		{name: "version", body: says("Error: Unsupported Terraform Core version\n\n  on main.tf line 2"),
			want: "its configuration wants another version than this terraform; use the version that required_version in DIR allows"},
		{name: "newer state", body: says("Failed to refresh state: state snapshot was created by Terraform v1.99.0, which is newer than current v1.11.4; upgrade to Terraform v1.99.0 or greater to work with this state"),
			want: "was written by a newer version than this terraform; use the version that wrote it, or a newer one"},
		{name: "encrypted, key wrong", body: says("Failed to refresh state: decryption failed for all provided methods\nattempted decryption failed for state: decryption failed: cipher: message authentication failed"),
			want: "is encrypted, and terraform could not decrypt it; give terraform its keys: the encryption block in DIR, TF_ENCRYPTION, or the variables (TF_VAR_…) that they use"},
		{name: "encrypted, no key", body: says("Failed to refresh state: Unsupported state file format: This state file is encrypted and can not be read without an encryption configuration"),
			want: "is encrypted, and terraform could not decrypt it; give terraform its keys: the encryption block in DIR, TF_ENCRYPTION, or the variables (TF_VAR_…) that they use"},
		{name: "encrypted, variable missing", body: says("Error: Unable to compute static value\n\n  on main.tofu line 6, in terraform:\n\nencryption.key_provider.pbkdf2.k depends on var.passphrase which is not\navailable"),
			want: "is encrypted, and terraform could not decrypt it; give terraform its keys: the encryption block in DIR, TF_ENCRYPTION, or the variables (TF_VAR_…) that they use"},
		{name: "encrypted, not for Terraform", body: says("Failed to refresh state: Unsupported state file format: The state file does not have a \"version\" attribute, which is required to identify the format version."),
			want: "is no state that terraform can read; if OpenTofu encrypts it, read it with tofu"},
		{name: "warning first", body: says("There are some problems with the CLI configuration:\n╷\n│ Warning: Unable to open CLI configuration file\n╵\n\n╷\n│ Error: Error loading state\n╵"),
			want: "terraform state pull failed: Error loading state; run terraform state pull in DIR to see all of it"},
		{name: "secrets", body: says("Error: postgres://ann:pw@db.example.com/x?sslpassword=pw: password=pw AKIAIOSFODNN7EXAMPLE " + password + " in-the-block"), files: backend("pg", `"conn_str":"in-the-block"`), vars: []string{"PGPASSWORD=" + password},
			want: "terraform state pull failed: postgres://***@db.example.com/x?*** password=*** *** *** ***; run terraform state pull in DIR to see all of it"},
		{name: "silence", body: "exit 3", want: "terraform state pull failed: exit status 3; run terraform state pull in DIR to see all of it"},
		{name: "listing fails", body: says("Error: Access denied"), o: terraform.PullOptions{Workspace: "prod"}, want: "terraform workspace list failed: Access denied; run terraform workspace list in DIR to see all of it"},
		{name: "too large", body: "yes '" + content + "'", o: terraform.PullOptions{Limit: 1 << 20}, want: "is larger than the size limit of 1048576 bytes; raise the limit with --max-state-size"},
		{name: "gcs", body: pulls, files: backend("gcs", ""), want: `terraform would create the state in its backend "gcs" if there is none; read it as gs://…`},
		{name: "azurerm", body: pulls, files: backend("azurerm", ""), want: `terraform would create the state in its backend "azurerm" if there is none; read it as azurerm://…`},
		{name: "kubernetes", body: pulls, files: backend("kubernetes", ""), want: `terraform would create the state in its backend "kubernetes" if there is none; read it as kubernetes://…`},
		{name: "cloud", body: pulls, files: backend("cloud", ""), want: `terraform would create the state in its backend "cloud" if there is none; read it as tfc://…`},
		{name: "consul", body: pulls, files: backend("consul", ""), o: terraform.PullOptions{Workspace: "prod", Exists: true}, want: `terraform would lock the workspace "prod" in its backend "consul"; read it as consul://…`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.files {
				put(t, filepath.Join(dir, name), text)
			}
			tt.o.Environ = []string{"PATH=/nowhere"}
			bin := ""
			if tt.body != "" {
				bin = fake(t, "terraform", tt.body)
				tt.o.Environ = onPath([]string{bin}, tt.vars...)
			}
			_, err := pull(t.Context(), t, dir, tt.o)
			want := "state " + terraform.Pulled(dir, tt.o).String() + ": " + strings.ReplaceAll(tt.want, "DIR", dir)
			var e *state.Error
			if !errors.As(err, &e) || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
			if strings.Contains(tt.want, "would") {
				if _, err := os.Stat(filepath.Join(bin, "argv")); !errors.Is(err, fs.ErrNotExist) {
					t.Error("terraform was run")
				}
			}
		})
	}
	t.Run("no directory", func(t *testing.T) {
		_, err := pull(t.Context(), t, "/no/dir", terraform.PullOptions{Environ: []string{}})
		if want := "state pull:/no/dir: there is no such directory; name the directory of a root module"; err == nil || err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	})
}

// A pipe would wait for its writer, and what Terraform does not read is not copied.
func TestDataDirectory(t *testing.T) {
	dir, bin := t.TempDir(), fake(t, "terraform", pulls)
	o := terraform.PullOptions{Environ: onPath([]string{bin})}
	put(t, filepath.Join(dir, ".terraform/terraform.tfstate"), `{"backend":{"type":"s3"}}`)
	if err := syscall.Mkfifo(filepath.Join(dir, ".terraform/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pull(t.Context(), t, dir, o); err != nil {
		t.Error(err)
	}
	for _, name := range []string{".terraform/terraform.tfstate", ".terraform/environment"} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, ".terraform"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := pull(t.Context(), t, dir, o)
		if want := "the data directory could not be copied"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want %s", name, err, want)
		}
	}
}

func TestEndedContext(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		bin := fake(t, "terraform", pulls)
		if _, err := pull(ctx, t, t.TempDir(), terraform.PullOptions{Environ: onPath([]string{bin})}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("the command is interrupted", func(t *testing.T) {
		bin := t.TempDir()
		put(t, filepath.Join(bin, "terraform"), "#!/bin/sh\ntrap 'echo INT > "+bin+"/signal; exit 1' INT\necho up > "+bin+"/up\nwhile :; do sleep 0.01; done\n")
		if err := os.Chmod(filepath.Join(bin, "terraform"), 0o700); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			for range 500 {
				if _, err := os.Stat(filepath.Join(bin, "up")); err == nil {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
			cancel()
		}()
		_, err := pull(ctx, t, t.TempDir(), terraform.PullOptions{Environ: onPath([]string{bin})})
		var e *state.Error
		if !errors.Is(err, context.Canceled) || !errors.As(err, &e) {
			t.Errorf("error %v", err)
		}
		if got := get(t, filepath.Join(bin, "signal")); got != "INT\n" {
			t.Errorf("signal %q", got)
		}
	})
}

func TestVersion(t *testing.T) {
	tests := []struct{ name, binary, says, want string }{
		{"Terraform", "terraform", "Terraform v1.11.4\non linux_amd64\n\nYour version of Terraform is out of date!", "Terraform 1.11.4"},
		{"OpenTofu", "tofu", "OpenTofu v1.12.0-rc1\non linux_amd64", "OpenTofu 1.12.0-rc1"},
		{"something else", "terraform", "hello", "PATH is neither Terraform nor OpenTofu: name the binary of one of them"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bin := fake(t, tt.binary, "cat <<'END'\n"+tt.says+"\nEND")
			t.Setenv("PATH", bin+":/usr/bin:/bin")
			t.Setenv("TF_LOG", "trace")
			name, version, err := terraform.Version(t.Context(), "")
			got := name + " " + version
			if err != nil {
				got = err.Error()
			}
			if want := strings.Replace(tt.want, "PATH", filepath.Join(bin, tt.binary), 1); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if got := get(t, filepath.Join(bin, "argv")); !strings.HasSuffix(got, ": version\n") {
				t.Errorf("argv %q", got)
			}
			if strings.Contains(get(t, filepath.Join(bin, "env")), "TF_LOG") {
				t.Error("TF_LOG is passed on")
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		t.Setenv("PATH", "/nowhere")
		_, _, err := terraform.Version(t.Context(), "")
		if err == nil || !strings.HasPrefix(err.Error(), "neither terraform nor tofu is on PATH: install Terraform or OpenTofu: ") {
			t.Errorf("error %v", err)
		}
		_, _, err = terraform.Version(t.Context(), "/no/tofu")
		if err == nil || !strings.HasPrefix(err.Error(), "/no/tofu cannot be run: name the binary of Terraform or OpenTofu: ") || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	})
}
