package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

type typesOptions struct {
	*app
	output string
}

func (a *app) typesCommand() *cobra.Command {
	o := &typesOptions{app: a}
	cmd := &cobra.Command{
		Use:   "types [GLOB…]",
		Short: "List the supported resource types with their API actions",
		Example: `  driftmgr types
  driftmgr types 'aws_iam_*'
  driftmgr types --output json`,
		RunE: func(_ *cobra.Command, args []string) error { return o.run(args) },
	}
	cmd.Flags().StringVar(&o.output, "output", "text", "text or json")
	return cmd
}

func (o *typesOptions) run(globs []string) error {
	s, err := newSelection(config{Detect: detectConfig{Types: globs}})
	if err != nil {
		return err
	}
	var types []provider.Type
	for _, p := range o.providers(config{}, &provider.Stats{}) {
		types = append(types, slices.DeleteFunc(slices.Clone(p.Types()), func(t provider.Type) bool { return !s.typ(t.Name) })...)
	}
	if len(types) == 0 {
		return fmt.Errorf("no supported type matches %s: see driftmgr types", strings.Join(globs, " "))
	}
	switch o.output {
	case "json":
		return o.json(types)
	case "text":
		return o.text(types)
	}
	return fmt.Errorf("unknown output format %q: use text or json", o.output)
}

func (o *typesOptions) text(types []provider.Type) error {
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', 0)
	for _, t := range types {
		_, _ = fmt.Fprintf(w, "%s\t%s\n", t.Name, t.Actions[0])
		for _, action := range t.Actions[1:] {
			_, _ = fmt.Fprintf(w, "\t%s\n", action)
		}
	}
	return w.Flush()
}

func (o *typesOptions) json(types []provider.Type) error {
	type row struct {
		Type    string   `json:"type"`
		Actions []string `json:"actions"`
	}
	doc := struct {
		FormatVersion string `json:"format_version"`
		Types         []row  `json:"types"`
	}{FormatVersion: "1.0"}
	for _, t := range types {
		doc.Types = append(doc.Types, row{t.Name, t.Actions})
	}
	enc := json.NewEncoder(o.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}
