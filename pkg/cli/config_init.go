package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type configInitOptions struct {
	*app
	file  string
	force bool
}

func (a *app) configInitCommand() *cobra.Command {
	o := &configInitOptions{app: a}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration file with every key, commented out",
		Long: `Writes a configuration file that has every key with its default and what it
means. All of them are commented out, so that it changes nothing by itself.`,
		Example: `  driftmgr config init
  driftmgr config init --output prod.yaml`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return o.run() },
	}
	cmd.Flags().StringVar(&o.file, "output", configFile, "write to `FILE`")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace the file if there is one")
	return cmd
}

func (o *configInitOptions) run() error {
	if err := writable(o.file); err != nil {
		return err
	}
	data := []byte(commentedConfig())
	var err error
	if o.force {
		err = replaceFile(o.file, data)
	} else {
		err = newFile(o.file, data)
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: name another with --output, or replace it with --force", o.file)
	}
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(o.Err, "driftmgr: wrote %s\n", o.file)
	return nil
}

// newFile writes a file that does not exist, or leaves the one that does.
func newFile(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %w", err)
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(name)
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

const configHead = `# yaml-language-server: $schema=` + schemaURL + `

# The configuration of driftmgr. Each key is here with its default: remove the
# number sign before a key to set it. A flag wins over an environment variable, that over
# this file. The variable of detect.depth is DRIFTMGR_DETECT_DEPTH, and so on.
#
# A text may refer to what is elsewhere: ${NAME} and ${NAME:-default} to the
# environment, ${secret:NAME} to the store that secrets.backend names,
# ${aws-secret:NAME#json_key}, ${azure-secret:VAULT/NAME},
# ${gcp-secret:projects/P/secrets/S} and ${file:/path} to a secret elsewhere.
# $${ is a literal ${.
#
# driftmgr config validate looks for mistakes; driftmgr config show tells what
# counts.
`

// commentedConfig is a configuration file with every key commented out. Doc
// comments begin with "# ", keys with "#".
func commentedConfig() string {
	var b strings.Builder
	b.WriteString(configHead)
	keys := configKeys()
	for _, s := range configSections() {
		depth := strings.Count(s.name, ".")
		_, name := cutLast("."+s.name, ".")
		indent := strings.Repeat("  ", depth)
		b.WriteString("\n")
		wrapComment(&b, indent, s.doc)
		b.WriteString(indent + name + ":\n")
		for _, k := range keys {
			if parent, name := cutLast(k.name, "."); parent == s.name {
				writeCommented(&b, indent+"  ", name, k, !repeats(k, keys))
			}
		}
	}
	return b.String()
}

// repeats reports whether a key of state_storage means what the provider's does.
func repeats(k configKey, keys []configKey) bool {
	rest, ok := strings.CutPrefix(k.name, "state_storage.")
	provider := "providers." + rest
	return ok && slices.ContainsFunc(keys, func(k configKey) bool { return k.name == provider })
}

func writeCommented(b *strings.Builder, indent, name string, k configKey, explain bool) {
	doc := k.doc
	if len(k.values) > 1 {
		doc += " Values: " + strings.Join(k.values, ", ") + "."
	}
	if k.like != "" {
		doc += " Example: " + k.like
	}
	if k.secret && k.like == "" {
		doc += " Example: ${secret:" + name + "}"
	}
	if explain {
		wrapComment(b, indent, doc)
	}
	b.WriteString(indent + "#" + name + ": " + yamlValue(k.zero()) + "\n")
}

// wrapComment writes a comment in lines of at most 100 characters.
func wrapComment(b *strings.Builder, indent, doc string) {
	line := indent + "#"
	for word := range strings.FieldsSeq(doc) {
		if len(line)+1+len(word) > 100 {
			b.WriteString(line + "\n")
			line = indent + "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

// yamlValue is a default as YAML; JSON is YAML.
func yamlValue(v any) string {
	switch v := v.(type) {
	case string:
		if v != "" {
			return v
		}
	case time.Duration:
		return v.String()
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}
