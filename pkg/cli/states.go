package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/dustin/go-humanize"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// defaultState is what Terraform's local backend writes.
const defaultState = "terraform.tfstate"

// states are what a run was asked about, and what could be read of it.
type states struct {
	managed []resource.Managed
	configs []resource.ProviderConfig

	// all has one entry per state, in the order of the arguments; what stands for
	// no state that could be found is one as well.
	all []drift.State

	// sources are the places of the states that were found, read or not; facts
	// are of those that were read, by the state's name.
	sources []state.Source
	facts   map[string]stateFacts

	// dirs are the root modules of the states whose code was read, by the state's
	// name.
	dirs map[string]string

	failures []error
}

// stateFacts are what a state says of itself.
type stateFacts struct {
	resources int
	serial    uint64
	terraform string
}

// readStates reads what the arguments stand for: files, patterns, URLs and
// directories with code. A state that cannot be read is part of the result,
// unless no other one can be: then that is the error.
func (a *app) readStates(ctx context.Context, c config, args []string) (*states, error) {
	read, err := a.loadStates(ctx, c, args)
	if err == nil && len(read.failures) == len(read.all) {
		return nil, a.tellAllButLast(read.failures)
	}
	return read, err
}

// loadStates is readStates where no state that can be read is a result as well.
// Its error is about the arguments and the configuration, or ctx's.
func (a *app) loadStates(ctx context.Context, c config, args []string) (*states, error) {
	size, err := humanize.ParseBytes(c.Detect.MaxStateSize)
	if err != nil || size == 0 || size > 1<<40 {
		return nil, fmt.Errorf("max-state-size %q: use a size, such as 512MiB", c.Detect.MaxStateSize)
	}
	limit := int64(size)
	if len(args) == 0 {
		here, ok := stateHere(c)
		if !ok {
			return nil, errors.New("no state is named, and here is neither Terraform code nor ./terraform.tfstate: name one, as in driftmgr detect prod.tfstate, or try driftmgr demo")
		}
		args = []string{here}
	}
	if anyRemote(args) {
		if err := a.resolve(ctx, &c, "detect", "state_storage"); err != nil {
			return nil, err
		}
	}
	backends := a.backends(c)
	find := finder{modules: a.modules(c, backends, limit), backends: backends, recursive: c.Detect.Recursive}
	places := find.all(ctx, args)
	for _, p := range places {
		if err := spare(c.Logging.File, p.name()); err != nil {
			return nil, fmt.Errorf("logging.file: %w", err)
		}
	}

	files := make([]*state.File, len(places))
	inventory.Each(ctx, c.Detect.Parallel, len(places), func(i int) {
		if p := &places[i]; p.err == nil {
			if files[i], p.err = state.Load(ctx, p.source, limit); p.err == nil {
				p.warnings = append(slices.Clip(p.warnings), lockOf(ctx, p.source)...)
			}
		}
		a.logState(places[i], files[i])
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	notYet(places, files)
	return gather(places, files), nil
}

// notYet takes a place that never held a state for an empty one, where it is one
// of several: it manages nothing, and that is known.
func notYet(places []located, files []*state.File) {
	for i := range places {
		if p := &places[i]; len(places) > 1 && errors.Is(p.err, state.ErrNone) {
			files[i], p.err = &state.File{}, nil
			p.warnings = append(slices.Clip(p.warnings), "no state was written to it yet: it manages nothing")
		}
	}
}

// gather puts together what was read.
func gather(places []located, files []*state.File) *states {
	read := &states{facts: map[string]stateFacts{}, dirs: map[string]string{}}
	total := 0
	for _, f := range files {
		if f != nil {
			total += len(f.Managed)
		}
	}
	read.managed = make([]resource.Managed, 0, total)
	for i, p := range places {
		one := drift.State{Source: p.name(), Warnings: p.warnings}
		if p.dir != "" {
			read.dirs[one.Source] = p.dir
		}
		if p.source != nil {
			read.sources = append(read.sources, p.source)
		}
		if p.err != nil {
			read.failures = append(read.failures, p.err)
			one.Unread = "the state could not be read: " + reasonOf(p.err)
		} else {
			f := files[i]
			files[i] = nil // its resources are held once
			read.facts[one.Source] = stateFacts{len(f.Managed), f.Serial, f.TerraformVersion}
			read.managed = append(read.managed, f.Managed...)
			read.configs = append(read.configs, p.configs...)
		}
		read.all = append(read.all, one)
	}
	return read
}

// names are the states' names.
func (s *states) names() []string {
	names := make([]string, len(s.all))
	for i, one := range s.all {
		names[i] = one.Source
	}
	return names
}

// locate finds out where the states' resources are.
func (s *states) locate(clouds []provider.Provider) {
	for _, p := range clouds {
		p.Locate(s.managed, s.configs)
	}
}

// reasonOf is an error about a state without the state's name.
func reasonOf(err error) string {
	var e *state.Error
	if errors.As(err, &e) {
		return e.Reason()
	}
	return err.Error()
}

// lockOf says that a state is locked. It says nothing where it is not, and where
// that is not to be known: reading needs no lock, and a policy may hide them.
func lockOf(ctx context.Context, s state.Source) []string {
	locked, ok := s.(state.Locked)
	if !ok {
		return nil
	}
	lock, err := locked.Lock(ctx)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil
	case err != nil:
		return []string{"whether it is locked could not be told: " + reasonOf(err)}
	case lock == nil:
		return nil
	}
	return []string{lock.String() + ": an operation under way may explain differences"}
}

// maxErrors is how many states that could not be read are told one by one.
const maxErrors = 20

// tellAllButLast tells on stderr of all errors but the last, which it returns.
func (a *app) tellAllButLast(failures []error) error {
	last := len(failures) - 1
	for _, err := range failures[:min(last, maxErrors)] {
		_, _ = fmt.Fprintln(a.Err, "driftmgr: "+oneLine(err))
	}
	if more := last - maxErrors; more > 0 {
		_, _ = fmt.Fprintf(a.Err, "driftmgr: %d more states could not be read\n", more)
	}
	return failures[last]
}
