package cli

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

type inventoryOptions struct {
	*app
	config config
	states []string
	file   string
}

func (a *app) inventoryCommand() *cobra.Command {
	o := &inventoryOptions{app: a}
	cmd := &cobra.Command{
		Use:   "inventory [STATE…]",
		Short: "Write what the clouds hold",
		Long: `Reads every supported resource and writes it as JSON lines, without secrets.
driftmgr detect --inventory compares states with it, without any network.

States, if some are named as for driftmgr detect, only say which accounts and
regions to read.`,
		Example: `  driftmgr inventory --region eu-west-1 --output account.jsonl
  driftmgr inventory prod.tfstate | gzip > account.jsonl.gz
  driftmgr inventory --depth list --type 'aws_s3_*'`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.states = args
			if o.config, err = a.loadConfig(cmd.Flags()); err != nil {
				return err
			}
			return a.logged(o.config, func() error { return o.run(cmd.Context()) })
		},
	}
	cmd.Flags().StringVar(&o.file, "output", "", "write to `FILE` (default: stdout)")
	cmd.Flags().String("depth", string(provider.DepthFull), "`full`, or list: no call per resource, fewer attributes")
	a.stateFlags(cmd)
	a.readFlags(cmd)
	return cmd
}

func (o *inventoryOptions) run(ctx context.Context) error {
	if o.file != "" {
		if err := writable(o.file); err != nil {
			return err
		}
	}
	selected, err := newSelection(o.config)
	if err != nil {
		return err
	}
	read := &states{}
	if len(o.states) > 0 {
		if read, err = o.readStates(ctx, o.config, o.states); err != nil {
			return err
		}
	}
	if err := spare(o.file, read.names()...); err != nil {
		return err
	}
	stats := &provider.Stats{}
	clouds, names, err := o.clouds(ctx, &o.config, read, stats)
	if err != nil {
		return err
	}
	inv, err := o.collect(ctx, o.config, inventory.Request{
		Providers:  clouds,
		Clouds:     names,
		Managed:    read.managed,
		Configs:    read.configs,
		Everything: true,
		Type:       selected.typ,
		Regions:    o.config.Detect.Regions,
		Stats:      stats,
	})
	if err != nil {
		return err
	}
	o.logRun("inventory", read, slog.Int("resources", len(inv.Resources)), slog.Int("calls", inv.Stats.Total))
	if err := o.write(inv); err != nil {
		return err
	}
	return o.tell(inv)
}

func (o *inventoryOptions) write(inv *inventory.Inventory) error {
	if o.file == "" {
		return inventory.Write(o.Out, inv, schema.Embedded())
	}
	var buf bytes.Buffer
	if err := inventory.Write(&buf, inv, schema.Embedded()); err != nil {
		return err
	}
	return replaceFile(o.file, buf.Bytes())
}

// tell says on stderr what was read and what was not.
func (o *inventoryOptions) tell(inv *inventory.Inventory) error {
	incomplete := 0
	reasons := map[string]bool{}
	for _, row := range inv.Coverage {
		if row.Complete {
			continue
		}
		incomplete++
		if !reasons[row.Reason] {
			reasons[row.Reason] = true
			_, _ = fmt.Fprintf(o.Err, "driftmgr: %s not read: %s\n", row.Type, row.Reason)
		}
	}
	_, _ = fmt.Fprintf(o.Err, "driftmgr: %d resources, %d of %d listings complete, %d API calls\n",
		len(inv.Resources), len(inv.Coverage)-incomplete, len(inv.Coverage), inv.Stats.Total)
	if incomplete > 0 {
		return verdictError{drift.Incomplete}
	}
	return nil
}
