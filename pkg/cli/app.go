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
)

// Streams are what a process is given: tests pass buffers.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	// OutIsTerminal and ErrIsTerminal say who reads along.
	OutIsTerminal, ErrIsTerminal bool

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
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	limitMemory(streams.Getenv)
	a := &app{Streams: streams, now: time.Now, log: slog.New(slog.DiscardHandler), openSecrets: cloudSecrets}
	cmd := a.rootCommand()
	cmd.SetArgs(args)
	cmd.SetIn(streams.In)
	cmd.SetOut(streams.Out)
	cmd.SetErr(streams.Err)
	return a.exit(ctx, cmd.ExecuteContext(ctx))
}
