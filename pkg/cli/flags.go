package cli

import "github.com/spf13/cobra"

func (a *app) unmanagedFlag(cmd *cobra.Command) {
	cmd.Flags().Bool("unmanaged", true, "also tell what no given state manages; without it only what the states name is read")
}

// stateFlags are the flags of every command that reads states.
func (a *app) stateFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Bool("recursive", false, "read every root module below the directories that are named")
	f.StringArray("backend-config", nil, "`KEY=VALUE` or FILE of a backend's partial configuration, as for terraform init, repeatable")
	f.StringArray("var", nil, "`NAME=VALUE` of a variable of the code, repeatable")
	f.StringArray("var-file", nil, "`FILE` of variables of the code, repeatable")
	f.String("workspace", "", "this `WORKSPACE` of the code, not the selected one")
	f.String("max-state-size", "128MiB", "refuse a state larger than this `SIZE`")
}

// typeFlags select what is read.
func (a *app) typeFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSlice("type", nil, "only types that match this `GLOB`, repeatable")
	f.StringSlice("exclude-type", nil, "no types that match this `GLOB`, repeatable")
	f.StringSlice("region", nil, "only this `REGION`, repeatable (default: those of the states)")
}

// readFlags are the flags of every command that reads clouds.
func (a *app) readFlags(cmd *cobra.Command) {
	a.typeFlags(cmd)
	f := cmd.Flags()
	f.StringSlice("cloud", nil, "read this `CLOUD`: aws, azure or gcp, repeatable (default: those that the states are in)")
	f.Duration("timeout", 0, "stop reading after this `DURATION`; the rest is unchecked (default: no limit)")
	f.Int("parallel", 16, "API calls under way at once")
}
