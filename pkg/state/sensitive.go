package state

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// sensitive returns the paths of `sensitive_attributes`, sorted: a list of
// paths, each a list of steps {"type":"get_attr","value":NAME} and
// {"type":"index","value":{"type":"number"|"string","value":KEY}}. States of
// Terraform 0.13 or older have none.
//
// What follows a step of another form (a path into a set names the element by
// its whole value) is covered by marking what precedes it. A secret is better
// hidden with its neighbours than shown: where nothing precedes the step, every
// attribute is marked.
func (r *reader) sensitive(c cursor, attrs resource.Attrs, address string) ([]string, error) {
	if c.src == nil || c.kind() == 'n' {
		return nil, nil
	}
	if c.kind() != '[' {
		return nil, unknown("has %s with sensitive_attributes of a form that driftmgr does not know", address)
	}
	var paths []string
	for c.enter(); c.more(); {
		val, _, err := r.values.decode(&c)
		if err != nil {
			return nil, broken("has %s with sensitive_attributes that repeat a name", address)
		}
		steps, ok := val.([]any)
		if !ok {
			// a path of one step, or none that is known
			steps = []any{val}
		}
		if path := joinSteps(steps, attrs); path != "" {
			paths = append(paths, path)
			continue
		}
		return slices.Sorted(maps.Keys(attrs)), nil
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// joinSteps returns the path of the steps within attrs, `setting[0].value`, up to
// the first step that is of no known form or that goes into a set: that one
// names its element by the value, which no path may show.
func joinSteps(steps []any, attrs resource.Attrs) string {
	var b strings.Builder
	var at any = map[string]any(attrs)
	for _, s := range steps {
		switch key := stepKey(s).(type) {
		case string:
			if _, list := at.([]any); list {
				return b.String()
			}
			m, _ := at.(map[string]any)
			at = m[key]
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(key)
		case float64:
			list, _ := at.([]any)
			if key < 0 || key != math.Trunc(key) || list != nil && key >= float64(len(list)) {
				return b.String()
			}
			at = nil
			if list != nil {
				at = list[int(key)]
			}
			b.WriteString("[" + resource.FormatNumber(key) + "]")
		default:
			return b.String()
		}
	}
	return b.String()
}

// stepKey returns the name or the index of a step, nil where its form is not
// known. Besides Terraform's own form it takes a bare name and a bare index.
func stepKey(step any) any {
	m, ok := step.(map[string]any)
	if !ok {
		name, _ := step.(string)
		if name == "" {
			return nil
		}
		return name
	}
	value := m["value"]
	switch m["type"] {
	case "get_attr":
	case "index":
		if typed, ok := value.(map[string]any); ok {
			value = typed["value"]
		}
	default:
		return nil
	}
	switch value.(type) {
	case string, float64:
		return value
	}
	return nil
}
