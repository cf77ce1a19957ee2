package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestExport(t *testing.T) {
	lines, _ := made(t, 4)
	log := strings.Join(lines, "")
	for _, format := range []string{"json", "jsonl", "csv"} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			if err := Export(&out, strings.NewReader(log), ExportOptions{Format: format}); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "export."+format)
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				write(t, golden, out.String())
			}
			if want := read(t, golden); out.String() != want {
				t.Errorf("got\n%s\nwant\n%s", &out, want)
			}
		})
	}
}

func TestExportPicks(t *testing.T) {
	lines, _ := made(t, 8)
	log := strings.Join(lines, "")
	for _, c := range []struct {
		name string
		o    ExportOptions
		want []uint64
	}{
		{"all", ExportOptions{}, []uint64{1, 2, 3, 4, 5, 6, 7, 8}},
		{"since, with it", ExportOptions{Since: start.Add(6 * time.Minute)}, []uint64{7, 8}},
		{"until, without it", ExportOptions{Until: start.Add(2 * time.Minute)}, []uint64{1, 2}},
		{"between", ExportOptions{Since: start.Add(2 * time.Minute), Until: start.Add(4 * time.Minute)}, []uint64{3, 4}},
		{"in another zone", ExportOptions{Since: start.Add(7 * time.Minute).In(time.FixedZone("west", -7200))}, []uint64{8}},
		{"a plan", ExportOptions{Plan: "plan-4"}, []uint64{5}},
		{"an action", ExportOptions{Action: ActionApprove}, []uint64{2, 8}},
		{"a plan and another's action", ExportOptions{Plan: "plan-4", Action: ActionPlan}, []uint64{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Format = "json"
			var out bytes.Buffer
			if err := Export(&out, strings.NewReader(log), c.o); err != nil {
				t.Fatal(err)
			}
			var doc struct{ Events []Event }
			if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.Events == nil {
				t.Fatalf("%v: %s", err, &out)
			}
			got := []uint64{}
			for _, e := range doc.Events {
				got = append(got, e.Seq)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v; want %v", got, c.want)
			}
		})
	}
}

func TestExportRefuses(t *testing.T) {
	lines, _ := made(t, 2)
	for _, c := range []struct{ name, log, format, want string }{
		{"format", lines[0], "xml", `format "xml"`},
		{"no format", lines[0], "", "use json, jsonl or csv"},
		{"no event", lines[0] + "hunter2\n" + lines[1], "json", "line 2: it is not the JSON of an event"},
		{"another form", lines[0] + strings.Replace(lines[1], ":", ": ", 1), "csv", "line 2: it has not the form"},
		{"torn", lines[0] + lines[1][:30], "jsonl", "line 2 is torn"},
		{"torn at the newline", strings.TrimSuffix(lines[0], "\n"), "jsonl", "line 1 is torn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			err := Export(&out, strings.NewReader(c.log), ExportOptions{Format: c.format})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v; want %s", err, c.want)
			}
			if out.Len() > 0 {
				t.Errorf("something was written: %s", &out)
			}
		})
	}
	if err := Export(&bytes.Buffer{}, iotest.ErrReader(os.ErrClosed), ExportOptions{Format: "csv"}); err == nil {
		t.Error("a log that cannot be read is exported")
	}
	for _, format := range []string{"json", "jsonl", "csv"} {
		if err := Export(full{}, strings.NewReader(lines[0]), ExportOptions{Format: format}); err == nil {
			t.Errorf("%s: an output that is full is no error", format)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

// No cell is a formula to a spreadsheet, whatever somebody calls themselves.
func TestExportFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
		"+1":                 "'+1",
		"-1":                 "'-1",
		"@SUM(A1)":           "'@SUM(A1)",
		"＝1":                 "'＝1",
		" =1":                "'=1",
		"\t=1":               "'=1",
		"\r\n=1":             "'=1",
		"\x00=1":             "'=1",
		"a=1":                "a=1",
		`say "no", again`:    `say "no", again`,
		"":                   "",
	} {
		e := event(0)
		e.FormatVersion, e.Seq, e.Prev = FormatVersion, 1, Genesis
		// As an altered line may have it: Append writes no control characters.
		e.Actor.Principal, e.Reason = text, text
		var out bytes.Buffer
		if err := Export(&out, strings.NewReader(forged(t, e)), ExportOptions{Format: "csv"}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, column := range rows[0] {
			if got := rows[1][i]; (column == "reason" || column == "actor_principal") && got != want {
				t.Errorf("%s %q is %q; want %q", column, text, got, want)
			}
		}
	}
}
