package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// TestHelp proves that every command's help fits a terminal and has an example.
func TestHelp(t *testing.T) {
	a := &app{Streams: Streams{Getenv: func(string) string { return "" }}}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		if name := cmd.Name(); name == "help" || name == "completion" || cmd.HasParent() && cmd.Parent().Name() == "completion" {
			return // cobra's own
		}
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			var out bytes.Buffer
			cmd.SetOut(&out)
			if err := cmd.Help(); err != nil {
				t.Fatal(err)
			}
			for l := range strings.Lines(out.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(l, "\n")); n > helpWidth && !strings.HasPrefix(l, "  driftmgr ") && !strings.Contains(l, "https://") {
					t.Errorf("%d columns: %s", n, l)
				}
			}
			if cmd.Runnable() && cmd.Example == "" {
				t.Error("no example")
			}
		})
	}
	visit(a.rootCommand())
}
