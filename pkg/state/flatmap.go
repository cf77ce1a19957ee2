package state

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// maxFlatDepth ends a flatmap's nesting. Terraform 0.11 had no type that is
// nested as deep.
const maxFlatDepth = 64

var errFlatText = errors.New("holds something other than text")

// flat is one entry of a flatmap, its key relative to the value it belongs to.
type flat struct{ key, value string }

// expandFlatmap makes nested attributes of the flat ones of Terraform 0.11 and
// older, in which "tags.%" is the length of a map, "ports.#" that of a list or
// set, "ports.0" an element of a list, "rule.1234567" one of a set, by its hash
// (https://github.com/hashicorp/terraform/blob/v0.12.0/config/hcl2shim/flatmap.go).
//
// The types are the schema's and not written down: every value that is not a
// collection stays text, "true" and "80" too.
func expandFlatmap(m map[string]any) (map[string]any, error) {
	entries := make([]flat, 0, len(m))
	for key, v := range m {
		s, ok := v.(string)
		if !ok {
			return nil, errFlatText
		}
		entries = append(entries, flat{key, s})
	}
	slices.SortFunc(entries, func(a, b flat) int { return cmp.Compare(a.key, b.key) })
	return expandObject(entries, 0), nil
}

func expandObject(entries []flat, depth int) map[string]any {
	out := make(map[string]any)
	for name, below := range groupFlat(entries) {
		out[name] = expandValue(below, depth+1)
	}
	return out
}

// groupFlat groups entries by the first segment of their keys and takes that
// off. The key of the value itself becomes "".
func groupFlat(entries []flat) map[string][]flat {
	groups := make(map[string][]flat)
	for _, e := range entries {
		name, rest, _ := strings.Cut(e.key, ".")
		groups[name] = append(groups[name], flat{rest, e.value})
	}
	return groups
}

// expandValue makes one value of the entries that belong to it.
func expandValue(entries []flat, depth int) any {
	var isMap, isList bool
	var self string
	below := entries[:0:0]
	for _, e := range entries {
		switch e.key {
		case "%":
			isMap = true
		case "#":
			isList = true
		case "":
			self = e.value
		default:
			below = append(below, e)
		}
	}
	switch {
	case isMap || depth >= maxFlatDepth && len(below) > 0:
		// keys of a map may have dots; its elements are text
		out := make(map[string]any, len(below))
		for _, e := range below {
			out[e.key] = e.value
		}
		return out
	case isList:
		return expandList(below, depth)
	case len(below) > 0:
		return expandObject(below, depth)
	}
	return self
}

// expandList makes a list of elements in the order of their indices or hashes.
// Terraform before 0.9 wrote maps that way too: then the keys are not numbers.
func expandList(entries []flat, depth int) any {
	type element struct {
		index int64
		name  string
		value any
	}
	groups := groupFlat(entries)
	elements := make([]element, 0, len(groups))
	for name, below := range groups {
		// a set's element with unknown parts had a ~ before its hash
		index, err := strconv.ParseInt(strings.TrimPrefix(name, "~"), 10, 64)
		if err != nil {
			out := make(map[string]any, len(entries))
			for _, e := range entries {
				out[e.key] = e.value
			}
			return out
		}
		elements = append(elements, element{index, name, expandValue(below, depth+1)})
	}
	slices.SortFunc(elements, func(a, b element) int {
		return cmp.Or(cmp.Compare(a.index, b.index), cmp.Compare(a.name, b.name))
	})
	list := make([]any, len(elements))
	for i, e := range elements {
		list[i] = e.value
	}
	return list
}
