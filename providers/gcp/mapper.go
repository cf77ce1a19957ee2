package gcp

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// fields are what is not regular between an API's struct and a Terraform type,
// by Terraform path: "disk_encryption_key.kms_key_self_link". A path that is not
// in it is the API's field of the same name, in camel case, in the singular or
// the plural.
type fields map[string]field

// field is one exception.
type field struct {
	from string        // the API's name, with dots through what Terraform flattens
	to   func(any) any // what the provider makes of the value; it gets nil, too
	skip bool          // no API returns it, or its value says nothing
	keep bool          // mapped although only the provider sets it: an identity, a parent's key
}

// from is for a renamed or flattened field.
func from(name string) field { return field{from: name} }

// skip is for what no API returns, and for what has the name of something else.
func skip() field { return field{skip: true} }

// keep is for a computed path that a rule or a key needs.
func keep() field { return field{keep: true} }

// then returns the field with a function over its mapped value.
func (f field) then(to func(any) any) field {
	f.to = to
	return f
}

// names is for a link, or a collection of links, that the provider stores as
// names.
func (f field) names() field {
	return f.then(func(v any) any {
		switch x := v.(type) {
		case string:
			return base(x)
		case []any:
			for i, e := range x {
				if s, ok := e.(string); ok {
					x[i] = base(s)
				}
			}
		}
		return v
	})
}

// lower is for names that the provider stores in lower case.
func (f field) lower() field {
	return f.then(func(v any) any {
		if s, ok := v.(string); ok {
			return strings.ToLower(s)
		}
		return v
	})
}

// orElse is for a field that the provider fills where the API says nothing.
func (f field) orElse(value any) field {
	return f.then(func(v any) any {
		if resource.Empty(v) {
			return value
		}
		return v
	})
}

// mapper turns values of one API struct into attributes of one Terraform type.
type mapper struct{ steps []step }

// step maps one attribute.
type step struct {
	name  string
	index [][]int // the way through the structs
	kind  schema.Kind
	below []step // of a block
	to    func(any) any
}

// newMapper plans the way from a struct to the paths of a type. Paths for which
// the struct has no field are left out: they are not read.
func newMapper(typ *schema.Type, of reflect.Type, f fields) *mapper {
	below := map[string][]string{}
	for path := range typ.Paths() {
		parent, name := "", path
		if i := strings.LastIndexByte(path, '.'); i >= 0 {
			parent, name = path[:i], path[i+1:]
		}
		below[parent] = append(below[parent], name)
	}
	return &mapper{steps: plan(typ, "", below, of, f)}
}

func plan(typ *schema.Type, at string, below map[string][]string, of reflect.Type, f fields) []step {
	var steps []step
	for _, name := range below[at] {
		path := name
		if at != "" {
			path = at + "." + name
		}
		p, _ := typ.Lookup(path)
		exception := f[path]
		if path == "id" || exception.skip || p.WriteOnly() || p.ComputedOnly() && !exception.keep {
			continue
		}
		index, found := find(of, name, exception.from)
		if index == nil {
			continue
		}
		s := step{name: name, index: index, kind: p.Kind, to: exception.to}
		elem := element(found)
		switch {
		case len(below[path]) > 0 || p.Kind.IsBlock():
			if elem.Kind() != reflect.Struct {
				continue
			}
			s.below = plan(typ, path, below, elem, f)
		case elem.Kind() == reflect.Struct || elem.Kind() == reflect.Interface:
			if exception.to == nil {
				continue // of another shape than Terraform's: only a function can say
			}
		}
		if at == "" && (name == "zone" || name == "region") && s.to == nil {
			s.to = field{}.names().to
		}
		steps = append(steps, s)
	}
	return steps
}

// find returns the way to the field of a Terraform name, and its type.
func find(of reflect.Type, name, from string) ([][]int, reflect.Type) {
	if from == "" {
		plain := strings.ReplaceAll(name, "_", "")
		for _, n := range []string{plain, plain + "s", plain + "es", strings.TrimSuffix(plain, "y") + "ies"} {
			if f, ok := byTag(of, n); ok {
				return [][]int{f.Index}, f.Type
			}
		}
		return nil, nil
	}
	var index [][]int
	for part := range strings.SplitSeq(from, ".") {
		of = element(of)
		f, ok := byTag(of, strings.ToLower(part))
		if !ok {
			return nil, nil
		}
		index, of = append(index, f.Index), f.Type
	}
	return index, of
}

// byTag finds a field by its JSON name, whatever its case: natIP is nat_ip,
// IPProtocol is ip_protocol.
func byTag(of reflect.Type, name string) (reflect.StructField, bool) {
	if of.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	for i := range of.NumField() {
		tag, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		if tag != "-" && strings.EqualFold(tag, name) {
			return of.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// element is the type behind pointers and slices.
func element(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]() {
		t = t.Elem()
	}
	return t
}

// attrs maps a value of the struct.
func (m *mapper) attrs(v reflect.Value) resource.Attrs { return block(m.steps, v) }

func block(steps []step, v reflect.Value) map[string]any {
	out := make(map[string]any, len(steps))
	for _, s := range steps {
		value := s.value(follow(v, s.index))
		if s.to != nil {
			value = s.to(value)
		}
		out[s.name] = value
	}
	return out
}

// follow walks into a struct; where the way ends at a nil pointer there is no
// value.
func follow(v reflect.Value, index [][]int) reflect.Value {
	for _, i := range index {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
		v = v.FieldByIndex(i)
	}
	return v
}

func (s step) value(v reflect.Value) any {
	for v.IsValid() && v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		if s.below == nil {
			return v.Interface()
		}
		b := block(s.below, v)
		if s.kind.IsObject() {
			return b
		}
		return []any{b}
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		out := make([]any, 0, v.Len())
		for i := range v.Len() {
			e := v.Index(i)
			switch {
			case e.Kind() == reflect.Pointer && e.IsNil():
			case s.below != nil:
				out = append(out, block(s.below, reflect.Indirect(e)))
			default:
				out = append(out, scalar(s.kind.Elem(), e))
			}
		}
		return out
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		out := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			out[it.Key().String()] = scalar(s.kind.Elem(), it.Value())
		}
		return out
	}
	if s.kind.IsList() || s.kind.IsSet() {
		if v.IsZero() {
			return nil
		}
		return []any{scalar(s.kind.Elem(), v)}
	}
	return scalar(s.kind, v)
}

// scalar returns a value in the kind that the schema has: Google writes 64-bit
// integers as strings, and Terraform some numbers.
func scalar(kind schema.Kind, v reflect.Value) any {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch {
	case v.CanInt():
		if kind == "string" {
			return strconv.FormatInt(v.Int(), 10)
		}
		return float64(v.Int())
	case v.CanUint():
		if kind == "string" {
			return strconv.FormatUint(v.Uint(), 10)
		}
		return float64(v.Uint())
	case v.CanFloat():
		if kind == "string" {
			return resource.FormatNumber(v.Float())
		}
		return v.Float()
	case v.Kind() == reflect.Bool:
		if kind == "string" {
			return strconv.FormatBool(v.Bool())
		}
		return v.Bool()
	case v.Kind() == reflect.String:
		return fromText(kind, v.String())
	}
	return v.Interface()
}

func fromText(kind schema.Kind, s string) any {
	switch kind {
	case "number":
		if s == "" {
			return nil
		}
		if n, err := strconv.ParseFloat(s, 64); err == nil {
			return n
		}
	case "bool":
		if b, err := strconv.ParseBool(s); err == nil {
			return b
		}
		if s == "" {
			return nil
		}
	}
	return s
}
