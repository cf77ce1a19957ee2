package audit

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t *testing.T, part string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("audit.schema.json" + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func document(t *testing.T, text string) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestLinesFitTheSchema(t *testing.T) {
	file := written(t, 6)
	l := open(t, file)
	least := Event{Time: start, Action: ActionAuto, Actor: Actor{Principal: "ci"}, Outcome: "refused"}
	most := event(1)
	long := strings.Repeat("\U0001F512\n\x1b", 2000)
	most.Actor, most.Reason = Actor{long, long, long, long}, long
	most.Plan, most.Outcome = strings.Repeat("p", maxName), strings.Repeat("o", maxWord)
	for _, e := range []Event{least, most} {
		if _, err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	s := compiled(t, "")
	log := read(t, file)
	for _, line := range strings.Split(strings.TrimSuffix(log, "\n"), "\n") {
		if err := s.Validate(document(t, line)); err != nil {
			t.Errorf("%v\n%s", err, line)
		}
	}
	for _, filter := range []ExportOptions{{}, {Plan: "none"}} {
		filter.Format = "json"
		var out bytes.Buffer
		if err := Export(&out, strings.NewReader(log), filter); err != nil {
			t.Fatal(err)
		}
		if err := compiled(t, "#/$defs/export").Validate(document(t, out.String())); err != nil {
			t.Errorf("%v\n%s", err, &out)
		}
	}
	heads := compiled(t, "#/$defs/head")
	last := position{7, strings.Repeat("a", 64)}
	for _, text := range []string{read(t, HeadFile(file)), headOf(t, last, nil), headOf(t, last, &position{8, last.Hash}), headOf(t, position{0, Genesis}, nil)} {
		if err := heads.Validate(document(t, text)); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// The schema refuses what no line says.
func TestSchemaIsStrict(t *testing.T) {
	lines, _ := made(t, 1)
	s := compiled(t, "")
	for name, damage := range map[string]func(map[string]any){
		"another property":          func(d map[string]any) { d["extra"] = 1 },
		"another actor's property":  func(d map[string]any) { d["actor"].(map[string]any)["email"] = "a" },
		"nobody":                    func(d map[string]any) { a := d["actor"].(map[string]any); a["name"], a["principal"] = "", "" },
		"a newer format":            func(d map[string]any) { d["format_version"] = "1.1" },
		"no hash":                   func(d map[string]any) { delete(d, "hash") },
		"a short hash":              func(d map[string]any) { d["prev"] = "00" },
		"seq 0":                     func(d map[string]any) { d["seq"] = json.Number("0") },
		"another action":            func(d map[string]any) { d["action"] = "destroy" },
		"a time that is none":       func(d map[string]any) { d["time"] = "yesterdayZ" },
		"a time elsewhere":          func(d map[string]any) { d["time"] = "2026-01-02T03:04:05+01:00" },
		"an outcome of two words":   func(d map[string]any) { d["outcome"] = "not applied" },
		"a reason of two lines":     func(d map[string]any) { d["reason"] = "a\nb" },
		"a long reason":             func(d map[string]any) { d["reason"] = strings.Repeat("a", 1001) },
		"an escape sequence":        func(d map[string]any) { d["plan"] = "\x1b[2J" },
		"a digest of another kind":  func(d map[string]any) { d["digest"] = "md5:00" },
		"a name that is too long":   func(d map[string]any) { d["actor"].(map[string]any)["host"] = strings.Repeat("a", 257) },
		"a line separator's reason": func(d map[string]any) { d["reason"] = "a\u2028b" },
	} {
		t.Run(name, func(t *testing.T) {
			doc := document(t, lines[0])
			if err := s.Validate(doc); err != nil {
				t.Fatalf("before: %v", err)
			}
			damage(doc.(map[string]any))
			if s.Validate(doc) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}
