package terraform

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// command runs a binary in a directory.
type command struct {
	path    string
	dir     string
	environ []string
	limit   int64 // of the output, in bytes
}

// name is what the user calls it: tofu.
func (c command) name() string {
	return strings.TrimSuffix(filepath.Base(c.path), ".exe")
}

// errTooLong is that a command wrote more than the limit.
var errTooLong = errors.New("the output is too long")

// failure is a command that failed, with what it wrote.
type failure struct {
	err            error
	stderr, stdout string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// grace is how long an interrupted command may take to end.
const grace = 10 * time.Second

// run returns the output. When ctx ends the command is interrupted, and killed
// where that does not end it. An error is a *failure.
func (c command) run(ctx context.Context, args ...string) (*bytes.Buffer, error) {
	stdout, stderr := &limited{limit: c.limit}, &limited{limit: 64 << 10, cut: true}
	cmd := exec.CommandContext(ctx, c.path, args...) //nolint:gosec // the binary is the one that the user has or names, and the arguments are ours
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dir, c.environ, stdout, stderr
	cmd.WaitDelay = grace
	if runtime.GOOS != "windows" { // which knows no interrupt
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	}
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, &failure{err: ctx.Err()}
	case stdout.full:
		return nil, &failure{err: errTooLong}
	case err != nil:
		return nil, &failure{err, stderr.buf.String(), stdout.buf.String()}
	}
	return &stdout.buf, nil
}

// limited is a buffer that takes no more than its limit. What exceeds it is an
// error, which ends the command, or is cut off.
type limited struct {
	buf   bytes.Buffer // not embedded: its ReadFrom knows no limit
	limit int64
	cut   bool
	full  bool
}

func (l *limited) Write(p []byte) (int, error) {
	room := l.limit - int64(l.buf.Len())
	if int64(len(p)) <= room {
		return l.buf.Write(p)
	}
	l.full = true
	if !l.cut {
		return 0, errTooLong
	}
	l.buf.Write(p[:room])
	return len(p), nil
}

// environment is what a run gets: the user's, which has the credentials, except
// what would change the output or ask the user, with the workspace and a data
// directory of its own.
func environment(environ []string, data, workspace string) []string {
	env := slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "TF_INPUT", "TF_IN_AUTOMATION", "TF_DATA_DIR", "TF_WORKSPACE", "TF_REATTACH_PROVIDERS", "CHECKPOINT_DISABLE", "TF_CLI_ARGS":
			return true
		}
		return name == "TF_LOG" || strings.HasPrefix(name, "TF_LOG_") || strings.HasPrefix(name, "TF_CLI_ARGS_")
	})
	env = append(env, "TF_INPUT=0", "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
	if data != "" {
		env = append(env, "TF_DATA_DIR="+data)
	}
	if workspace != "" && workspace != "default" {
		env = append(env, "TF_WORKSPACE="+workspace)
	}
	return env
}

// lookup returns the value of a variable, the last one as for os/exec.
func lookup(environ []string, name string) string {
	for _, v := range slices.Backward(environ) {
		if key, value, _ := strings.Cut(v, "="); key == name || runtime.GOOS == "windows" && strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}
