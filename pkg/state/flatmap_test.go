package state

import (
	"reflect"
	"strings"
	"testing"
)

func TestExpandFlatmap(t *testing.T) {
	type m = map[string]any
	type l = []any
	tests := []struct {
		name string
		flat m
		want m
	}{
		{"text stays text", m{"id": "x", "enabled": "true", "n": "1"}, m{"id": "x", "enabled": "true", "n": "1"}},
		{"map with dots in its keys", m{"tags.%": "2", "tags.a.b": "c", "tags.d": "e"}, m{"tags": m{"a.b": "c", "d": "e"}}},
		{"empty map and list", m{"a.%": "0", "b.#": "0"}, m{"a": m{}, "b": l{}}},
		{"list in the order of numbers", m{"a.#": "3", "a.10": "z", "a.2": "y", "a.0": "x"}, m{"a": l{"x", "y", "z"}}},
		{"set in the order of hashes", m{"a.#": "2", "a.3000": "y", "a.200": "x"}, m{"a": l{"x", "y"}}},
		{"block", m{"r.#": "1", "r.77.port": "22", "r.77.cidrs.#": "1", "r.77.cidrs.0": "x"}, m{"r": l{m{"port": "22", "cidrs": l{"x"}}}}},
		{"list of lists", m{"a.#": "1", "a.0.#": "1", "a.0.0": "x"}, m{"a": l{l{"x"}}}},
		{"map in a block", m{"r.#": "1", "r.0.t.%": "1", "r.0.t.k": "v"}, m{"r": l{m{"t": m{"k": "v"}}}}},
		{"map written as a list", m{"t.#": "1", "t.Name": "x"}, m{"t": m{"Name": "x"}}},
		{"object without a length", m{"a.b": "x", "a.c.d": "y"}, m{"a": m{"b": "x", "c": m{"d": "y"}}}},
		{"a collection wins over text", m{"a": "x", "a.#": "1", "a.0": "y"}, m{"a": l{"y"}}},
		{"nothing", m{}, m{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := expandFlatmap(tt.flat)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %v, %v\nwant %v", got, err, tt.want)
			}
		})
	}
}

func TestExpandFlatmapDepth(t *testing.T) {
	got, err := expandFlatmap(map[string]any{strings.Repeat("a.", 1<<20) + "b": "x"})
	if err != nil || len(got) != 1 {
		t.Errorf("got %d names, %v", len(got), err)
	}
}

func FuzzExpandFlatmap(f *testing.F) {
	f.Add("tags.%\x00tags.a.b\x00r.#\x00r.0.x\x00r.~5.y")
	f.Fuzz(func(t *testing.T, keys string) {
		flat := make(map[string]any)
		for _, k := range strings.Split(keys, "\x00") {
			flat[k] = k
		}
		a, err := expandFlatmap(flat)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := expandFlatmap(flat); !reflect.DeepEqual(a, b) {
			t.Errorf("expanded once to %v\nand again to %v", a, b)
		}
	})
}
