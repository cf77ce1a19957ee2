package code_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/remediate/code"
)

func TestPrune(t *testing.T) {
	tests := []struct {
		name, src string
		at        []string // what each fault points to
		faults    []code.Fault
		want      string
		hints     int
		stuck     []string
	}{
		{
			name:   "a zero that the provider does not take",
			src:    "resource \"a_disk\" \"x\" {\n  size       = 8\n  throughput = 0\n}\n",
			at:     []string{"0\n}"},
			faults: []code.Fault{{Address: "a_disk.x", Summary: "expected throughput to be in the range (125 - 1000), got 0"}},
			want:   "resource \"a_disk\" \"x\" {\n  size = 8\n}\n",
		},
		{
			name:   "a value that the provider does not take is told of",
			src:    "resource \"a_queue\" \"x\" {\n  max  = 1048576\n  name = \"q\"\n}\n",
			at:     []string{"1048576"},
			faults: []code.Fault{{Address: "a_queue.x", Summary: "expected max to be at most 262144"}},
			want:   "resource \"a_queue\" \"x\" {\n  name = \"q\"\n}\n",
			hints:  1,
		},
		{
			name: "of two that exclude each other the longer name goes, once",
			src:  "resource \"a_net\" \"x\" {\n  zone    = \"a\"\n  zone_id = \"1\"\n}\n",
			at:   []string{"\"a\"", "\"1\""},
			faults: []code.Fault{
				{Address: "a_net.x", Summary: "Conflicting configuration arguments", Detail: `"zone": conflicts with zone_id`},
				{Address: "a_net.x", Summary: "Conflicting configuration arguments", Detail: `"zone_id": conflicts with zone`},
			},
			want: "resource \"a_net\" \"x\" {\n  zone = \"a\"\n}\n",
		},
		{
			name: "the one that is set stays, whatever the length of its name",
			src:  "resource \"a_net\" \"x\" {\n  ids       = []\n  ids_count = 2\n}\n",
			at:   []string{"[]", "2"},
			faults: []code.Fault{
				{Address: "a_net.x", Summary: "Conflicting configuration arguments", Detail: `"ids": conflicts with ids_count`},
				{Address: "a_net.x", Summary: "Conflicting configuration arguments", Detail: `"ids_count": conflicts with ids`},
			},
			want: "resource \"a_net\" \"x\" {\n  ids_count = 2\n}\n",
		},
		{
			name:   "an empty text in a list of objects becomes null, and the list stays",
			src:    "resource \"a_table\" \"x\" {\n  route = [{\n    cidr = \"10.0.0.0/8\"\n    ipv6 = \"\"\n  }]\n}\n",
			at:     []string{"[{"},
			faults: []code.Fault{{Address: "a_table.x", Summary: `"" is not a valid CIDR block`}},
			want:   "resource \"a_table\" \"x\" {\n  route = [{\n    cidr = \"10.0.0.0/8\"\n    ipv6 = null\n  }]\n}\n",
		},
		{
			name:   "a nested block that lacks what it must have",
			src:    "resource \"a_lb\" \"x\" {\n  name = \"lb\"\n  logs {\n  }\n}\n",
			at:     []string{"logs"},
			faults: []code.Fault{{Address: "a_lb.x", Summary: "Missing required argument"}},
			want:   "resource \"a_lb\" \"x\" {\n  name = \"lb\"\n}\n",
		},
		{
			name:   "what is missing at the top cannot be taken out",
			src:    "resource \"a_key\" \"x\" {\n  name = \"k\"\n}\n",
			at:     []string{"{"},
			faults: []code.Fault{{Address: "a_key.x", Summary: "Missing required argument"}},
			want:   "resource \"a_key\" \"x\" {\n  name = \"k\"\n}\n",
			stuck:  []string{"a_key.x"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for i, mark := range test.at {
				test.faults[i].Start = strings.Index(test.src, mark)
				if test.faults[i].Start < 0 {
					t.Fatalf("%q is not in the code", mark)
				}
			}
			out, hints, stuck, err := code.Prune([]byte(test.src), test.faults)
			if err != nil {
				t.Fatal(err)
			}
			if string(out) != test.want {
				t.Errorf("got\n%swant\n%s", out, test.want)
			}
			if len(hints) != test.hints {
				t.Errorf("hints: %+v", hints)
			}
			if !slices.Equal(stuck, test.stuck) {
				t.Errorf("stuck: %v", stuck)
			}
		})
	}
}

func TestWithout(t *testing.T) {
	src := "import {\n  to = a_b.x\n  id = \"1\"\n}\n\nimport {\n  to = a_b.y\n  id = \"2\"\n}\n\nresource \"a_b\" \"x\" {\n}\n\nresource \"a_b\" \"y\" {\n}\n"
	out, err := code.Without([]byte(src), []string{"a_b.x"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "import {\n  to = a_b.y\n  id = \"2\"\n}\n\nresource \"a_b\" \"y\" {\n}\n"; string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	if got := code.Resources([]byte(src)); !slices.Equal(got, []string{"a_b.x", "a_b.y"}) {
		t.Errorf("resources: %v", got)
	}
	if got := code.ResourceAt([]byte(src), strings.LastIndex(src, "}")); got != "a_b.y" {
		t.Errorf("at the end: %q", got)
	}
}

func FuzzPrune(f *testing.F) {
	f.Add("resource \"a\" \"b\" {\n  c = [{ d = \"\" }]\n  e { f = 1 }\n}\n", 25, "Conflicting", "c, f")
	f.Add("resource \"a\" \"b\" {\n  c = 0\n}\n", 26, "bad", "")
	f.Fuzz(func(t *testing.T, src string, at int, summary, detail string) {
		out, _, _, err := code.Prune([]byte(src), []code.Fault{{Address: code.ResourceAt([]byte(src), at), Start: at, Summary: summary, Detail: detail}})
		if err == nil && len(code.Resources(out)) != len(code.Resources([]byte(src))) {
			t.Errorf("%q became %q", src, out)
		}
	})
}
