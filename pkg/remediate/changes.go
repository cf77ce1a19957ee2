package remediate

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// changesOf are the attributes in which a change's before and after differ, sorted by
// path, without any secret's value.
func changesOf(c terraform.Change) []Change {
	d := differ{replaces: map[string]bool{}}
	for _, path := range c.Replaces {
		d.replaces[pathOf(path)] = true
	}
	before, after := c.Before, c.After
	if before == nil || after == nil {
		// What is created or deleted as a whole: its attributes one by one.
		before, after = objectOr(before), objectOr(after)
	}
	d.diff("", before, after, c.Unknown, c.BeforeSensitive, c.AfterSensitive, "")
	return d.out
}

func objectOr(v any) any {
	if v == nil {
		return map[string]any{}
	}
	return v
}

type differ struct {
	out      []Change
	replaces map[string]bool
	strict   bool // nothing, and nothing in it, are two things
}

// diff appends what differs at and below a path. name is the last key on the way.
func (d *differ) diff(path string, before, after, unknown, secretBefore, secretAfter any, name string) {
	switch {
	case secretBefore == true || secretAfter == true:
		if unknown != true && reflect.DeepEqual(before, after) {
			return
		}
		d.add(Change{Path: path, Sensitive: true, Unknown: unknown == true})
		return
	case unknown == true && marked(secretBefore):
		d.add(Change{Path: path, Sensitive: true, Unknown: true})
		return
	case unknown == true:
		d.add(hide(Change{Path: path, Before: before, Unknown: true}, name))
		return
	}
	oldMap, isOld := before.(map[string]any)
	newMap, isNew := after.(map[string]any)
	unknownMap, hasUnknown := unknown.(map[string]any)
	if (isOld || before == nil && !d.strict) && (isNew || after == nil && !d.strict) && (isOld || isNew || hasUnknown) {
		keys := map[string]bool{}
		for _, m := range []map[string]any{oldMap, newMap, unknownMap} {
			for k := range m {
				keys[k] = true
			}
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			d.diff(join(path, k), oldMap[k], newMap[k], unknownMap[k], child(secretBefore, k), child(secretAfter, k), called(k, oldMap, newMap))
		}
		return
	}
	oldList, isOld := before.([]any)
	newList, isNew := after.([]any)
	lists := (isOld || !d.strict && before == nil) && (isNew || !d.strict && after == nil) && (isOld || isNew)
	if lists && (len(oldList) == len(newList) || composite(oldList) || composite(newList) || marked(unknown)) {
		same := tail(oldList, newList, unknown)
		oldList, newList = oldList[:len(oldList)-same], newList[:len(newList)-same]
		for i := range max(len(oldList), len(newList)) {
			d.diff(fmt.Sprintf("%s[%d]", path, i), at(oldList, i), at(newList, i), at(unknown, i), at(secretBefore, i), at(secretAfter, i), name)
		}
		return
	}
	if !reflect.DeepEqual(before, after) && (d.strict || !empty(before) || !empty(after)) {
		if marked(secretBefore) || marked(secretAfter) {
			d.add(Change{Path: path, Sensitive: true})
			return
		}
		d.add(hide(Change{Path: path, Before: before, After: after}, name))
	}
}

// tail is how many elements at the end of two lists are the same: where one is put in
// or taken out before them, they get another index and nothing else.
func tail(before, after []any, unknown any) int {
	n := 0
	for len(before) != len(after) && n < min(len(before), len(after)) {
		i := len(after) - 1 - n
		if marked(at(unknown, i)) || !reflect.DeepEqual(before[len(before)-1-n], after[i]) {
			break
		}
		n++
	}
	return n
}

// called is the name of what a key of an object holds: in {name = "API_TOKEN", value =
// …} the value is called API_TOKEN.
func called(key string, objects ...map[string]any) string {
	if key != "value" {
		return key
	}
	for _, o := range objects {
		for _, k := range []string{"name", "key"} {
			if name, ok := o[k].(string); ok && resource.SecretName(name) {
				return name
			}
		}
	}
	return key
}

// hide takes the values out of a change that look like secrets.
func hide(c Change, name string) Change {
	if secret(name, c.Before) || secret(name, c.After) {
		c.Before, c.After, c.Sensitive = nil, nil, true
	}
	return c
}

// secret reports whether a value looks like a secret, or one is in it. Only text
// under a name that says so does: booleans and numbers are settings.
func secret(name string, v any) bool {
	switch v := v.(type) {
	case string:
		return resource.SecretValue(v) || v != "" && resource.SecretName(name)
	case []any:
		return slices.ContainsFunc(v, func(v any) bool { return secret(name, v) })
	case map[string]any:
		for k, of := range v {
			if secret(called(k, v), of) {
				return true
			}
		}
	}
	return false
}

func (d *differ) add(c Change) {
	c.Replaces = d.replaces[c.Path]
	for path := range d.replaces {
		c.Replaces = c.Replaces || strings.HasPrefix(c.Path, path+".") || strings.HasPrefix(c.Path, path+"[")
	}
	d.out = append(d.out, c)
}

// empty: null and an empty collection mean the same to who reads a plan.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func composite(list []any) bool {
	return slices.ContainsFunc(list, func(v any) bool { _, ok := v.(map[string]any); return ok })
}

// marked reports whether anything in a sensitivity mark is set.
func marked(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case []any:
		return slices.ContainsFunc(v, marked)
	case map[string]any:
		for _, v := range v {
			if marked(v) {
				return true
			}
		}
	}
	return false
}

func child(v any, key string) any {
	m, _ := v.(map[string]any)
	return m[key]
}

func at(v any, i int) any {
	if list, ok := v.([]any); ok && i >= 0 && i < len(list) {
		return list[i]
	}
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// pathOf writes a path of Terraform's JSON, ["disks", 0, "size"], as disks[0].size.
func pathOf(v any) string {
	steps, _ := v.([]any)
	path := ""
	for _, s := range steps {
		switch s := s.(type) {
		case string:
			path = join(path, s)
		case json.Number:
			path += "[" + s.String() + "]"
		}
	}
	return path
}
