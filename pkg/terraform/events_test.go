package terraform

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// The lines of `terraform apply -json` of Terraform 1.11.
func TestEvents(t *testing.T) {
	const (
		hello    = `{"@level":"info","@message":"Terraform 1.11.4","@module":"terraform.ui","terraform":"1.11.4","type":"version","ui":"1.2"}`
		start    = `{"@level":"info","type":"apply_start","hook":{"resource":{"addr":"module.a.aws_vpc.b[\"x\"]","resource_type":"aws_vpc"},"action":"update","id_key":"id","id_value":"vpc-1"}}`
		progress = `{"type":"apply_progress","hook":{"resource":{"addr":"aws_vpc.a"},"action":"create","elapsed_seconds":10}}`
		done     = `{"type":"apply_complete","hook":{"resource":{"addr":"aws_vpc.a"},"action":"create","id_key":"id","id_value":"vpc-1","elapsed_seconds":12.5}}`
		failed   = `{"type":"apply_errored","hook":{"resource":{"addr":"aws_vpc.a"},"action":"delete","elapsed_seconds":3}}`
		warning  = `{"@level":"warn","type":"diagnostic","diagnostic":{"severity":"warning","summary":"Deprecated","detail":"Do not"}}`
		problem  = `{"@level":"error","type":"diagnostic","diagnostic":{"severity":"error","summary":"Error acquiring the state lock","detail":"resource temporarily unavailable\nLock Info:\n  ID:   1\n  Who:  ann@ci\n"}}`
		summary  = `{"type":"change_summary","changes":{"add":1,"operation":"apply"}}`
	)
	tests := []struct {
		name   string
		text   string
		want   []string
		errors []string
	}{
		{"nothing", "", nil, nil},
		{"all of it", strings.Join([]string{hello, start, progress, done, warning, summary}, "\n") + "\n",
			[]string{`module.a.aws_vpc.b["x"]: update…`, "aws_vpc.a: still at it after 10s", "aws_vpc.a: create done after 12.5s"}, nil},
		{"failure", start + "\n" + failed + "\n" + problem + "\n", []string{`module.a.aws_vpc.b["x"]: update…`, "aws_vpc.a: delete failed after 3s"},
			[]string{"Error: Error acquiring the state lock: resource temporarily unavailable Lock Info: ID: 1 Who: ann@ci\n", "  resource temporarily unavailable\n  Lock Info:\n    ID:   1\n    Who:  ann@ci\n"}},
		{"garbage between", "panic: x\n\n[1]\nnull\n\x00\xff{\n" + done + "\r\n{\"type\":7}\n", []string{"aws_vpc.a: create done after 12.5s"}, nil},
		{"without its end", done + "\n" + start, []string{"aws_vpc.a: create done after 12.5s"}, nil},
	}
	for _, tt := range tests {
		// However the lines are torn on their way.
		for _, size := range []int{1, 7, 64, 1 << 20} {
			t.Run(fmt.Sprintf("%s in pieces of %d", tt.name, size), func(t *testing.T) {
				var got []string
				e := &events{show: func(p Progress) { got = append(got, p.Address+": "+p.Text) }}
				for piece := range slices.Chunk([]byte(tt.text), size) {
					buf := slices.Clone(piece)
					if n, err := e.Write(buf); n != len(piece) || err != nil {
						t.Fatalf("%d, %v", n, err)
					}
					clear(buf) // the writer may use it again
				}
				if !slices.Equal(got, tt.want) || told(e.errors) != strings.Join(tt.errors, "") {
					t.Errorf("got  %q, errors %q\nwant %q, errors %q", got, told(e.errors), tt.want, tt.errors)
				}
			})
		}
	}
}

func FuzzEvents(f *testing.F) {
	f.Add([]byte("{\"type\":\"apply_start\",\"hook\":{\"resource\":{\"addr\":\"a.b\"},\"action\":\"create\"}}\nx"), 3)
	f.Add([]byte("{\"type\":\"diagnostic\",\"diagnostic\":{\"severity\":\"error\",\"summary\":\"s\"}}\n"), 10)
	f.Fuzz(func(t *testing.T, data []byte, at int) {
		read := func(pieces ...[]byte) string {
			var out strings.Builder
			e := &events{show: func(p Progress) { fmt.Fprintf(&out, "%q\n", p) }}
			for _, p := range pieces {
				if n, err := e.Write(p); n != len(p) || err != nil {
					t.Fatal(n, err)
				}
			}
			fmt.Fprintf(&out, "%+v %q", e.errors, e.rest)
			return out.String()
		}
		at = max(0, min(at, len(data)))
		if whole, torn := read(data), read(data[:at], data[at:]); whole != torn {
			t.Errorf("whole %s\ntorn  %s", whole, torn)
		}
	})
}

func TestLockHolder(t *testing.T) {
	const said = "Error: Error acquiring the state lock\n\nError message: resource temporarily unavailable\nLock Info:\n  ID:        41\n  Path:      terraform.tfstate\n  Operation: OperationTypeApply\n  Who:       ann@ci\n  Version:   1.11.4\n"
	for text, want := range map[string]string{said: " by ann@ci", "Who is it?": "", "": "", "Who:\n": " by "} {
		if got := lockHolder(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestChanges(t *testing.T) {
	list := []*tfjson.ResourceChange{
		{Address: "data.aws_ami.a", Mode: tfjson.DataResourceMode, Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionRead}}},
		{Address: "aws_vpc.nothing", Mode: tfjson.ManagedResourceMode},
		{Address: "aws_vpc.a", Type: "aws_vpc", Mode: tfjson.ManagedResourceMode, Change: &tfjson.Change{
			Actions: tfjson.Actions{tfjson.ActionDelete, tfjson.ActionCreate}, Before: map[string]any{"x": 1.0}, After: map[string]any{"x": 2.0}, AfterUnknown: map[string]any{"id": true},
			BeforeSensitive: map[string]any{"p": true}, AfterSensitive: true, ReplacePaths: []any{[]any{"x"}}, Importing: &tfjson.Importing{ID: "vpc-1"},
		}},
		{Address: "aws_vpc.a", Type: "aws_vpc", Mode: tfjson.ManagedResourceMode, DeposedKey: "0123abcd", Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionDelete}}},
	}
	got := fmt.Sprintf("%+v", changes(list, tfjson.ManagedResourceMode))
	want := "[{Address:aws_vpc.a Type:aws_vpc Actions:[delete create] Before:map[x:1] After:map[x:2] Unknown:map[id:true] BeforeSensitive:map[p:true] AfterSensitive:true Replaces:[[x]] Imported:vpc-1 Previous: Provisioners:[]}" +
		" {Address:aws_vpc.a (deposed 0123abcd) Type:aws_vpc Actions:[delete] Before:<nil> After:<nil> Unknown:<nil> BeforeSensitive:<nil> AfterSensitive:<nil> Replaces:[] Imported: Previous: Provisioners:[]}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c := Change{Actions: []string{"delete", "create"}}
	if !c.Is("delete", "create") || c.Is("create", "delete") || c.Is("delete") || !c.Has("create") || c.Has("update") {
		t.Error("actions")
	}
}

func TestMovedByAddress(t *testing.T) {
	plan := func(change func(*Planned)) *Planned {
		p := &Planned{
			Changes: []Change{{Address: "a.x", Actions: []string{"update"}, Before: map[string]any{"p": "hunter2", "n": 1.0}, After: map[string]any{"n": 2.0}}, {Address: "a.y", Actions: []string{"no-op"}, Before: "same"}},
			Drift:   []Change{{Address: "a.x", Actions: []string{"update"}, After: map[string]any{"n": 1.0}}},
		}
		change(p)
		return p
	}
	for name, tt := range map[string]struct {
		change func(*Planned)
		want   string
	}{
		"the same":               {func(*Planned) {}, ""},
		"another order":          {func(p *Planned) { slices.Reverse(p.Changes) }, ""},
		"another secret":         {func(p *Planned) { p.Changes[0].Before = map[string]any{"p": "hunter3", "n": 1.0} }, "a.x"},
		"another action":         {func(p *Planned) { p.Changes[0].Actions = []string{"delete", "create"} }, "a.x"},
		"one more":               {func(p *Planned) { p.Changes = append(p.Changes, Change{Address: "a.z"}) }, "a.z"},
		"one less":               {func(p *Planned) { p.Changes = p.Changes[:1] }, "a.y"},
		"what came about by now": {func(p *Planned) { p.Drift[0].After = map[string]any{"n": 3.0} }, "a.x"},
		"no drift by now":        {func(p *Planned) { p.Drift = nil }, "a.x"},
		"drift in place of it":   {func(p *Planned) { p.Drift, p.Changes = p.Changes, p.Drift }, "a.x a.y"},
	} {
		if got := strings.Join(plan(func(*Planned) {}).Moved(plan(tt.change)), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestVarArgs(t *testing.T) {
	here, module := t.TempDir(), t.TempDir()
	t.Chdir(here)
	for _, file := range []string{filepath.Join(here, "both.tfvars"), filepath.Join(module, "both.tfvars"), filepath.Join(module, "there.tfvars"), filepath.Join(here, "here.tfvars")} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := &Root{dir: module, o: RootOptions{VarFiles: []string{"here.tfvars", "there.tfvars", "both.tfvars", "/abs/x.tfvars", "none.tfvars"}, Vars: []string{"a=b c", "d="}}}
	got, err := r.varArgs(r.dir)
	want := []string{"-var-file=" + here + "/here.tfvars", "-var-file=" + module + "/there.tfvars", "-var-file=" + here + "/both.tfvars", "-var-file=" + module + "/abs/x.tfvars", "-var-file=" + module + "/none.tfvars", "-var=a=b c", "-var=d="}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
}
