package rootmodule

import (
	"slices"
	"strings"
)

// arguments are those that the environment adds to a command of Terraform's:
// TF_CLI_ARGS and, for plan, TF_CLI_ARGS_plan
// (https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_cli_args-and-tf_cli_args_name).
func (r *reader) arguments(command string) []string {
	var all []string
	for _, name := range []string{"TF_CLI_ARGS", "TF_CLI_ARGS_" + command} {
		text := r.env[name]
		if strings.ContainsAny(text, `"'\`) {
			if strings.Contains(text, "-var") || strings.Contains(text, "-backend-config") {
				r.warn(name + " has quotes and is left aside: give driftmgr its --var, --var-file and --backend-config")
			}
			continue
		}
		all = append(all, strings.Fields(text)...)
	}
	return all
}

// flag is one of -var, -var-file and -backend-config.
type flag struct{ name, value string }

// flags are those of a command line, written -var=VALUE or -var VALUE, with one
// dash or two.
func flags(arguments []string) []flag {
	var all []flag
	for i := 0; i < len(arguments); i++ {
		name, value, whole := strings.Cut(arguments[i], "=")
		bare := strings.TrimPrefix(strings.TrimPrefix(name, "-"), "-")
		if bare == name || !slices.Contains([]string{"var", "var-file", "backend-config"}, bare) {
			continue
		}
		if !whole {
			if i++; i == len(arguments) {
				break
			}
			value = arguments[i]
		}
		all = append(all, flag{bare, value})
	}
	return all
}

// backendArguments are the values of -backend-config in a command line.
func backendArguments(arguments []string) []string {
	var all []string
	for _, f := range flags(arguments) {
		if f.name == "backend-config" {
			all = append(all, f.value)
		}
	}
	return all
}
