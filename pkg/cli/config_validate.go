package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
)

type configValidateOptions struct{ *app }

func (a *app) configValidateCommand() *cobra.Command {
	o := &configValidateOptions{a}
	return &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Look for every mistake in the configuration",
		Long: `Looks at the file and at the environment variables, and tells every mistake
on a line of its own: where it is, the key, what is wrong and what to do. What
is insecure is a warning, or an error with security.config_validation's
fail_on_insecure. Secrets are not read.

The exit code is 1 if there is an error.`,
		Example: `  driftmgr config validate
  driftmgr config validate prod.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return o.run(args) },
	}
}

func (o *configValidateOptions) run(args []string) error {
	name := o.configName()
	if len(args) == 1 {
		name = args[0]
	}
	source, err := readConfigFile(name)
	if err != nil {
		return err
	}
	if source.name == "" {
		return errors.New("there is no " + configFile + " here: name the file, or write one with driftmgr config init")
	}
	problems, warnings := o.settings(source, nil).all()
	for _, p := range problems {
		_, _ = fmt.Fprintln(o.Out, p)
	}
	for _, p := range warnings {
		_, _ = fmt.Fprintln(o.Out, p.lead()+"warning: "+p.text())
	}
	if len(problems) > 0 {
		return fmt.Errorf("configuration %s has %s", source.name, count(len(problems), "error"))
	}
	_, err = fmt.Fprintf(o.Out, "%s: %s, %s\n", source.name, count(0, "error"), count(len(warnings), "warning"))
	return err
}

// all is what judge says and besides what is wrong with values that a stronger
// source replaces.
func (s *settings) all() (problems, warnings []problem) {
	_, problems, warnings = s.judge()
	for _, k := range s.keys {
		layers := s.layers[k.name]
		for _, v := range layers[:len(layers)-1] {
			if v.wrong != nil {
				problems = append(problems, problem{v.place, k.name, *v.wrong})
			}
		}
	}
	sortProblems(problems)
	return problems, warnings
}

func count(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
