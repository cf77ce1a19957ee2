package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/report"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/all"
)

// defaultState is what Terraform's local backend writes.
const defaultState = "terraform.tfstate"

type detectOptions struct {
	*app
	config    config
	states    []string
	inventory string
	outputs   []string
	stats     bool
	all       bool
}

func (a *app) detectCommand() *cobra.Command {
	o := &detectOptions{app: a}
	cmd := &cobra.Command{
		Use:   "detect [STATE…]",
		Short: "Compare Terraform states with the clouds",
		Long: `Compares what Terraform states say with what the clouds have, and tells what
differs, what is gone, what no given state manages and what could not be
checked. It makes read-only API calls alone.

A STATE is a file, a pattern or - for standard input; without one it is
./terraform.tfstate. Accounts and regions are taken from the states.`,
		Example: `  driftmgr detect
  driftmgr detect prod.tfstate staging.tfstate
  driftmgr detect 'envs/**/terraform.tfstate' --unmanaged=false
  driftmgr detect --type 'aws_iam_*' --output json=drift.json --output text
  driftmgr detect --inventory account.jsonl prod.tfstate`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.states = args
			if o.config, err = a.loadConfig(cmd.Flags()); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.Bool("unmanaged", true, "also tell what no given state manages; without it only what the states name is read")
	f.String("depth", string(provider.DepthFull), "`full`, or list: no call per resource, fewer attributes compared")
	f.StringVar(&o.inventory, "inventory", "", "compare with this inventory `FILE` instead of the clouds; no network is used")
	f.StringArrayVar(&o.outputs, "output", nil, "`FORMAT[=FILE]`, repeatable; formats: "+formatNames())
	f.BoolVar(&o.stats, "stats", false, "show API calls, throttles, bytes and time")
	f.BoolVar(&o.all, "all", false, "show every line of long lists, and long values whole")
	f.String("max-state-size", "128MiB", "refuse a state larger than this `SIZE`")
	a.readFlags(cmd)
	return cmd
}

// readFlags are the flags of every command that reads clouds.
func (a *app) readFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSlice("type", nil, "only types that match this `GLOB`, repeatable")
	f.StringSlice("exclude-type", nil, "no types that match this `GLOB`, repeatable")
	f.StringSlice("region", nil, "only this `REGION`, repeatable (default: those of the states)")
	f.Duration("timeout", 0, "stop reading after this `DURATION`; the rest is unchecked (default: no limit)")
	f.Int("parallel", 16, "API calls under way at once")
}

func (o *detectOptions) run(ctx context.Context) error {
	out, err := o.openOutputs(o.outputs, report.Options{Color: o.color(), All: o.all, Stats: o.stats, Width: o.Width})
	if err != nil {
		return err
	}
	selected, err := newSelection(o.config)
	if err != nil {
		return err
	}
	managed, err := o.readStates(ctx)
	if err != nil {
		return err
	}
	inputs := []string{o.inventory}
	for _, m := range managed {
		if m.Source != inputs[len(inputs)-1] {
			inputs = append(inputs, m.Source)
		}
	}
	if err := out.spare(inputs...); err != nil {
		return err
	}
	stats := &provider.Stats{}
	clouds := o.providers(o.config, stats)
	locate(clouds, managed)

	inv, err := o.readInventory(ctx, clouds, managed, selected, stats)
	if err != nil {
		return err
	}
	r := drift.Compare(managed, inv, drift.Options{
		Types:     resourceTypes(clouds),
		Schemas:   schema.Embedded(),
		Unmanaged: o.config.Detect.Unmanaged,
		Selected:  selected.key,
	})
	if o.inventory == "" {
		r.Stats = &inv.Stats
	}
	if err := out.write(r); err != nil {
		return err
	}
	return asError(r.Verdict)
}

// asError is how a verdict becomes an exit code.
func asError(v drift.Verdict) error {
	if v == drift.Clean {
		return nil
	}
	return verdictError{v}
}

// readStates reads every state, or none: part of them would make resources of
// the others look unmanaged.
func (o *detectOptions) readStates(ctx context.Context) ([]resource.Managed, error) {
	refs := o.states
	if len(refs) == 0 {
		if _, err := os.Stat(defaultState); errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("no state is named and there is no ./terraform.tfstate: name one, as in driftmgr detect prod.tfstate, or try driftmgr demo")
		}
		refs = []string{defaultState}
	}
	return loadStates(ctx, all.Backends(o.In), o.config, refs)
}

func loadStates(ctx context.Context, backends []state.Backend, c config, refs []string) ([]resource.Managed, error) {
	limit, err := humanize.ParseBytes(c.Detect.MaxStateSize)
	if err != nil || limit == 0 || limit > 1<<40 {
		return nil, fmt.Errorf("max-state-size %q: use a size, such as 512MiB", c.Detect.MaxStateSize)
	}
	sources, failures := state.Resolve(ctx, backends, refs...)
	if len(failures) > 0 {
		return nil, failures[0]
	}
	var managed []resource.Managed
	for _, s := range sources {
		f, err := state.Load(ctx, s, int64(limit))
		if err != nil {
			return nil, err
		}
		managed = append(managed, f.Managed...)
	}
	return managed, nil
}

func (o *detectOptions) readInventory(ctx context.Context, clouds []provider.Provider, managed []resource.Managed, s selection, stats *provider.Stats) (*inventory.Inventory, error) {
	if o.inventory != "" {
		f, err := os.Open(o.inventory)
		if err != nil {
			return nil, fmt.Errorf("inventory %w: write one with driftmgr inventory", err)
		}
		defer func() { _ = f.Close() }()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, fmt.Errorf("inventory %s is a folder: name the file in it", o.inventory)
		}
		return inventory.Read(f, o.inventory)
	}
	return o.collect(ctx, o.config, inventory.Request{
		Providers: clouds,
		Managed:   managed,
		Unmanaged: o.config.Detect.Unmanaged,
		Type:      s.typ,
		Regions:   o.config.Detect.Regions,
		Stats:     stats,
	})
}

// collect reads the clouds with a progress display and the configured limits.
func (a *app) collect(ctx context.Context, c config, r inventory.Request) (*inventory.Inventory, error) {
	reading := ctx
	if c.Detect.Timeout > 0 {
		var cancel context.CancelFunc
		reading, cancel = context.WithTimeout(ctx, c.Detect.Timeout)
		defer cancel()
	}
	show, done := a.progress()
	r.Depth = provider.Depth(c.Detect.Depth)
	r.Parallel = c.Detect.Parallel
	r.Progress = show
	r.Now = a.now
	inv := inventory.Collect(reading, r)
	done()
	return inv, ctx.Err()
}

func locate(clouds []provider.Provider, managed []resource.Managed) {
	for _, p := range clouds {
		p.Locate(managed)
	}
}

func resourceTypes(clouds []provider.Provider) map[string]resource.Type {
	types := map[string]resource.Type{}
	for _, p := range clouds {
		for _, t := range p.Types() {
			types[t.Name] = t.Type
		}
	}
	return types
}
