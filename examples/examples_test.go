// Package examples runs the examples.
package examples

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"

	"github.com/driftmgr/driftmgr/pkg/cli"
)

var update = flag.Bool("update", false, "write the examples' output into their README.md")

// TestMain puts driftmgr on the PATH: this test's own binary, which then is
// nothing but cli.Main.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"driftmgr": func() { os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System())) },
	})
}

// run runs a script as a user would, and returns what it prints on stdout.
func run(t *testing.T, script string, args ...string) (stdout string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{script}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if errs.Len() > 0 {
		t.Errorf("%s: stderr: %s", script, errs.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// block is the output that a README shows.
var block = regexp.MustCompile("(?s)```\n(.*?)```\n")

func TestOffline(t *testing.T) {
	got, code := run(t, "offline/run.sh")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	file := filepath.Join("offline", "README.md")
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		readme = block.ReplaceAllLiteral(readme, []byte("```\n"+got+"```\n"))
		if err := os.WriteFile(file, readme, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if shown := block.FindSubmatch(readme); shown == nil || string(shown[1]) != got {
		t.Errorf("%s does not show what run.sh prints:\n%s\nrefresh it with go test ./examples -update", file, got)
	}
}

func TestCron(t *testing.T) {
	offline := []string{"--inventory", "offline/inventory.jsonl", "offline/terraform.tfstate"}
	if out, code := run(t, "cron/nightly.sh", offline...); code != 2 || !strings.Contains(out, "DRIFT") {
		t.Errorf("exit code %d, printed %q; want 2 and the report", code, out)
	}
	quiet := append([]string{"--type", "aws_subnet", "--region", "us-east-1", "--unmanaged=false"}, offline...)
	if out, code := run(t, "cron/nightly.sh", quiet...); code != 0 || out != "" {
		t.Errorf("exit code %d, printed %q; want 0 and nothing", code, out)
	}
}

// TestWorkflows proves that the workflows are YAML of that shape and use only
// commands and flags that exist.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("ci", "*.yml"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v; want two workflows", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var workflow struct {
				Jobs map[string]struct {
					Steps []struct{ Uses, Run string }
				}
			}
			if err := yaml.Unmarshal(data, &workflow); err != nil {
				t.Fatal(err)
			}
			var scripts []string
			for _, job := range workflow.Jobs {
				for _, step := range job.Steps {
					scripts = append(scripts, step.Run)
				}
			}
			understood(t, strings.Join(scripts, "\n"))
		})
	}
}

// TestRemediation proves that the script, which takes a cloud to run, uses only
// commands and flags that exist, and that the configuration is one.
func TestRemediation(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("remediation", "run.sh"))
	if err != nil {
		t.Fatal(err)
	}
	understood(t, string(script))
	errs, code := driftmgr(t, "config", "validate", "--config", filepath.Join("remediation", "driftmgr.yaml"))
	if code != 0 {
		t.Error(errs)
	}
}

// command finds what a line of a script runs driftmgr with.
var command = regexp.MustCompile(`(?m)(?:^|[ (|])(driftmgr (?:audit|config|detect|doctor|inventory|permissions|remediate|types)[^|)>\n]*)`)

// understood wants driftmgr to understand each of its commands in a script.
func understood(t *testing.T, script string) {
	t.Helper()
	commands := command.FindAllStringSubmatch(script, -1)
	if len(commands) == 0 {
		t.Fatal("nothing runs driftmgr")
	}
	for _, c := range commands {
		// Help is given once the flags are understood.
		if errs, code := driftmgr(t, append(strings.Fields(c[1])[1:], "--help")...); code != 0 {
			t.Errorf("%s: %s", c[1], errs)
		}
	}
}

func driftmgr(t *testing.T, args ...string) (stderr string, code int) {
	t.Helper()
	var errs bytes.Buffer
	getenv := func(name string) string {
		return map[string]string{"WRITE_ACCESS_KEY_ID": "any", "WRITE_SECRET_ACCESS_KEY": "any"}[name]
	}
	code = cli.Main(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &errs, Getenv: getenv})
	return errs.String(), code
}
