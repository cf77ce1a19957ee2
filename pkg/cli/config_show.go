package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

type configShowOptions struct {
	*app
	output string
	all    bool
}

func (a *app) configShowCommand() *cobra.Command {
	o := &configShowOptions{app: a}
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show what is configured, and where",
		Long: `Shows the values that count, each with where it comes from: a line of the
file, an environment variable, a flag, or with --all the default. Secrets are
neither read nor shown.

The flags of detect are taken as well, to see what they would change.`,
		Example: `  driftmgr config show
  driftmgr config show --all --output json
  driftmgr config show --config prod.yaml --region eu-west-1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&o.output, "output", "text", "text or json")
	f.BoolVar(&o.all, "all", false, "also show what has its default")
	a.stateFlags(cmd)
	for _, k := range configKeys() {
		flag, ok := strings.CutPrefix(k.name, "detect.")
		if !ok {
			continue
		}
		flag = strings.ReplaceAll(flag, "_", "-")
		if f.Lookup(flag) != nil {
			continue
		}
		switch k.kind {
		case kindBool:
			f.Bool(flag, k.zero().(bool), k.doc)
		case kindList:
			f.StringSlice(flag, nil, k.doc)
		default:
			f.String(flag, fmt.Sprint(k.zero()), k.doc)
		}
	}
	return cmd
}

// setting is a key as it is shown.
type setting struct {
	Key    string        `json:"key"`
	Value  any           `json:"value"`
	Secret bool          `json:"secret"`
	Source settingSource `json:"source"`
}

type settingSource struct {
	Kind        string   `json:"kind"`
	File        string   `json:"file,omitempty"`
	Line        int      `json:"line,omitempty"`
	Environment string   `json:"environment,omitempty"`
	Flag        string   `json:"flag,omitempty"`
	References  []string `json:"references,omitempty"`
}

func (o *configShowOptions) run(cmd *cobra.Command) error {
	if o.output != "text" && o.output != "json" {
		return fmt.Errorf("unknown output format %q: use text or json", o.output)
	}
	c, err := o.loadConfig(cmd.Flags())
	if err != nil {
		return err
	}
	rows := c.settings.rows(o.all)
	if o.output == "json" {
		return o.json(c.settings.file, rows)
	}
	return o.text(c.settings.file, rows)
}

// rows lists what is set, or everything, in the order of the keys.
func (s *settings) rows(all bool) []setting {
	rows := []setting{}
	for _, k := range s.keys {
		v := s.value(k.name)
		if v.kind == fromDefault && !all {
			continue
		}
		row := setting{Key: k.name, Source: settingSource{Kind: v.kind, References: v.refs}}
		row.Value, row.Secret = k.display(v)
		switch v.kind {
		case fromFile:
			row.Source.File, row.Source.Line = v.name, v.line
		case fromEnvironment:
			row.Source.Environment = v.name
		case fromFlag:
			row.Source.Flag = v.name
		}
		rows = append(rows, row)
	}
	return rows
}

// display is a value with what is secret in it masked, and whether something is.
func (k configKey) display(v value) (any, bool) {
	refers, secret := slices.ContainsFunc(v.refs, secretReference), false
	hide := func(s string) string {
		if k.hides(s) || refers && s != "" {
			secret = true
			return masked
		}
		return s
	}
	switch data := asWritten(v.data).(type) {
	case string:
		data = hide(data)
		return data, secret
	case []string:
		list := []string{}
		for _, s := range data {
			list = append(list, hide(s))
		}
		return list, secret
	case map[string]string:
		m := map[string]string{}
		for name, s := range data {
			if hide(name+"="+s) == masked {
				s = masked
			}
			m[name] = s
		}
		return m, secret
	case time.Duration:
		return data.String(), false
	default:
		return data, false
	}
}

// secretReference reports whether a reference stands for a secret: one of a
// store, or a variable whose name says so.
func secretReference(ref string) bool {
	return strings.Contains(ref, ":") || resource.SecretName(ref)
}

func (o *configShowOptions) text(file string, rows []setting) error {
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		source := place{r.Source.Kind, r.Source.File + r.Source.Environment + r.Source.Flag, r.Source.Line}.String()
		if len(r.Source.References) > 0 {
			source += ", " + strings.Join(r.Source.References, " ")
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", r.Key, display(r.Value), source)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(rows) > 0 {
		return nil
	}
	if file == "" {
		file = "no " + configFile + " here"
	}
	_, err := fmt.Fprintf(o.Out, "Nothing is set (%s): every key has its default, see driftmgr config show --all.\n", file)
	return err
}

// display is a value on one line.
func display(v any) string {
	s, ok := v.(string)
	if !ok {
		data, err := json.Marshal(v)
		if err != nil {
			return masked
		}
		return string(data)
	}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) {
		return strconv.Quote(s)
	}
	return s
}

func (o *configShowOptions) json(file string, rows []setting) error {
	enc := json.NewEncoder(o.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		FormatVersion string    `json:"format_version"`
		File          string    `json:"file,omitempty"`
		Settings      []setting `json:"settings"`
	}{"1.0", file, rows})
}
