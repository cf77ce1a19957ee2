package state

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// problemError is a problem on its way to the reader that knows the source.
type problemError struct{ problem, remedy string }

func (e problemError) Error() string { return e.problem }

func broken(format string, args ...any) error {
	return problemError{fmt.Sprintf(format, args...), restore}
}

func unknown(format string, args ...any) error {
	return problemError{fmt.Sprintf(format, args...), upgrade}
}

// resource reads one element of `resources`. What is wrong with it becomes the
// reader's problem.
func (r *reader) resource(src []byte) {
	err := r.block(cursor{src: src})
	var p problemError
	if errors.As(err, &p) {
		r.note(p.problem, p.remedy)
	}
}

// subject names, in an error, what is wrong. It is made for every instance, so
// it becomes text only where something is.
type subject struct {
	address string
	index   int
}

func (s subject) String() string {
	if s.address != "" {
		return "an instance of " + s.address
	}
	return fmt.Sprintf("a resource (resources[%d])", s.index)
}

// members calls visit for every name of the object at the cursor; visit passes
// over the value. what names the object in errors.
func (r *reader) members(c *cursor, what subject, visit func(name string) error) error {
	if c.kind() != '{' {
		return broken("has %s that is not an object", what)
	}
	var seen []string
	var many map[string]bool
	for c.enter(); c.more(); {
		name := r.values.name(c.scalar())
		repeated := many[name]
		for _, s := range seen {
			repeated = repeated || s == name
		}
		if repeated {
			return broken("has %s that repeats the name %q", what, name)
		}
		if len(seen) < 16 {
			seen = append(seen, name)
		} else {
			if many == nil {
				many = make(map[string]bool)
			}
			many[name] = true
		}
		if err := visit(name); err != nil {
			return err
		}
	}
	return nil
}

// text returns the string at the cursor; null is "".
func (r *reader) text(c *cursor, what subject, name string) (string, error) {
	switch c.kind() {
	case '"':
		return r.values.name(c.scalar()), nil
	case 'n':
		c.scalar()
		return "", nil
	}
	return "", broken("has %s with a %s that is not text", what, name)
}

// block reads one resource with all its instances.
func (r *reader) block(c cursor) error {
	what := subject{index: r.index}
	var module, mode, typ, name, provider string
	var instances cursor
	err := r.members(&c, what, func(field string) (err error) {
		switch field {
		case "module":
			module, err = r.text(&c, what, field)
		case "mode":
			mode, err = r.text(&c, what, field)
		case "type":
			typ, err = r.text(&c, what, field)
		case "name":
			name, err = r.text(&c, what, field)
		case "provider":
			provider, err = r.text(&c, what, field)
		case "instances":
			instances.src = c.value()
		default:
			c.value()
		}
		return err
	})
	if err != nil {
		return err
	}

	var prefix strings.Builder
	switch {
	case !identifier(typ):
		return broken("has %s without a usable type", what)
	case !identifier(name):
		return broken("has %s without a usable name", what)
	case module != "" && !moduleAddress(module):
		return broken("has %s whose module is not a module's address", what)
	case module != "":
		prefix.WriteString(module + ".")
	}
	switch mode {
	case "managed":
	case "data":
		prefix.WriteString("data.")
	case "":
		return broken("has %s without a mode", what)
	default:
		return unknown("has %s of the mode %q, which driftmgr does not know", what, mode)
	}
	prefix.WriteString(typ + "." + name)

	if instances.src == nil || instances.kind() == 'n' {
		return nil
	}
	if instances.kind() != '[' {
		return broken("has the resource %s with instances that are not a list", prefix.String())
	}
	base := resource.Managed{
		Key:      resource.Key{Type: typ},
		Address:  prefix.String(),
		Source:   r.name,
		Provider: provider,
		Data:     mode == "data",
	}
	for instances.enter(); instances.more(); {
		m := base
		if err := r.instance(&instances, &m); err != nil {
			return err
		}
		if _, repeated := r.addrs[m.Address]; repeated {
			return broken("has %s twice", m.Address)
		}
		r.addrs[m.Address] = struct{}{}
		r.file.Managed = append(r.file.Managed, m)
	}
	return nil
}

// instance completes m, which has the address of its resource, with the
// instance at the cursor.
func (r *reader) instance(c *cursor, m *resource.Managed) error {
	what := subject{address: m.Address}
	var key any
	var deposed string
	var attributes, flat, sensitive cursor
	err := r.members(c, what, func(field string) (err error) {
		switch field {
		case "index_key":
			if b := c.kind(); b == '{' || b == '[' {
				return broken("has %s with an index_key that is neither a whole number nor text", what)
			}
			key, _, err = r.values.decode(c)
			if err != nil {
				return broken("has %s with an index_key that is neither a whole number nor text", what)
			}
		case "deposed":
			deposed, err = r.text(c, what, field)
		case "instance_provider": // OpenTofu since 1.9, where a provider has for_each
			var provider string
			if provider, err = r.text(c, what, field); provider != "" {
				m.Provider = provider
			}
		case "attributes":
			attributes.src = c.value()
		case "attributes_flat":
			flat.src = c.value()
		case "sensitive_attributes":
			sensitive.src = c.value()
		default:
			c.value()
		}
		return err
	})
	if err != nil {
		return err
	}
	if m.Address, err = instanceAddress(m.Address, key, deposed); err != nil {
		return err
	}
	if m.Attrs, m.Unset, err = r.attributes(attributes, flat, m.Address); err != nil {
		return err
	}
	m.Sensitive, err = r.sensitive(sensitive, m.Attrs, m.Address)
	return err
}

// instanceAddress returns the address of an instance of a resource. key is the
// state's index_key: a number for count, a string for for_each, nil for neither.
func instanceAddress(of string, key any, deposed string) (string, error) {
	if key == nil && deposed == "" {
		return of, nil
	}
	var b strings.Builder
	b.WriteString(of)
	switch k := key.(type) {
	case nil:
	case float64:
		if k < 0 || k != math.Trunc(k) || k > 1<<53 {
			return "", broken("has an instance of %s with an index_key that is neither a whole number nor text", of)
		}
		b.WriteString("[" + strconv.FormatInt(int64(k), 10) + "]")
	case string:
		writeKey(&b, k)
	default:
		return "", broken("has an instance of %s with an index_key that is neither a whole number nor text", of)
	}
	if deposed != "" {
		// Terraform makes them of eight hexadecimal digits, and takes any eight
		if len(deposed) != 8 || !identifier(deposed) {
			return "", broken("has %s with a deposed key that is not one", b.String())
		}
		b.WriteString(" (deposed " + deposed + ")")
	}
	return b.String(), nil
}

// attributes decodes `attributes`, or where there are none `attributes_flat`,
// which Terraform writes when it converts a state of 0.11 or older.
func (r *reader) attributes(attributes, flat cursor, address string) (attrs resource.Attrs, unset []string, err error) {
	for _, from := range []*cursor{&attributes, &flat} {
		if from.src == nil || from.kind() == 'n' {
			continue
		}
		if from.kind() != '{' {
			return nil, nil, broken("has %s with attributes that are not an object", address)
		}
		attrs, unset, at, err := r.values.attributes(from)
		switch {
		case errors.Is(err, errRepeated):
			return nil, nil, broken("has %s with a repeated name in the attribute %q", address, at)
		case err != nil:
			return nil, nil, broken("has %s with a number that is too large in the attribute %q", address, at)
		}
		if from == &flat {
			if attrs, err = expandFlatmap(attrs); err != nil {
				return nil, nil, broken("has %s with attributes_flat that %v", address, err)
			}
		}
		return attrs, unset, nil
	}
	return resource.Attrs{}, nil, nil
}
