package resource

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

// Attrs are attribute values under the names of the Terraform schema, in the
// shapes that encoding/json decodes to: nil, bool, float64, string, []any and
// map[string]any.
//
// A path has one of three states: a value; known to be unset (present and nil);
// not read (absent). What was not read is never compared.
type Attrs map[string]any

// String returns the string at a top-level name, or "".
func (a Attrs) String(name string) string {
	s, _ := a[name].(string)
	return s
}

// Strings returns the strings of the list or set at a top-level name.
func (a Attrs) Strings(name string) []string {
	list, _ := a[name].([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Number returns the number at a top-level name, and whether there is one.
func (a Attrs) Number(name string) (float64, bool) {
	n, ok := a[name].(float64)
	return n, ok
}

// Block returns the first element of the block at a top-level name: blocks of
// which Terraform allows one are lists of one in a state. It returns nil where
// there is none.
func (a Attrs) Block(name string) Attrs {
	list, _ := a[name].([]any)
	if len(list) == 0 {
		return nil
	}
	m, _ := list[0].(map[string]any)
	return m
}

// Normalize returns a with every value in JSON's shapes: pointers followed (nil
// stays "known to be unset"), the SDKs' named strings, booleans and integers
// made plain, slices and maps copied, times as RFC 3339 in UTC.
//
// It panics on a struct: a reader maps what it reads, it never passes an SDK's
// type through.
func Normalize(a Attrs) Attrs {
	for name, v := range a {
		switch v.(type) {
		case nil, bool, float64, string:
			continue
		}
		a[name] = normalize(reflect.ValueOf(v), name)
	}
	return a
}

func normalize(v reflect.Value, at string) any {
	if !v.IsValid() {
		return nil
	}
	switch x := v.Interface().(type) {
	case time.Time:
		return x.UTC().Format(time.RFC3339)
	case json.Number:
		f, err := x.Float64()
		if err != nil {
			return x.String()
		}
		return f
	case *time.Time:
		if x == nil {
			return nil
		}
		return x.UTC().Format(time.RFC3339)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return normalize(v.Elem(), at)
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return float64(v.Uint())
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.Slice, reflect.Array:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = normalize(v.Index(i), at)
		}
		return out
	case reflect.Map:
		out := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			out[it.Key().String()] = normalize(it.Value(), at+"."+it.Key().String())
		}
		return out
	case reflect.Struct:
		if t, ok := v.Interface().(encoding.TextMarshaler); ok {
			if b, err := t.MarshalText(); err == nil {
				return string(b)
			}
		}
	}
	panic(fmt.Sprintf("attribute %s: a reader must map %s to JSON's shapes", at, v.Type()))
}

// Empty reports whether v says nothing: null, "", [] and {} are the same to
// Terraform's users, and providers write now one and now the other.
func Empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case []any:
		return len(x) == 0
	case map[string]any:
		return len(x) == 0
	case Attrs:
		return len(x) == 0
	}
	return false
}

// FormatNumber prints a number as Terraform does: integers without a fraction.
func FormatNumber(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// JoinKey appends a map's key to a path the way reports show it: `tags.env`,
// and `tags["kubernetes.io/role"]` where the key is no plain name.
func JoinKey(path, key string) string {
	plain := key != ""
	for _, r := range key {
		plain = plain && (r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}
	if plain {
		return path + "." + key
	}
	return path + "[" + strconv.Quote(key) + "]"
}
