package resource

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
)

func TestPool(t *testing.T) {
	var p Pool
	attrs := func() Attrs {
		return Attrs{
			"s": strings.Repeat("x", 3), "n": 1.0, "b": true, "nil": nil, "long": strings.Repeat("y", 200),
			"tags": map[string]any{"env": "prod"}, "list": []any{"a", map[string]any{"k": 1.0}}, "empty": []any{},
		}
	}
	first, second := p.Share(attrs()), p.Share(attrs())
	if want := attrs(); !reflect.DeepEqual(first, want) || !reflect.DeepEqual(second, want) {
		t.Fatalf("sharing changed a value: %v", second)
	}
	first["tags"].(map[string]any)["seen"] = true
	if _, shared := second["tags"].(map[string]any)["seen"]; !shared {
		t.Error("equal maps are held twice")
	}
	other := p.Share(Attrs{"tags": map[string]any{"env": "dev"}})
	if other["tags"].(map[string]any)["env"] != "dev" {
		t.Error("different maps are held once")
	}
	// A list and a text that look alike are not the same.
	alike := p.Share(Attrs{"a": `["x"]`, "b": []any{"x"}})
	if alike["a"] != `["x"]` || !reflect.DeepEqual(alike["b"], []any{"x"}) {
		t.Errorf("mixed up %v", alike)
	}
}

func TestPoolHasAnEnd(t *testing.T) {
	var p Pool
	for i := range 2 * maxPooled {
		a := p.Share(Attrs{"s": fmt.Sprint(i)})
		if a["s"] != fmt.Sprint(i) {
			t.Fatalf("%d became %v", i, a["s"])
		}
	}
	if n := len(maps.Clone(p.scalars)); n > maxPooled {
		t.Errorf("%d entries", n)
	}
}
