package cli

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/report"
	"github.com/driftmgr/driftmgr/pkg/schema"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// The demo's company: what its Terraform state says, and what its clouds have.
var (
	//go:embed demo/company.tfstate
	demoState []byte
	//go:embed demo/inventory.jsonl
	demoInventory []byte
)

const (
	demoHead = "A made-up company with three clouds. Nothing is called, nothing is read but\nthe demo's own state and inventory. What driftmgr detect says of them:\n\n"

	demoNext = `
Next, with your own:
  driftmgr detect                        compare the state of the code here
  driftmgr detect 'envs/**/*.tfstate'    compare several states at once
  driftmgr detect --output json          the same for scripts
  driftmgr types                         what is read today, and the permissions
`
)

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show a report of a made-up company",
		Long: `Compares the state of a made-up company with an inventory of its clouds, both
part of driftmgr, and shows the report. No credentials and no network are used.

The exit code is 0; that of driftmgr detect would be 2, for drift.`,
		Example: `  driftmgr demo
  driftmgr demo | less`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.demo() },
	}
}

func (a *app) demo() error {
	clouds := a.providers(config{}, &provider.Stats{})
	r, err := demoReport(clouds)
	if err != nil {
		return err
	}
	out, err := a.openOutputs(nil, report.Options{Color: a.color(), Width: a.Width})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(a.Out, demoHead); err != nil {
		return fmt.Errorf("write the demo: %w", err)
	}
	if err := out.write(r); err != nil {
		return err
	}
	if _, err := io.WriteString(a.Out, demoNext); err != nil {
		return fmt.Errorf("write the demo: %w", err)
	}
	return nil
}

func demoReport(clouds []provider.Provider) (*drift.Report, error) {
	f, err := state.Read(bytes.NewReader(demoState), "company.tfstate", 0)
	if err != nil {
		return nil, err
	}
	inv, err := inventory.Read(bytes.NewReader(demoInventory), "inventory.jsonl")
	if err != nil {
		return nil, err
	}
	company := states{managed: f.Managed}
	company.locate(clouds)
	return drift.Compare(f.Managed, inv, drift.Options{
		Types:     resourceTypes(clouds),
		Schemas:   schema.Embedded(),
		Unmanaged: true,
	}), nil
}
