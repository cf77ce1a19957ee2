package remediate

import (
	"bytes"
	"strings"
	"testing"
)

func TestStepText(t *testing.T) {
	tests := []struct {
		name    string
		changes []Change
		want    string
	}{
		{
			"a document by what differs in it",
			[]Change{{Path: "policy", Before: `{"a":{"b":1},"c":[]}`, After: `{"a": {"b": 2}}`}},
			"~ policy\n a.b  1 → 2\n c  [] → (none)\n",
		},
		{
			"a document that is written otherwise",
			[]Change{{Path: "policy", Before: `{"a":1}`, After: `{ "a": 1 }`}},
			"~ policy  (the same document, written otherwise)\n",
		},
		{
			"a secret in a document",
			[]Change{{Path: "settings", Before: `{"db_password":"hunter2"}`, After: `{"db_password":"hunter3"}`}},
			"~ settings\n db_password  (sensitive, both values hidden)\n",
		},
		{
			"tags are told of once, those of the provider's too",
			[]Change{
				{Path: "tags.a", Before: "1", After: "2"},
				{Path: "tags_all.a", Before: "1", After: "2"},
				{Path: "tags_all.b", After: "3"},
			},
			"~ tags.a  \"1\" → \"2\"\n ~ tags_all.b  (none) → \"3\"\n",
		},
		{
			"long values have lines of their own",
			[]Change{{Path: "x", Before: strings.Repeat("a", 50), After: strings.Repeat("b", 50)}},
			"~ x\n \"" + strings.Repeat("a", 50) + "\"\n → \"" + strings.Repeat("b", 50) + "\"\n",
		},
		{
			"what is known later on one line",
			[]Change{{Path: "arn", Unknown: true}, {Path: "id", Unknown: true}, {Path: "name", After: "n"}},
			"~ name  (none) → \"n\"\n known after the apply: arn, id\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := &Manifest{States: []State{{Mode: Normal, Steps: []Step{{Address: "a.b", Strategy: Revert, Changes: test.changes}}}}}
			var b bytes.Buffer
			if err := WriteText(&b, m, TextOptions{}); err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(b.String(), "risk \n")
			got, _, _ = strings.Cut(got, "\n\nPLAN")
			var lines []string
			for line := range strings.Lines(got) {
				lines = append(lines, " "+strings.TrimSpace(line))
			}
			if got := strings.TrimPrefix(strings.Join(lines, "\n")+"\n", " "); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
