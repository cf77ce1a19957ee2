package remediate

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

func schemaOf(t testing.TB, part string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("plan.schema.json" + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func document(t testing.TB, text string) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func fits(t testing.TB, part, text string) {
	t.Helper()
	if err := schemaOf(t, part).Validate(document(t, text)); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestManifestFitsTheSchema(t *testing.T) {
	accepted := everything()
	accepted.Manifest.States[1].Steps[0].Strategy = Accept
	accepted.Manifest.States[1].Steps[1].Strategy = Accept
	for name, d := range map[string]*Draft{"everything": everything(), "nothing to do": {Manifest: *many(0)}, "much left": {Manifest: *many(3)}, "accept": accepted} {
		t.Run(name, func(t *testing.T) {
			d.Manifest.FormatVersion = FormatVersion
			if d.Manifest.States == nil {
				d.Manifest.States = []State{}
			}
			for i := range d.Manifest.Left {
				if f := &d.Manifest.Left[i].Finding; f.Kind == drift.Missing {
					f.Type, f.ID, f.Source = "aws_vpc", "vpc-1", "envs/prod"
				}
			}
			dir, _ := stored(t, d)
			fits(t, "", read(t, filepath.Join(dir, manifestName)))
			opened(t, dir)
		})
	}
}

// The example has every strategy, mode, risk and kind, so that the schema is tried
// with each.
func TestTheExampleHasEverything(t *testing.T) {
	m := everything().Manifest
	text, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(Strategies(), Along) {
		if !strings.Contains(string(text), `"strategy": "`+string(s)+`"`) {
			t.Errorf("no strategy is %s", s)
		}
	}
	for _, want := range []string{`"mode": "normal"`, `"mode": "refresh-only"`, `"risk": "low"`, `"risk": "medium"`, `"risk": "high"`, `"kind": "changed"`, `"kind": "missing"`, `"kind": "unmanaged"`,
		`"sensitive": true`, `"unknown": true`, `"replaces": true`, `"outputs"`, `"edits"`, `"hints"`, `"warnings"`, `"left"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("there is no %s", want)
		}
	}
}

func TestTheOtherDocumentsFitTheSchema(t *testing.T) {
	dir, _ := stored(t, everything())
	s, ann := opened(t, dir), newKey(t)
	for _, d := range []Decision{Authored, Approved, Rejected} {
		if err := s.Sign(d, "because", noon, "ann", ann.in(Namespace)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, approvalsDir, "*.json"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		fits(t, "#/$defs/statement", read(t, file))
	}
	j, err := s.journal()
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []Status{Started, Applied, Done} {
		if err := s.mark(j, 1, status, noon); err != nil {
			t.Fatal(err)
		}
		fits(t, "#/$defs/journal", read(t, filepath.Join(dir, journalName)))
	}
	for _, o := range []*Outcome{
		{States: []StateOutcome{
			{Source: "envs/prod", Status: Done, Backup: "b", Written: []string{"w"}, Steps: results(s.Manifest.States[0].Steps, &drift.Report{Findings: []drift.Finding{found(drift.Changed, "aws_instance.web"), found(drift.Unchecked, "aws_eip.web")}})},
			{Source: "envs/test", Status: Started, Steps: unchecked(s.Manifest.States[1].Steps, errors.New("no credentials"))},
		}},
		{States: []StateOutcome{{Source: "envs/prod", Status: Pending, Steps: []StepOutcome{}}}},
	} {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		fits(t, "#/$defs/outcome", string(text))
	}
}

type object = map[string]any

// The schema and driftmgr itself refuse what the contract does not allow.
func TestSchemaIsStrict(t *testing.T) {
	data, err := everything().Manifest.encode()
	if err != nil {
		t.Fatal(err)
	}
	base := strings.Replace(string(data), `"files": null`, `"files": [{"name": "state-1/terraform.tfplan", "sha256": "`+strings.Repeat("a", 64)+`", "size": 8}]`, 1)
	item := func(d object, key string, i int) object { return d[key].([]any)[i].(object) }
	state := func(d object) object { return item(d, "states", 0) }
	step := func(d object, i int) object { return item(state(d), "steps", i) }
	for name, tt := range map[string]struct {
		damage func(d object)
		taken  bool // driftmgr takes it: Open or what is shown and checked later tells
	}{
		"another property":                 {func(d object) { d["extra"] = 1 }, false},
		"a state's other property":         {func(d object) { state(d)["extra"] = 1 }, false},
		"a step's other property":          {func(d object) { step(d, 0)["extra"] = 1 }, false},
		"a finding's other property":       {func(d object) { step(d, 0)["finding"].(object)["severity"] = "high" }, false},
		"a change's other property":        {func(d object) { item(step(d, 0), "changes", 0)["extra"] = 1 }, false},
		"an edit's other property":         {func(d object) { item(state(d), "edits", 0)["mode"] = "0777" }, false},
		"a file's other property":          {func(d object) { item(d, "files", 0)["mode"] = "0777" }, false},
		"another property of what is left": {func(d object) { item(d, "left", 0)["extra"] = 1 }, false},
		"a newer format":                   {func(d object) { d["format_version"] = "2.0" }, false},
		"no format":                        {func(d object) { delete(d, "format_version") }, false},
		"another mode":                     {func(d object) { state(d)["mode"] = "destroy" }, false},
		"the other mode":                   {func(d object) { state(d)["mode"] = "refresh-only" }, false},
		"another strategy":                 {func(d object) { step(d, 0)["strategy"] = "destroy" }, false},
		"a step that is left":              {func(d object) { step(d, 0)["strategy"] = "leave" }, false},
		"a strategy for another finding":   {func(d object) { step(d, 0)["strategy"] = "recreate" }, false},
		"a proposal without a finding":     {func(d object) { delete(step(d, 0), "finding") }, false},
		"a finding that comes along":       {func(d object) { step(d, 0)["strategy"] = "along" }, false},
		"another risk":                     {func(d object) { step(d, 0)["risk"] = "harmless" }, false},
		"no risk":                          {func(d object) { delete(step(d, 0), "risk") }, false},
		"another risk of the whole":        {func(d object) { d["risk"] = "" }, false},
		"a serial below 0":                 {func(d object) { state(d)["serial"] = json.Number("-1") }, false},
		"a size that is a text":            {func(d object) { item(d, "files", 0)["size"] = "8" }, false},
		"a time that is none":              {func(d object) { d["created"] = "yesterday" }, false},
		"a risk without a reason":          {func(d object) { delete(step(d, 0), "reasons") }, true},
		"a sensitive value":                {func(d object) { item(step(d, 0), "changes", 1)["before"] = "x" }, true},
		"a known value that is unknown":    {func(d object) { item(step(d, 0), "changes", 0)["after"] = "x" }, true},
		"another action":                   {func(d object) { step(d, 0)["actions"] = []any{"explode"} }, true},
		"no steps":                         {func(d object) { state(d)["steps"] = []any{} }, false},
		"an edit elsewhere":                {func(d object) { item(state(d), "edits", 0)["path"] = "../x.tf" }, true},
		"a file elsewhere":                 {func(d object) { item(d, "files", 0)["name"] = "../x" }, true},
		"a digest of another kind":         {func(d object) { item(d, "files", 0)["sha256"] = "00" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			doc := document(t, base)
			if err := schemaOf(t, "").Validate(doc); err != nil {
				t.Fatalf("before: %v", err)
			}
			if _, err := decodeManifest([]byte(base)); err != nil {
				t.Fatalf("before: %v", err)
			}
			tt.damage(doc.(object))
			if schemaOf(t, "").Validate(doc) == nil {
				t.Error("the schema takes it")
			}
			text, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := decodeManifest(text); (err == nil) != tt.taken {
				t.Errorf("driftmgr: %v", err)
			}
		})
	}
}
