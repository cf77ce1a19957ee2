package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/report"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

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

A STATE is where a state is: a directory with Terraform code, which says where
its state is; a URL such as s3://BUCKET/KEY; a file, or - for standard input.
Patterns stand for several. Without one it is the code or the terraform.tfstate
of the working directory. Accounts and regions are taken from the states, roles
from the configuration or the code.`,
		Example: `  driftmgr detect
  driftmgr detect infra/network infra/app
  driftmgr detect --recursive infra
  driftmgr detect 's3://states/env/**/terraform.tfstate'
  driftmgr detect 'envs/**/terraform.tfstate' --unmanaged=false
  driftmgr detect --type 'aws_iam_*' --output json=drift.json --output text
  driftmgr detect --inventory account.jsonl prod.tfstate`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.states = args
			if o.config, err = a.loadConfig(cmd.Flags()); err != nil {
				return err
			}
			return a.logged(o.config, func() error { return o.run(cmd.Context()) })
		},
	}
	f := cmd.Flags()
	a.unmanagedFlag(cmd)
	f.String("depth", string(provider.DepthFull), "`full`, or list: no call per resource, fewer attributes compared")
	f.StringVar(&o.inventory, "inventory", "", "compare with this inventory `FILE` instead of the clouds, none of which is asked")
	f.StringArrayVar(&o.outputs, "output", nil, "`FORMAT[=FILE]`, repeatable; formats: "+formatNames())
	f.BoolVar(&o.stats, "stats", false, "show API calls, throttles, bytes and time")
	f.BoolVar(&o.all, "all", false, "show every line of long lists, and long values whole")
	a.stateFlags(cmd)
	a.readFlags(cmd)
	return cmd
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
	read, err := o.readStates(ctx, o.config, o.states)
	if err != nil {
		return err
	}
	if err := out.spare(append(read.names(), o.inventory)...); err != nil {
		return err
	}
	r, inv, err := o.compare(ctx, read, selected)
	if err != nil {
		return err
	}
	if o.inventory == "" {
		r.Stats = &inv.Stats
	}
	o.logRun("detect", read, slog.Int("resources", len(inv.Resources)), slog.Int("calls", inv.Stats.Total), slog.String("verdict", string(r.Verdict)))
	if err := out.write(r); err != nil {
		return err
	}
	return asError(r.Verdict)
}

// compare compares the states with the clouds, or with the inventory that is named.
func (o *detectOptions) compare(ctx context.Context, read *states, selected selection) (*drift.Report, *inventory.Inventory, error) {
	inv, clouds, err := o.readInventory(ctx, read, selected, &provider.Stats{})
	if err != nil {
		return nil, nil, err
	}
	return drift.Compare(read.managed, inv, drift.Options{
		Types:     resourceTypes(clouds),
		Schemas:   schema.Embedded(),
		States:    read.all,
		Unmanaged: o.config.Detect.Unmanaged,
		Selected:  selected.key,
	}), inv, nil
}

// asError is how a verdict becomes an exit code.
func asError(v drift.Verdict) error {
	if v == drift.Clean {
		return nil
	}
	return verdictError{v}
}

// readInventory returns what the clouds have, or had when the file was written,
// and locates what the states hold in them.
func (o *detectOptions) readInventory(ctx context.Context, read *states, s selection, stats *provider.Stats) (*inventory.Inventory, []provider.Provider, error) {
	if o.inventory != "" {
		clouds := o.providers(o.config, stats)
		read.locate(clouds)
		inv, err := readInventoryFile(o.inventory)
		return inv, clouds, err
	}
	clouds, names, err := o.clouds(ctx, &o.config, read, stats)
	if err != nil {
		return nil, nil, err
	}
	inv, err := o.collect(ctx, o.config, inventory.Request{
		Agree:     drift.Agree(drift.Options{Types: resourceTypes(clouds), Schemas: schema.Embedded()}),
		Providers: clouds,
		Clouds:    names,
		Managed:   read.managed,
		Configs:   read.configs,
		Unmanaged: o.config.Detect.Unmanaged,
		Type:      s.typ,
		Regions:   o.config.Detect.Regions,
		Stats:     stats,
	})
	return inv, clouds, err
}

func readInventoryFile(file string) (*inventory.Inventory, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("inventory %w: write one with driftmgr inventory", err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("inventory %s is a folder: name the file in it", file)
	}
	return inventory.Read(f, file)
}

// collect reads the clouds with a progress display and the configured limits.
func (a *app) collect(ctx context.Context, c config, r inventory.Request) (*inventory.Inventory, error) {
	reading, cancel := c.limit(ctx)
	defer cancel()
	show, done := a.progress(c)
	r.Depth = provider.Depth(c.Detect.Depth)
	r.Parallel = c.Detect.Parallel
	r.Progress = func(p inventory.Progress) {
		a.logListing(p.Last)
		show(p)
	}
	r.Now = a.now
	inv := inventory.Collect(reading, r)
	done()
	return inv, ctx.Err()
}

// limit ends with the time that reading the clouds may take.
func (c config) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Detect.Timeout > 0 {
		return context.WithTimeout(ctx, c.Detect.Timeout)
	}
	return context.WithCancel(ctx)
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
