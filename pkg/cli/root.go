package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// rootOptions hold for every command.
type rootOptions struct {
	configFile string
}

func (a *app) rootCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "driftmgr",
		Short: "Tell what differs between Terraform states and the clouds",
		Long: `driftmgr reads Terraform states and the clouds, and tells what differs, what is
gone, what nobody manages and what could not be checked. It changes neither.
Only remediate apply lets Terraform change something: what was approved.

Exit codes: 0 no drift · 2 drift · 3 no drift found, but not everything could
be checked · 1 error · 130 interrupted.`,
		Example: `  driftmgr demo                        see what a report looks like
  driftmgr detect                      compare the state of the code here with the cloud
  driftmgr detect 'envs/**/*.tfstate'  compare several states at once
  driftmgr remediate plan              propose the way back; it changes nothing`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) {
			known := map[string]any{}
			cmd.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = nil })
			if s := didYouMean(unknown.GetSpecifiedName(), known, "--"); s != "" {
				return fmt.Errorf("%w%s", err, s)
			}
		}
		return fmt.Errorf("%w: see %s --help", err, cmd.CommandPath())
	})
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), ".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", helpWidth)))
	cmd.PersistentFlags().StringVar(&a.root.configFile, "config", "", "configuration `FILE` (default driftmgr.yaml, if there is one)")
	group(cmd,
		a.auditCommand(),
		a.configCommand(),
		a.demoCommand(),
		a.detectCommand(),
		a.doctorCommand(),
		a.inventoryCommand(),
		a.permissionsCommand(),
		a.remediateCommand(),
		a.typesCommand(),
		a.versionCommand(),
	)
	return cmd
}

// group makes a command one that only has others below it.
func group(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(below...)
	return cmd
}

// helpWidth is how wide help is, in columns.
const helpWidth = 80

func unknownCommand(cmd *cobra.Command, name string) error {
	cmd.SuggestionsMinimumDistance = 2
	if s := cmd.SuggestionsFor(name); len(s) > 0 {
		return fmt.Errorf("unknown command %q: did you mean %s?", name, s[0])
	}
	return fmt.Errorf("unknown command %q: see %s --help", name, cmd.CommandPath())
}
