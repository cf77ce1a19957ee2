package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/schema/internal/archive"
)

func TestFlatten(t *testing.T) {
	want := archive.Types{
		"test_attributes": {
			"id":          {"string", "C"},
			"name":        {"string", "R"},
			"size":        {"number", "OC"},
			"on":          {"bool", "O"},
			"any":         {"dynamic", "O"},
			"pair":        {"dynamic", "C"},
			"names":       {"list(string)", "O"},
			"ports":       {"set(number)", "O"},
			"tags":        {"map(string)", "O"},
			"table":       {"list(list(string))", "O"},
			"rules":       {"set(object(object))", "OC"},
			"one":         {"object(object)", "C"},
			"password":    {"string", "OS"},
			"password_wo": {"string", "OSW"},
			"old":         {"string", "OCD"},
		},
		"test_blocks": {
			"many":              {"block list", "R"},
			"many.key":          {"string", "R"},
			"many.inner":        {"block set", "O"},
			"many.inner.secret": {"string", "CS"},
			"some":              {"block set", "OD"},
			"one":               {"block single", "O"},
			"one.timeouts":      {"number", "O"}, // only the resource's own timeouts are terraform's
			"grouped":           {"block single", "O"},
			"labelled":          {"block map", "O"},
			"labelled.key":      {"string", "O"},
		},
		"test_nested_types": {
			"single":      {"object(object)", "O"},
			"single.a":    {"string", "R"},
			"list":        {"list(object(object))", "R"},
			"list.deep":   {"set(object(object))", "O"},
			"list.deep.a": {"string", "CS"},
			"map":         {"map(object(object))", "C"},
			"map.a":       {"string", "OW"},
		},
		"terraform_data": {"input": {"dynamic", "O"}},
	}
	data, err := os.ReadFile("testdata/providers.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(g, w) {
		t.Errorf("types: got %q, want %q", g, w)
	}
	for name, paths := range want {
		for path, fact := range paths {
			if got[name][path] != fact {
				t.Errorf("%s.%s: got %q, want %q", name, path, got[name][path], fact)
			}
		}
		for path, fact := range got[name] {
			if _, ok := paths[path]; !ok {
				t.Errorf("%s.%s: got %q, want none", name, path, fact)
			}
		}
	}
}

func TestReadFlattened(t *testing.T) {
	got, err := read([]byte(`{"test_thing": {"id": ["string", "C"]}}`))
	if want := [2]string{"string", "C"}; err != nil || got["test_thing"]["id"] != want {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestReadErrors(t *testing.T) {
	resource := func(block string) string {
		return fmt.Sprintf(`{"format_version": "1.0", "provider_schemas": {"p": {"resource_schemas": {"test_thing": {"block": %s}}}}}`, block)
	}
	tests := []struct{ name, data, want string }{
		{"not json", `nothing`, "invalid character"},
		{"no providers", `{"format_version": "1.0"}`, "no resource types"},
		{"empty", `{}`, "no resource types"},
		{"other format", `{"format_version": "2.0", "provider_schemas": {}}`, `format version "2.0"`},
		{"two providers", `{"format_version": "1.0", "provider_schemas": {
			"google": {"resource_schemas": {"google_x": {}}}, "google-beta": {"resource_schemas": {"google_x": {}}}}}`, "google_x is declared by two providers"},
		{"no type", resource(`{"attributes": {"a": {}}}`), "test_thing: attribute a: neither type nor nested_type"},
		{"unknown type", resource(`{"attributes": {"a": {"type": "float"}}}`), `unknown type "float"`},
		{"unknown constructor", resource(`{"attributes": {"a": {"type": ["bag", "string"]}}}`), "unknown type"},
		{"no element type", resource(`{"attributes": {"a": {"type": ["list"]}}}`), "unknown type"},
		{"type of another form", resource(`{"attributes": {"a": {"type": 1}}}`), "type 1"},
		{"nesting of a type", resource(`{"attributes": {"a": {"nested_type": {"nesting_mode": "bag"}}}}`), `unknown nesting mode "bag"`},
		{"nesting of a block", resource(`{"block_types": {"a": {"nesting_mode": "bag"}}}`), `block a: unknown nesting mode "bag"`},
		{"within a block", resource(`{"block_types": {"a": {"nesting_mode": "list", "block": {"attributes": {"b": {}}}}}}`), "attribute a.b: neither"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read([]byte(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	data, err := os.ReadFile("testdata/providers.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"test_thing": {"id": ["string", "C"]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if types, err := read(data); err == nil && len(types) == 0 {
			t.Error("neither types nor an error")
		}
	})
}
