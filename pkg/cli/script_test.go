package cli_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/driftmgr/driftmgr/pkg/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"driftmgr":       func() { os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System())) },
		"driftmgr-world": withWorld,
	})
}

// TestScript runs driftmgr as a user does. Every script begins in a folder with
// the files of testdata/script/files, and cannot reach any cloud.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			// BIN holds driftmgr and no other program.
			bin, _, _ := strings.Cut(env.Getenv("PATH"), string(filepath.ListSeparator))
			env.Setenv("BIN", bin)
			return os.CopyFS(env.WorkDir, os.DirFS(filepath.Join("testdata", "script", "files")))
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, errors.New("unknown condition " + name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code,
			"says": says,
		},
	})
}

// code runs a program and wants exactly this exit code: code 2 driftmgr detect
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code CODE PROGRAM [ARGUMENT…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d; want %d", got, want)
	}
}

// says wants one line on stderr, that text after "driftmgr: ", and nothing on
// stdout: says 'unknown command "x": see driftmgr --help'
func says(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: says TEXT")
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("stdout is %q; want nothing", out)
	}
	if got, want := ts.ReadFile("stderr"), "driftmgr: "+strings.ReplaceAll(args[0], "$WORK", ts.Getenv("WORK"))+"\n"; got != want {
		ts.Fatalf("stderr is\n%swant\n%s", got, want)
	}
}
