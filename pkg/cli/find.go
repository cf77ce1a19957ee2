package cli

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/rootmodule"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// located is where a state is, or why that is not to be found out.
type located struct {
	ref      string // the argument that stands for it
	source   state.Source
	dir      string // of the root module whose code says so, if any does
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
	return p.ref
}

// key is what two places have in common that are one: the name, or of a file that
// is there its path, however it was spelt.
func (p located) key() string {
	name := p.name()
	if p.source == nil || name == "-" {
		return name
	}
	return realPath(strings.TrimPrefix(name, "file://"), name)
}

// realPath is the absolute path without links of what is there.
func realPath(path, otherwise string) string {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return otherwise
	}
	return real
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
		key := p.key()
		i, known := at[key]
		switch {
		case !known:
			at[key] = len(places)
			places = append(places, p)
		case places[i].configs == nil:
			places[i].dir = cmp.Or(places[i].dir, p.dir)
			places[i].configs, places[i].warnings = p.configs, append(places[i].warnings, p.warnings...)
			for c := range places[i].configs {
				places[i].configs[c].Source = places[i].name()
			}
		}
	}
	read := map[string]bool{}
	for _, arg := range args {
		var found []located
		if isDir(arg) {
			found = f.inCode(ctx, filepath.Clean(arg), read)
		} else {
			found = f.inBackends(ctx, arg)
		}
		for _, p := range found {
			p.ref = arg
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

// inCode reads the code of the directories that were not read yet.
func (f finder) inCode(ctx context.Context, dir string, read map[string]bool) []located {
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
	dirs = slices.DeleteFunc(dirs, func(dir string) bool {
		path := realPath(dir, dir)
		again := read[path]
		read[path] = true
		return again
	})
	for _, module := range f.modules.read(ctx, dirs) {
		out = append(out, module...)
	}
	return out
}
