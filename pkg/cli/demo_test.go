package cli_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/driftmgr/driftmgr/pkg/cli"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

var update = flag.Bool("update", false, "write the golden files")

// demo runs driftmgr demo. The environment is empty.
func demo(t *testing.T, terminal bool) string {
	t.Helper()
	var out, errs bytes.Buffer
	code := cli.Main(t.Context(), []string{"demo"}, cli.Streams{
		In: strings.NewReader(""), Out: &out, Err: &errs,
		OutIsTerminal: terminal, Width: 80,
		Getenv: func(string) string { return "" },
	})
	if code != 0 || errs.Len() > 0 {
		t.Fatalf("exit code %d, stderr %q; want 0 and nothing", code, errs.String())
	}
	return out.String()
}

func TestDemo(t *testing.T) {
	got := demo(t, false)
	golden := filepath.Join("testdata", "demo.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s says\n%s\nthe demo says\n%s\nrefresh it with go test ./pkg/cli -update", golden, want, got)
	}
	for line := range strings.Lines(got) {
		if n := uniseg.StringWidth(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if !strings.Contains(got, "(sensitive, both values hidden)") || strings.Contains(got, "hooks.example") {
		t.Error("the sensitive change is not masked")
	}
	colors := regexp.MustCompile("\x1b\\[[0-9;]*m")
	if colored := demo(t, true); !colors.MatchString(colored) || colors.ReplaceAllString(colored, "") != got {
		t.Errorf("on a terminal the demo says\n%q", colored)
	}
}

// TestDemoInventory proves that the demo's inventory is one that driftmgr
// inventory could have written.
func TestDemoInventory(t *testing.T) {
	file := filepath.Join("demo", "inventory.jsonl")
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := inventory.Read(bytes.NewReader(want), file)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := inventory.Write(&got, inv, schema.Embedded()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got.String() != string(want) {
		t.Errorf("%s: driftmgr would write\n%s", file, got.String())
	}
}

// TestReadme proves that the README shows what the demo prints; […] stands for
// what it leaves out.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```\n\\$ make demo\n(.*?)```").FindSubmatch(readme)
	if shown == nil {
		t.Fatal("the README shows no demo")
	}
	got := demo(t, false)
	for part := range strings.SplitSeq(string(shown[1]), "[…]\n") {
		if !strings.Contains(got, part) {
			t.Errorf("README.md shows\n%s\nthe demo says\n%s\ncopy it from pkg/cli/testdata/demo.golden", part, got)
		}
	}
}

// TestDemoNext proves that the commands which the demo ends with exist.
func TestDemoNext(t *testing.T) {
	_, next, _ := strings.Cut(demo(t, false), "\nNext, with your own:\n")
	commands := regexp.MustCompile(`(?m)^  driftmgr (.*?)  `).FindAllStringSubmatch(next, -1)
	if len(commands) == 0 {
		t.Fatalf("no commands in %q", next)
	}
	for _, c := range commands {
		args := append(strings.Fields(strings.ReplaceAll(c[1], "'", "")), "--help")
		var errs bytes.Buffer
		if code := cli.Main(t.Context(), args, cli.Streams{
			In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &errs, Getenv: func(string) string { return "" },
		}); code != 0 {
			t.Errorf("driftmgr %s: %s", c[1], errs.String())
		}
	}
}
