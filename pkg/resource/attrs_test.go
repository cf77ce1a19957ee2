package resource

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"
	"time"
)

type named string

func TestNormalize(t *testing.T) {
	text, number, yes, at := "x", int32(3), true, time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	var none *string
	got := Normalize(Attrs{
		"text": &text, "number": &number, "bool": &yes, "none": none, "nil": nil, "named": named("n"), "int64": int64(7),
		"list": []*string{&text, nil}, "names": []named{"a"}, "map": map[string]*int32{"a": &number}, "nested": []any{map[string]any{"x": &text}},
		"time": at, "timep": &at, "no list": []string(nil), "json": json.Number("12"), "addr": netip.MustParseAddr("10.0.0.1"), "float": float32(1.5),
	})
	want := Attrs{
		"text": "x", "number": 3.0, "bool": true, "none": nil, "nil": nil, "named": "n", "int64": 7.0,
		"list": []any{"x", nil}, "names": []any{"a"}, "map": map[string]any{"a": 3.0}, "nested": []any{map[string]any{"x": "x"}},
		"time": "2026-01-02T02:04:05Z", "timep": "2026-01-02T02:04:05Z", "no list": []any{}, "json": 12.0, "addr": "10.0.0.1", "float": 1.5,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
}

func TestNormalizeRefusesStructs(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an SDK's struct went through")
		}
	}()
	Normalize(Attrs{"x": struct{ A int }{1}})
}

func TestEmpty(t *testing.T) {
	for _, v := range []any{nil, "", []any{}, map[string]any{}, Attrs{}} {
		if !Empty(v) {
			t.Errorf("%#v says something", v)
		}
	}
	for _, v := range []any{false, 0.0, " ", []any{nil}, map[string]any{"a": nil}} {
		if Empty(v) {
			t.Errorf("%#v says nothing", v)
		}
	}
}

func TestJoinKey(t *testing.T) {
	for key, want := range map[string]string{"env": "tags.env", "a-b_9": "tags.a-b_9", "a.b": `tags["a.b"]`, "": `tags[""]`, `q"`: `tags["q\""]`} {
		if got := JoinKey("tags", key); got != want {
			t.Errorf("key %q: %s, want %s", key, got, want)
		}
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		v    any
		want string
	}{{nil, ""}, {"x", "x"}, {3.0, "3"}, {1.5, "1.5"}, {1e20, "1e+20"}, {true, "true"}, {false, "false"}, {[]any{"a", 1.0}, `["a",1]`}} {
		if got := Text(tt.v); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.v, got, tt.want)
		}
	}
}

func TestAccessors(t *testing.T) {
	a := Attrs{"s": "x", "n": 2.0, "block": []any{map[string]any{"k": "v"}}, "empty": []any{}}
	if a.String("s") != "x" || a.String("n") != "" || a.String("absent") != "" {
		t.Error("String")
	}
	if n, ok := a.Number("n"); n != 2 || !ok {
		t.Error("Number")
	}
	if _, ok := a.Number("s"); ok {
		t.Error("Number of a text")
	}
	if a.Block("block").String("k") != "v" || a.Block("empty") != nil || a.Block("s") != nil {
		t.Error("Block")
	}
}

func TestKeyString(t *testing.T) {
	k := Key{Type: "aws_vpc", Account: "1", Region: "r", ID: "v"}
	if k.String() != "aws_vpc 1/r/v" {
		t.Error(k)
	}
	k.Region = ""
	if k.String() != "aws_vpc 1/v" {
		t.Error(k)
	}
}
