package state

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A state repeats itself: attribute names in every instance, regions, accounts,
// names and empty strings in most. values decodes JSON so that what is equal is
// held once.
type values struct {
	names  map[string]string
	shared map[string]any // by the text as written, quotes included
	unset  map[string][]string

	// members and items are stacks of what is being decoded, so that a map or a
	// list is made once, with its right size.
	members []member
	items   []any
}

type member struct {
	name  string
	value any
}

// What is held once is short, and there is an end to it: the values of a large
// state are mostly different, and looking for them would cost more than it
// saves.
const (
	maxShared       = 1 << 16 // entries
	maxSharedLen    = 64      // bytes of a scalar
	maxSharedNested = 512     // bytes of an object or a list
)

func newValues() *values {
	return &values{names: make(map[string]string), shared: make(map[string]any), unset: make(map[string][]string)}
}

var (
	errRepeated = errors.New("repeated name")
	errNumber   = errors.New("number out of range")
)

// name returns the string of a JSON string that a cursor has cut out.
func (v *values) name(quoted []byte) string {
	if s, ok := v.names[string(quoted)]; ok {
		return s
	}
	s := unquote(quoted)
	if len(quoted) <= maxSharedLen && len(v.names) < maxShared {
		v.names[string(quoted)] = s
	}
	return s
}

// unquote returns the string of a valid JSON string.
func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	plain := utf8.Valid(inner)
	for i := 0; plain && i < len(inner); i++ {
		plain = inner[i] != '\\'
	}
	if plain {
		return string(inner)
	}
	var s string
	// its syntax has been checked: see cursor
	_ = json.Unmarshal(quoted, &s)
	return s
}

// nested returns the object or list at the cursor, as decode does, and the same
// one for the same text. What it returns must not be changed.
func (v *values) nested(c *cursor) (val any, at string, err error) {
	text := c.value()
	if shared, ok := v.shared[string(text)]; ok {
		return shared, "", nil
	}
	val, at, err = v.composite(&cursor{src: text})
	if err == nil && len(text) <= maxSharedNested && len(v.shared) < maxShared {
		v.shared[string(text)] = val
	}
	return val, at, err
}

// decode returns the value at the cursor in encoding/json's shapes. Unlike
// encoding/json it does not accept a name twice in one object. at is the
// outermost name under which something is wrong.
func (v *values) decode(c *cursor) (val any, at string, err error) {
	if b := c.kind(); b == '{' || b == '[' {
		return v.nested(c)
	}
	val, err = v.scalar(c.scalar())
	return val, "", err
}

func (v *values) composite(c *cursor) (val any, at string, err error) {
	switch c.kind() {
	case '{':
		return v.object(c)
	default:
		base := len(v.items)
		defer func() { v.items = v.items[:base] }()
		for c.enter(); c.more(); {
			item, at, err := v.decode(c)
			if err != nil {
				return nil, at, err
			}
			v.items = append(v.items, item)
		}
		list := make([]any, len(v.items)-base)
		copy(list, v.items[base:])
		return list, "", nil
	}
}

func (v *values) object(c *cursor) (val any, at string, err error) {
	base := len(v.members)
	defer func() { v.members = v.members[:base] }()
	if at, err := v.push(c); err != nil {
		return nil, at, err
	}
	m := make(map[string]any, len(v.members)-base)
	for _, f := range v.members[base:] {
		if _, repeated := m[f.name]; repeated {
			return nil, f.name, errRepeated
		}
		m[f.name] = f.value
	}
	return m, "", nil
}

// push puts the members of the object at the cursor on the stack.
func (v *values) push(c *cursor) (at string, err error) {
	for c.enter(); c.more(); {
		name := v.name(c.scalar())
		val, _, err := v.decode(c)
		if err != nil {
			return name, err
		}
		v.members = append(v.members, member{name, val})
	}
	return "", nil
}

// attributes returns the object at the cursor without its nulls, and the names
// of those, sorted and held once for all resources that have the same.
func (v *values) attributes(c *cursor) (attrs map[string]any, unset []string, at string, err error) {
	base := len(v.members)
	defer func() { v.members = v.members[:base] }()
	if at, err := v.push(c); err != nil {
		return nil, nil, at, err
	}
	members := v.members[base:]
	slices.SortStableFunc(members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	var names strings.Builder
	set := 0
	for i, f := range members {
		if i > 0 && members[i-1].name == f.name {
			return nil, nil, f.name, errRepeated
		}
		if f.value != nil {
			set++
			continue
		}
		names.WriteString(f.name)
		names.WriteByte(0)
	}
	unset, known := v.unset[names.String()]
	attrs = make(map[string]any, set)
	for _, f := range members {
		if f.value != nil {
			attrs[f.name] = f.value
		} else if !known {
			unset = append(unset, f.name)
		}
	}
	if !known && len(v.unset) < maxShared {
		v.unset[names.String()] = unset
	}
	return attrs, unset, "", nil
}

// scalar returns the value of a valid JSON scalar.
func (v *values) scalar(text []byte) (any, error) {
	switch text[0] {
	case 'n':
		return nil, nil
	case 't':
		return true, nil
	case 'f':
		return false, nil
	}
	if s, ok := v.shared[string(text)]; ok {
		return s, nil
	}
	var val any
	if text[0] == '"' {
		val = unquote(text)
	} else {
		f, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return nil, errNumber
		}
		val = f
	}
	if len(text) <= maxSharedLen && len(v.shared) < maxShared {
		v.shared[string(text)] = val
	}
	return val, nil
}

// cursor walks through JSON whose syntax json.Decoder has checked already. It
// takes commas and colons for white space, which is right in valid JSON only.
type cursor struct {
	src []byte
	pos int
}

// kind returns the first byte of the next value.
func (c *cursor) kind() byte {
	for {
		switch b := c.src[c.pos]; b {
		case ' ', '\t', '\n', '\r', ',', ':':
			c.pos++
		default:
			return b
		}
	}
}

// enter goes into the object or list at the cursor.
func (c *cursor) enter() {
	c.kind()
	c.pos++
}

// more reports whether the object or list has another member. It leaves it when
// it has none.
func (c *cursor) more() bool {
	if b := c.kind(); b == '}' || b == ']' {
		c.pos++
		return false
	}
	return true
}

// scalar returns the text of the string, number or literal at the cursor.
func (c *cursor) scalar() []byte {
	quote := c.kind() == '"'
	start := c.pos
	if quote {
		for c.pos++; c.src[c.pos] != '"'; c.pos++ {
			if c.src[c.pos] == '\\' {
				c.pos++
			}
		}
		c.pos++
		return c.src[start:c.pos]
	}
	for c.pos < len(c.src) {
		switch c.src[c.pos] {
		case ' ', '\t', '\n', '\r', ',', ':', ']', '}':
			return c.src[start:c.pos]
		}
		c.pos++
	}
	return c.src[start:c.pos]
}

// value passes over the value at the cursor and returns its text.
func (c *cursor) value() []byte {
	c.kind()
	start := c.pos
	for depth := 0; ; {
		switch c.kind() {
		case '{', '[':
			depth++
			c.pos++
		case '}', ']':
			depth--
			c.pos++
		default:
			c.scalar()
		}
		if depth == 0 {
			return c.src[start:c.pos]
		}
	}
}
