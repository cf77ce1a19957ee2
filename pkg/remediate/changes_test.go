package remediate

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// value decodes JSON as plans are decoded.
func value(t testing.TB, text string) any {
	t.Helper()
	if text == "" {
		return nil
	}
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// shown writes changes one a line.
func shown(all []Change) string {
	var lines []string
	for _, c := range all {
		line := resource.Printable(c.Path) + "  "
		switch {
		case c.Sensitive:
			line += "(sensitive, both values hidden)"
		case c.Unknown:
			line += resource.Quoted(c.Before) + " → (known after the apply)"
		default:
			line += resource.Quoted(c.Before) + " → " + resource.Quoted(c.After)
		}
		if c.Replaces {
			line += "  (takes a replacement)"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestChangesOf(t *testing.T) {
	const hidden = "  (sensitive, both values hidden)"
	tests := []struct {
		name                            string
		before, after, unknown          string // JSON
		sensitiveBefore, sensitiveAfter string
		replaces                        string
		want                            string
	}{
		{name: "nothing", before: `{"a":1,"b":null}`, after: `{"a":1,"b":null}`, unknown: `{}`},
		{name: "in the order of their paths", before: `{"b":1,"a":{"y":true,"x":"1"}}`, after: `{"b":2,"a":{"y":false,"x":"2"}}`,
			want: `a.x  "1" → "2"` + "\n" + `a.y  true → false` + "\n" + `b  1 → 2`},
		{name: "null and empty are the same", before: `{"a":null,"b":[],"c":{},"d":null}`, after: `{"a":[],"b":null,"c":null,"d":{}}`},
		{name: "null and an empty text are not", before: `{"a":null}`, after: `{"a":""}`, want: `a  (none) → ""`},
		{name: "another kind of value", before: `{"a":"x"}`, after: `{"a":["x"]}`, want: `a  "x" → ["x"]`},
		{name: "created: attribute by attribute", after: `{"name":"a","disks":[{"size":1},{"size":2}],"tags":{"x":"y"},"zones":["a","b"],"none":null}`, unknown: `{"id":true,"disks":[{},{}]}`,
			want: "disks[0].size  (none) → 1\ndisks[1].size  (none) → 2\nid  (none) → (known after the apply)\nname  (none) → \"a\"\ntags.x  (none) → \"y\"\nzones  (none) → [\"a\",\"b\"]"},
		{name: "deleted", before: `{"name":"a","disks":[{"size":1}]}`, want: "disks[0].size  1 → (none)\nname  \"a\" → (none)"},

		{name: "numbers that a float does not tell apart", before: `{"account":9007199254740993}`, after: `{"account":9007199254740992}`, want: "account  9007199254740993 → 9007199254740992"},
		{name: "a number's decimals", before: `{"a":0.1}`, after: `{"a":0.25}`, want: "a  0.1 → 0.25"},

		{name: "list of texts, one another", before: `{"a":["x","y"]}`, after: `{"a":["x","z"]}`, want: `a[1]  "y" → "z"`},
		{name: "list of texts, one more", before: `{"a":["x"]}`, after: `{"a":["x","y"]}`, want: `a  ["x"] → ["x","y"]`},
		{name: "list of blocks, one in the middle", before: `{"r":[{"p":1},{"p":2},{"p":3}]}`, after: `{"r":[{"p":1},{"p":3}]}`, want: "r[1].p  2 → (none)"},
		{name: "list of blocks, one in front", before: `{"r":[{"p":2},{"p":3}]}`, after: `{"r":[{"p":1},{"p":2},{"p":3}]}`, want: "r[0].p  (none) → 1"},
		{name: "list of blocks, all but one", before: `{"r":[{"p":1},{"p":1},{"p":1}]}`, after: `{"r":[{"p":1}]}`, want: "r[0].p  1 → (none)\nr[1].p  1 → (none)"},
		{name: "list of blocks, another order", before: `{"r":[{"p":1},{"p":2}]}`, after: `{"r":[{"p":2},{"p":1}]}`, want: "r[0].p  1 → 2\nr[1].p  2 → 1"},
		{name: "no more blocks", before: `{"r":[{"p":1}]}`, after: `{"r":[]}`, want: "r[0].p  1 → (none)"},
		{name: "list of lists", before: `{"m":[["a"],["b"]]}`, after: `{"m":[["a"],["c"]]}`, want: `m[1][0]  "b" → "c"`},

		{name: "unknown", before: `{"a":"x"}`, after: `{}`, unknown: `{"a":true}`, want: `a  "x" → (known after the apply)`},
		{name: "unknown in a block", before: `{"r":[{"p":1,"q":"x"}]}`, after: `{"r":[{"p":1}]}`, unknown: `{"r":[{"q":true}]}`, want: `r[0].q  "x" → (known after the apply)`},
		{name: "unknown block that is not the last of equal ones", before: `{"r":[{"p":1}]}`, after: `{"r":[{"p":1},{"p":1}]}`, unknown: `{"r":[{},{"q":true}]}`, want: "r[1].p  (none) → 1\nr[1].q  (none) → (known after the apply)"},
		{name: "unknown text of a longer list", before: `{"a":["x"]}`, after: `{"a":["x",null]}`, unknown: `{"a":[false,true]}`, want: "a[1]  (none) → (known after the apply)"},
		{name: "unknown object", before: `{"n":{"x":1}}`, after: `{}`, unknown: `{"n":true}`, want: `n  {"x":1} → (known after the apply)`},
		{name: "unknown of which there is nothing else", before: `{"n":null}`, after: `{"n":null}`, unknown: `{"n":{"id":true}}`, want: "n.id  (none) → (known after the apply)"},
		{name: "known to be the same", before: `{"a":1}`, after: `{"a":1}`, unknown: `{"a":false}`},

		{name: "sensitive", before: `{"p":"hunter2"}`, after: `{"p":"hunter3"}`, sensitiveBefore: `{"p":true}`, sensitiveAfter: `{"p":true}`, want: "p" + hidden},
		{name: "sensitive, the same", before: `{"p":"hunter2"}`, after: `{"p":"hunter2"}`, sensitiveBefore: `{"p":true}`, sensitiveAfter: `{"p":true}`},
		{name: "sensitive before only", before: `{"p":"hunter2"}`, after: `{"p":"x"}`, sensitiveBefore: `{"p":true}`, sensitiveAfter: `{}`, want: "p" + hidden},
		{name: "sensitive after only", before: `{"p":"x"}`, after: `{"p":"hunter2"}`, sensitiveAfter: `{"p":true}`, want: "p" + hidden},
		{name: "sensitive and unknown", before: `{"p":"hunter2"}`, after: `{}`, unknown: `{"p":true}`, sensitiveBefore: `{"p":true}`, want: "p" + hidden},
		{name: "sensitive within what becomes unknown", before: `{"n":{"user":"ann","p":"hunter2"}}`, after: `{}`, unknown: `{"n":true}`, sensitiveBefore: `{"n":{"p":true}}`, want: "n" + hidden},
		{name: "sensitive in a block", before: `{"r":[{"u":"a","p":"hunter2"}]}`, after: `{"r":[{"u":"b","p":"hunter3"}]}`, sensitiveBefore: `{"r":[{"p":true}]}`, sensitiveAfter: `{"r":[{"p":true}]}`, want: "r[0].p" + hidden + "\nr[0].u  \"a\" → \"b\""},
		{name: "sensitive block that goes", before: `{"r":[{"u":"a","p":"hunter2"}]}`, after: `{"r":[]}`, sensitiveBefore: `{"r":[{"p":true}]}`, want: "r[0].p" + hidden + "\nr[0].u  \"a\" → (none)"},
		{name: "sensitive text in a list", before: `{"a":["hunter2"]}`, after: `{"a":["hunter2","hunter3"]}`, sensitiveAfter: `{"a":[false,true]}`, want: "a" + hidden},
		{name: "all of it sensitive", before: `{"a":"hunter2"}`, after: `{"a":"hunter3"}`, sensitiveBefore: `true`, sensitiveAfter: `true`, want: hidden},
		{name: "sensitive, created", after: `{"p":"hunter2","n":"a"}`, sensitiveAfter: `{"p":true}`, want: "n  (none) → \"a\"\np" + hidden},

		{name: "secret by its name", before: `{"tags":{"api_token":"hunter2"}}`, after: `{"tags":{"api_token":"hunter3"}}`, want: "tags.api_token" + hidden},
		{name: "secret by its value", before: `{"url":"postgres://ann:hunter2@db/x"}`, after: `{"url":"postgres://db/x"}`, want: "url" + hidden},
		{name: "secret that becomes unknown", before: `{"token":"hunter2"}`, after: `{}`, unknown: `{"token":true}`, want: "token" + hidden},
		{name: "secret in a document", before: `{"d":"{}"}`, after: `{"d":"{\"db_password\": \"hunter2\"}"}`, want: "d" + hidden},
		{name: "secret in a list", before: `{"passwords":["hunter2"]}`, after: `{"passwords":["hunter2","hunter3"]}`, want: "passwords" + hidden},
		{name: "secret in an object that becomes unknown", before: `{"env":{"API_TOKEN":"hunter2"}}`, after: `{}`, unknown: `{"env":true}`, want: "env" + hidden},
		{name: "secret beside its name", before: `{"env":[{"name":"API_TOKEN","value":"hunter2"},{"name":"MODE","value":"a"}]}`, after: `{"env":[{"name":"API_TOKEN","value":"hunter3"},{"name":"MODE","value":"b"}]}`,
			want: "env[0].value" + hidden + "\nenv[1].value  \"a\" → \"b\""},
		{name: "secret beside its key, created", after: `{"env":[{"key":"db_password","value":"hunter2"}]}`, want: "env[0].key  (none) → \"db_password\"\nenv[0].value" + hidden},
		{name: "secret beside its name, of another kind after", before: `{"env":[{"name":"API_TOKEN","value":"hunter2"}]}`, after: `{"env":"x"}`, want: "env" + hidden},
		{name: "setting that is called like a secret", before: `{"manage_password":false,"token_ttl":1}`, after: `{"manage_password":true,"token_ttl":2}`, want: "manage_password  false → true\ntoken_ttl  1 → 2"},
		{name: "empty secret", before: `{"password":""}`, after: `{"password":null}`, want: `password  "" → (none)`},

		{name: "takes a replacement", before: `{"name":"a","size":1}`, after: `{"name":"b","size":2}`, replaces: `[["name"]]`, want: "name  \"a\" → \"b\"  (takes a replacement)\nsize  1 → 2"},
		{name: "takes a replacement in a block", before: `{"disks":[{"size":1,"kind":"a"},{"size":2}]}`, after: `{"disks":[{"size":3,"kind":"a"},{"size":4}]}`, replaces: `[["disks",0,"size"]]`, want: "disks[0].size  1 → 3  (takes a replacement)\ndisks[1].size  2 → 4"},
		{name: "takes a replacement as a whole", before: `{"n":{"x":1},"nn":1}`, after: `{"n":{"x":2},"nn":2}`, replaces: `[["n"]]`, want: "n.x  1 → 2  (takes a replacement)\nnn  1 → 2"},
		{name: "takes a replacement, sensitive", before: `{"p":"hunter2"}`, after: `{"p":"hunter3"}`, sensitiveBefore: `{"p":true}`, replaces: `[["p"]]`, want: "p" + hidden + "  (takes a replacement)"},

		{name: "hostile names", before: `{"tags":{"a\nb":"x"}}`, after: `{"tags":{"a\nb":"\u001b[31my\u202e"}}`, want: "tags.a⏎b  \"x\" → \"\uFFFD[31my\uFFFD\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := terraform.Change{
				Before: value(t, tt.before), After: value(t, tt.after), Unknown: value(t, tt.unknown),
				BeforeSensitive: value(t, tt.sensitiveBefore), AfterSensitive: value(t, tt.sensitiveAfter),
			}
			if tt.replaces != "" {
				c.Replaces, _ = value(t, tt.replaces).([]any)
			}
			all := changesOf(c)
			if got := shown(all); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if text, err := json.Marshal(all); err != nil || strings.Contains(string(text), "hunter") {
				t.Errorf("a secret is told: %s, %v", text, err)
			}
		})
	}
}

// What is written of changes is read back as it was.
func TestChangesAreKeptAsTheyAre(t *testing.T) {
	m := &Manifest{FormatVersion: FormatVersion, Risk: Low, States: []State{{Mode: Normal, Steps: []Step{{
		Strategy: Along, Risk: Low,
		Changes: changesOf(terraform.Change{Before: value(t, `{"account":9007199254740993,"ratio":1.50}`), After: value(t, `{"account":1e3,"ratio":2.0}`)}),
	}}}}}
	data, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := decodeManifest(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.encode()
	if err != nil || string(again) != string(data) {
		t.Errorf("%v\n%s\nbecame\n%s", err, data, again)
	}
	if got := shown(back.States[0].Steps[0].Changes); got != "account  9007199254740993 → 1e3\nratio  1.50 → 2.0" {
		t.Errorf("shown as %s", got)
	}
}

func FuzzChangesOf(f *testing.F) {
	f.Add(`{"a":[1,2],"p":"s"}`, `{"a":[1],"p":"t"}`, `{"a":[true]}`, `{"p":true}`)
	f.Add(`{"a":{"b":[{}]}}`, `[]`, `true`, `{"a":{"b":[true]}}`)
	f.Add(`null`, `{"env":[{"name":"TOKEN","value":"x"}]}`, `{"env":[{"value":true}]}`, `[]`)
	f.Fuzz(func(t *testing.T, before, after, unknown, sensitive string) {
		var v [4]any
		for i, text := range []string{before, after, unknown, sensitive} {
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			if d.Decode(&v[i]) != nil {
				t.Skip()
			}
		}
		seen := map[string]bool{}
		for _, c := range changesOf(terraform.Change{Before: v[0], After: v[1], Unknown: v[2], BeforeSensitive: v[3]}) {
			if c.Sensitive && (c.Before != nil || c.After != nil) {
				t.Errorf("%s: a hidden value is there: %+v", c.Path, c)
			}
			if !c.Sensitive && !c.Unknown && same(c.Before, c.After) {
				t.Errorf("%s: nothing changes: %+v", c.Path, c)
			}
			seen[fmt.Sprint(c)] = true
		}
		if len(seen) == 0 && v[2] != true && fmt.Sprint(v[0]) != fmt.Sprint(v[1]) && !empty(v[0]) && !empty(v[1]) && flat(v[0]) && flat(v[1]) {
			t.Errorf("%s to %s: no change is told", before, after)
		}
	})
}

// flat reports whether a value is one in which nothing is empty.
func flat(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case []any:
		for _, v := range v {
			if !flat(v) {
				return false
			}
		}
		return len(v) > 0
	case map[string]any:
		for _, v := range v {
			if !flat(v) {
				return false
			}
		}
		return len(v) > 0
	}
	return true
}
