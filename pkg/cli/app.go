// Package cli is the command line: it composes the other rooms, and only it
// does. One command is one file.
package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// Streams are what a process is given: tests pass buffers.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	// OutIsTerminal and ErrIsTerminal say who reads along, InIsTerminal whether
	// somebody can be asked.
	InIsTerminal, OutIsTerminal, ErrIsTerminal bool

	// Width is the columns of the terminal, 0 where there is none.
	Width int

	// Getenv reads the environment, and Environ lists it as os.Environ does, for
	// the programs that are run and to find misspelt names; it may be nil.
	Getenv  func(string) string
	Environ func() []string
}

// System returns the process's own streams.
func System() Streams {
	s := Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InIsTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		OutIsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrIsTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Getenv:        os.Getenv,
		Environ:       os.Environ,
	}
	if s.OutIsTerminal {
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.Width = w
		}
	}
	return s
}

// color honours NO_COLOR (https://no-color.org), TERM=dumb and pipes.
func (s Streams) color() bool {
	return s.OutIsTerminal && s.Getenv("NO_COLOR") == "" && s.Getenv("TERM") != "dumb"
}

// live reports whether somebody watches stderr.
func (s Streams) live() bool {
	return s.ErrIsTerminal && s.Getenv("CI") == "" && s.Getenv("TF_IN_AUTOMATION") == ""
}

// app is what the commands share.
type app struct {
	Streams
	now  func() time.Time
	root rootOptions
	log  *slog.Logger

	// openSecrets opens the stores of the clouds.
	openSecrets openSecretStore

	// more are clouds besides those of the configuration.
	more []cloud
}

// cloud is a provider as flags and the configuration name it, with how Terraform's
// types of it begin.
type cloud struct {
	name, prefix string
	provider     provider.Provider
}

// softLimit is the memory from which on the garbage collector works harder, so
// that a million resources fit a laptop. GOMEMLIMIT overrides it.
const softLimit = 7 << 29 // 3.5 GiB

func limitMemory(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softLimit)
	}
}

// Main runs one command line and returns the exit code: see exit.go.
func Main(ctx context.Context, args []string, streams Streams) int {
	return newApp(streams).main(ctx, args)
}

func newApp(streams Streams) *app {
	return &app{Streams: streams, now: time.Now, log: slog.New(slog.DiscardHandler), openSecrets: cloudSecrets}
}

func (a *app) main(ctx context.Context, args []string) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	limitMemory(a.Getenv)
	cmd := a.rootCommand()
	cmd.SetArgs(args)
	cmd.SetIn(a.In)
	cmd.SetOut(a.Out)
	cmd.SetErr(a.Err)
	return a.exit(ctx, cmd.ExecuteContext(ctx))
}
