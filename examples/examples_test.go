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

// TestGitHubActions proves that the workflow is YAML of that shape and uses only
// commands and flags that exist.
func TestGitHubActions(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("ci", "github-actions.yml"))
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
	var commands []string
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			for line := range strings.Lines(step.Run) {
				for command := range strings.SplitSeq(line, "|") {
					if command = strings.TrimSpace(command); strings.HasPrefix(command, "driftmgr ") {
						commands = append(commands, command)
					}
				}
			}
		}
	}
	if len(commands) == 0 {
		t.Fatal("no step runs driftmgr")
	}
	for _, command := range commands {
		// Help is given once the flags are understood.
		args := append(strings.Fields(command)[1:], "--help")
		var errs bytes.Buffer
		if code := cli.Main(t.Context(), args, cli.Streams{
			In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &errs, Getenv: func(string) string { return "" },
		}); code != 0 {
			t.Errorf("%s: %s", command, errs.String())
		}
	}
}
