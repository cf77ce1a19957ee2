package cli

import (
	"context"
	"errors"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/rootmodule"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// located is where a state is, or why that is not to be found out.
type located struct {
	source   state.Source
	configs  []resource.ProviderConfig
	warnings []string
	err      error
}

func (p located) name() string {
	if p.source != nil {
		return p.source.String()
	}
	var e *state.Error
	if errors.As(p.err, &e) {
		return e.Source
	}
	return ""
}

// finder finds the states that arguments stand for.
type finder struct {
	backends  []state.Backend
	modules   modules
	recursive bool
}

// all returns the places in the order of the arguments, each state once. Where a
// state is named and configured by code as well, what the code says is kept.
func (f finder) all(ctx context.Context, args []string) []located {
	var places []located
	at := map[string]int{}
	add := func(p located) {
		i, known := at[p.name()]
		switch {
		case !known:
			at[p.name()] = len(places)
			places = append(places, p)
		case places[i].configs == nil:
			places[i].configs, places[i].warnings = p.configs, append(places[i].warnings, p.warnings...)
		}
	}
	for _, arg := range args {
		found := f.inBackends
		if isDir(arg) {
			found = f.inCode
		}
		for _, p := range found(ctx, arg) {
			add(p)
		}
	}
	return places
}

func (f finder) inBackends(ctx context.Context, ref string) []located {
	sources, failures := state.Resolve(ctx, f.backends, ref)
	var out []located
	for _, s := range sources {
		out = append(out, located{source: s})
	}
	for _, err := range failures {
		out = append(out, located{err: err})
	}
	return out
}

func (f finder) inCode(ctx context.Context, dir string) []located {
	dirs, failures := []string{dir}, []error(nil)
	if f.recursive {
		dirs, failures = rootmodule.Find(ctx, dir)
	}
	if len(dirs) == 0 && len(failures) == 0 {
		failures = []error{&state.Error{Source: dir, Problem: "has no root module in it", Remedy: "name a directory whose code configures a backend or a provider"}}
	}
	var out []located
	for _, err := range failures {
		out = append(out, located{err: err})
	}
	for _, module := range f.modules.read(ctx, dirs) {
		out = append(out, module...)
	}
	return out
}
