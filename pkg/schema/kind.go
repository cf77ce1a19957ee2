package schema

import "strings"

// Kind is the shape of the value at a path, spelled as
//
//	string number bool dynamic
//	list(K) set(K) map(K)             K is a Kind
//	object(object)                    one object; see the package comment for when its attributes are listed
//	block list, block set, block map, block single
//
// so that "set(object(object))" is a set of objects.
type Kind string

// IsBlock reports whether the path is a nested block. What lies within it is listed as paths of its own.
func (k Kind) IsBlock() bool { return strings.HasPrefix(string(k), "block ") }

// IsList reports whether order counts: a list attribute or a list of blocks.
func (k Kind) IsList() bool { return k == "block list" || strings.HasPrefix(string(k), "list(") }

// IsSet reports whether order does not count: a set attribute or a set of blocks.
func (k Kind) IsSet() bool { return k == "block set" || strings.HasPrefix(string(k), "set(") }

// IsMap reports whether the value is keyed by strings of the user's: a map attribute or blocks with labels.
func (k Kind) IsMap() bool { return k == "block map" || strings.HasPrefix(string(k), "map(") }

// IsObject reports whether the value is one object, with attributes the schema fixes: an object attribute or a single block.
func (k Kind) IsObject() bool { return k == "block single" || strings.HasPrefix(string(k), "object(") }

// IsPrimitive reports whether the value is a string, a number or a bool.
func (k Kind) IsPrimitive() bool { return k == "string" || k == "number" || k == "bool" }

// Elem returns the kind of the elements of a list, set or map attribute, and "" for everything else, blocks included.
func (k Kind) Elem() Kind {
	if k.IsBlock() || !k.IsList() && !k.IsSet() && !k.IsMap() {
		return ""
	}
	_, elem, _ := strings.Cut(string(k), "(")
	return Kind(strings.TrimSuffix(elem, ")"))
}
