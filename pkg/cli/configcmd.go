package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "config",
		Short: "Write, check and show the configuration",
		Long: `The configuration is driftmgr.yaml in the working directory, or the file that
--config or DRIFTMGR_CONFIG names. Every key can also be set in the environment:
detect.depth is DRIFTMGR_DETECT_DEPTH.`,
		Example: `  driftmgr config init
  driftmgr config validate
  driftmgr config show`,
	},
		a.configInitCommand(),
		a.configValidateCommand(),
		a.configShowCommand(),
		&cobra.Command{
			Use:     "schema",
			Short:   "Print the JSON schema of the configuration, for editors",
			Example: "  driftmgr config schema > driftmgr.schema.json",
			Args:    cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				_, err := fmt.Fprint(a.Out, configSchema())
				return err
			},
		},
	)
}
