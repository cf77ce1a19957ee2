package cli

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/rootmodule"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// modules finds states by the code of their root modules.
type modules struct {
	options  rootmodule.Options
	backends map[string]state.Backend // by the type of the block
	pull     terraform.PullOptions
	parallel int
}

func (a *app) modules(c config, backends []state.Backend, limit int64) modules {
	m := modules{
		options: rootmodule.Options{
			BackendConfig: c.Detect.BackendConfig,
			VarFiles:      c.Detect.VarFiles,
			Vars:          c.Detect.Vars,
			Workspace:     c.Detect.Workspace,
			Environ:       a.environ(),
		},
		backends: map[string]state.Backend{},
		pull:     terraform.PullOptions{Workspace: c.Detect.Workspace, Environ: a.environ(), Limit: limit},
		parallel: c.Detect.Parallel,
	}
	for _, b := range backends {
		for _, typ := range b.Blocks() {
			m.backends[typ] = b
		}
	}
	return m
}

// environ is the environment for what code and the programs that it needs read.
func (a *app) environ() []string {
	if a.Environ == nil {
		return []string{}
	}
	return a.Environ()
}

// read reads the code of each directory.
func (m modules) read(ctx context.Context, dirs []string) [][]located {
	out := make([][]located, len(dirs))
	inventory.Each(ctx, m.parallel, len(dirs), func(i int) { out[i] = m.module(ctx, dirs[i]) })
	return out
}

// module returns where the state of one root module is: several places only where
// its block stands for several workspaces.
func (m modules) module(ctx context.Context, dir string) []located {
	module, err := rootmodule.Read(ctx, dir, m.options)
	if err != nil {
		return []located{{err: err}}
	}
	// What driftmgr cannot read by itself, the user's Terraform can.
	b, ok := m.backends[module.Block.Type]
	var sources []state.Source
	if ok && !module.Encrypted {
		if sources, err = b.Configure(ctx, module.Block); err != nil {
			return []located{{err: err}}
		}
	} else {
		pull := m.pull
		pull.Exists = ok && exists(ctx, b, module.Block)
		pull.Tofu = module.Tofu || module.Encrypted
		sources = []state.Source{terraform.Pulled(dir, pull)}
	}
	warnings := module.Warnings
	for _, u := range module.Unknown {
		if slices.Contains(placing, u.Argument) {
			warnings = append(warnings, u.String())
		}
	}
	var out []located
	for _, s := range sources {
		p := located{source: s, dir: dir, warnings: warnings}
		for _, c := range module.Providers {
			c.Source = s.String()
			p.configs = append(p.configs, c)
		}
		out = append(out, p)
	}
	return out
}

// exists reports whether a state is there, though driftmgr cannot decrypt it: with
// some backends Terraform creates a missing one as it pulls it.
func exists(ctx context.Context, b state.Backend, block state.Block) bool {
	sources, err := b.Configure(ctx, block)
	if err != nil || len(sources) != 1 {
		return false
	}
	r, err := sources[0].Open(ctx)
	if err != nil {
		return false
	}
	_ = r.Close()
	return true
}

// placing are the arguments of provider blocks that say where resources are.
var placing = []string{"for_each", "region", "assume_role", "assume_role.role_arn", "subscription_id", "project"}

// stateHere returns what is meant where no state is named: the code of this
// directory, with --recursive that below it, or the file that Terraform's local
// backend writes.
func stateHere(c config) (arg string, ok bool) {
	if c.Detect.Recursive || hasCode(".") {
		return ".", true
	}
	if _, err := os.Stat(defaultState); err == nil {
		return defaultState, true
	}
	return "", false
}

// hasCode reports whether a directory is one that Terraform or Terragrunt can be
// run in.
func hasCode(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		name := strings.TrimSuffix(e.Name(), ".json")
		return !e.IsDir() && (strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tofu") || name == "terragrunt.hcl")
	})
}

func isDir(arg string) bool {
	info, err := os.Stat(arg)
	return err == nil && info.IsDir()
}
