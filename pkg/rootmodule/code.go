package rootmodule

import (
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// code is what the files of one module declare, override files merged as
// Terraform merges them (https://developer.hashicorp.com/terraform/language/files/override).
type code struct {
	dir   string // the module's directory
	files int

	storage   *storage
	encrypted bool
	required  map[string]string // a provider's local name → its source address, where one is given
	providers []*providerBlock  // in the order of the files
	variables map[string]*variable
	locals    map[string]hcl.Expression
	calls     []*moduleCall
}

// storage is a backend, cloud or state_store block.
type storage struct {
	kind string // the block's type
	typ  string // as state.Block.Type
	args args
	at   hcl.Range
}

func (s *storage) String() string {
	if s.kind == "cloud" {
		return "block cloud"
	}
	return fmt.Sprintf("%s %q", s.kind, s.typ)
}

type providerBlock struct {
	name, alias string
	forEach     hcl.Expression
	args        args
	at          hcl.Range
}

type variable struct {
	typ        cty.Type
	defaults   *typeexpr.Defaults
	value      cty.Value // the default; cty.NilVal where there is none
	literal    bool      // the environment and -var give it as a string, not as an expression
	notNull    bool
	at         hcl.Range
	constraint bool // typ was given
}

type moduleCall struct {
	name, source string
	args         args
	repeated     bool // count or for_each: such a module has no provider configurations
	at           hcl.Range
}

// args is the body of a block whose schema nobody here knows: the backends and
// the providers have it.
type args struct {
	attrs  map[string]*hcl.Attribute
	blocks []*hclsyntax.Block // of the native syntax; in JSON a block looks like an attribute
}

func newArgs(body hcl.Body) (args, error) {
	if native, ok := body.(*hclsyntax.Body); ok {
		a := args{attrs: make(map[string]*hcl.Attribute, len(native.Attributes)), blocks: native.Blocks}
		for name, attr := range native.Attributes {
			a.attrs[name] = attr.AsHCLAttribute()
		}
		return a, nil
	}
	attrs, diags := body.JustAttributes()
	return args{attrs: attrs}, syntaxError(diags)
}

// override returns a with what over says instead: arguments one by one, nested
// blocks all of a type at once.
func (a args) override(over args) args {
	merged := args{attrs: make(map[string]*hcl.Attribute, len(a.attrs)+len(over.attrs))}
	maps.Copy(merged.attrs, a.attrs)
	hidden := map[string]bool{}
	for _, b := range over.blocks {
		hidden[blockType(b)] = true
		delete(merged.attrs, blockType(b))
	}
	for name, attr := range over.attrs {
		merged.attrs[name] = attr
		hidden[name] = true
	}
	for _, b := range a.blocks {
		if !hidden[blockType(b)] {
			merged.blocks = append(merged.blocks, b)
		}
	}
	merged.blocks = append(merged.blocks, over.blocks...)
	return merged
}

// without returns a without some arguments.
func (a args) without(names ...string) args {
	a.attrs = maps.Clone(a.attrs)
	for _, name := range names {
		delete(a.attrs, name)
	}
	return a
}

// expr returns the expression of an argument, nil where there is none.
func (a args) expr(name string) hcl.Expression {
	if attr := a.attrs[name]; attr != nil {
		return attr.Expr
	}
	return nil
}

// blockType is what a block is, or what a dynamic block makes.
func blockType(b *hclsyntax.Block) string {
	if b.Type == "dynamic" && len(b.Labels) == 1 {
		return b.Labels[0]
	}
	return b.Type
}

// parse reads the files of a module. Its errors are *codeError.
func parse(files []source) (*code, error) {
	c := &code{
		files:     len(files),
		required:  map[string]string{},
		variables: map[string]*variable{},
		locals:    map[string]hcl.Expression{},
	}
	for _, s := range files {
		data, err := s.read()
		if err != nil {
			return nil, err
		}
		body, err := parseHCL(data, s.name)
		if err != nil {
			return nil, err
		}
		if err := c.addFile(body, isOverride(s.name)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *code) addFile(body hcl.Body, override bool) error {
	content, _, diags := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "terraform"}, {Type: "locals"},
		{Type: "provider", LabelNames: []string{"name"}},
		{Type: "variable", LabelNames: []string{"name"}},
		{Type: "module", LabelNames: []string{"name"}},
	}})
	if err := syntaxError(diags); err != nil {
		return err
	}
	var seen *storage // in this file
	for _, b := range content.Blocks {
		var err error
		switch b.Type {
		case "terraform":
			err = c.addSettings(b.Body, override, &seen)
		case "locals":
			err = c.addLocals(b.Body)
		case "provider":
			err = c.addProvider(b, override)
		case "variable":
			err = c.addVariable(b, override)
		case "module":
			err = c.addCall(b, override)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *code) addSettings(body hcl.Body, override bool, seen **storage) error {
	content, _, diags := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "cloud"}, {Type: "required_providers"}, {Type: "encryption"},
		{Type: "backend", LabelNames: []string{"type"}},
		{Type: "state_store", LabelNames: []string{"type"}},
	}})
	if err := syntaxError(diags); err != nil {
		return err
	}
	for _, b := range content.Blocks {
		switch b.Type {
		case "encryption":
			c.encrypted = true
		case "required_providers":
			if err := c.addRequired(b.Body); err != nil {
				return err
			}
		default:
			args, err := newArgs(b.Body)
			if err != nil {
				return err
			}
			s := &storage{kind: b.Type, typ: b.Type, args: args, at: b.DefRange}
			if b.Type == "backend" {
				s.typ = b.Labels[0]
			}
			// An override file's takes the place of one elsewhere, of whatever kind.
			first := c.storage
			if override {
				first = *seen
			}
			if first != nil {
				return &codeError{
					place:  at(s.at),
					text:   fmt.Sprintf("%s stands beside %s at %s", s, first, at(first.at)),
					remedy: "remove one of them: a root module has one backend",
				}
			}
			c.storage, *seen = s, s
		}
	}
	return nil
}

// addRequired notes the sources of a required_providers block. The rest of it,
// configuration_aliases, is no value.
func (c *code) addRequired(body hcl.Body) error {
	args, err := newArgs(body)
	if err != nil {
		return err
	}
	for name, attr := range args.attrs {
		pairs, diags := hcl.ExprMap(attr.Expr)
		if diags.HasErrors() {
			continue // a version alone, as Terraform 0.12 has it
		}
		for _, p := range pairs {
			if key, ok := literal(p.Key); ok && key == "source" {
				if source, ok := literal(p.Value); ok {
					c.required[name] = source
				}
			}
		}
	}
	return nil
}

func (c *code) addLocals(body hcl.Body) error {
	args, err := newArgs(body)
	if err != nil {
		return err
	}
	for name, attr := range args.attrs {
		c.locals[name] = attr.Expr
	}
	return nil
}

func (c *code) addProvider(b *hcl.Block, override bool) error {
	a, err := newArgs(b.Body)
	if err != nil {
		return err
	}
	p := &providerBlock{name: b.Labels[0], forEach: a.expr("for_each"), at: b.DefRange}
	if e := a.expr("alias"); e != nil {
		p.alias = hcl.ExprAsKeyword(e)
		if s, ok := literal(e); ok {
			p.alias = s
		}
	}
	p.args = a.without("alias", "version", "for_each")
	for _, earlier := range c.providers {
		switch {
		case earlier.name != p.name || earlier.alias != p.alias:
		case override:
			earlier.args = earlier.args.override(p.args)
			return nil
		default:
			return &codeError{
				place:  at(p.at),
				text:   fmt.Sprintf("provider %q has the same alias as the one at %s", p.name, at(earlier.at)),
				remedy: "remove one of them, or give it another alias",
			}
		}
	}
	c.providers = append(c.providers, p)
	return nil
}

func (c *code) addVariable(b *hcl.Block, override bool) error {
	a, err := newArgs(b.Body)
	if err != nil {
		return err
	}
	name := b.Labels[0]
	v := c.variables[name]
	if v == nil || !override {
		v = &variable{typ: cty.DynamicPseudoType, literal: true, at: b.DefRange}
		c.variables[name] = v
	}
	if e := a.expr("type"); e != nil {
		v.setType(e)
	}
	if e := a.expr("default"); e != nil {
		if value, diags := e.Value(nil); !diags.HasErrors() {
			v.value = value
		}
	}
	if e := a.expr("nullable"); e != nil {
		if value, diags := e.Value(nil); !diags.HasErrors() && value.Type() == cty.Bool && value.IsKnown() && !value.IsNull() {
			v.notNull = value.False()
		}
	}
	return nil
}

// setType reads a type constraint. "list" and "map" in quotes are those of
// Terraform 0.11.
func (v *variable) setType(e hcl.Expression) {
	v.typ, v.defaults, v.constraint = cty.DynamicPseudoType, nil, true
	if legacy, ok := literal(e); ok {
		switch legacy {
		case "string":
			v.typ, v.literal = cty.String, true
			return
		case "list":
			v.typ, v.literal = cty.List(cty.DynamicPseudoType), false
			return
		case "map":
			v.typ, v.literal = cty.Map(cty.DynamicPseudoType), false
			return
		}
	}
	typ, defaults, diags := typeexpr.TypeConstraintWithDefaults(e)
	if !diags.HasErrors() {
		v.typ, v.defaults = typ, defaults
	}
	v.literal = v.typ.IsPrimitiveType()
}

func (c *code) addCall(b *hcl.Block, override bool) error {
	a, err := newArgs(b.Body)
	if err != nil {
		return err
	}
	name := b.Labels[0]
	var call *moduleCall
	for _, earlier := range c.calls {
		if override && earlier.name == name {
			call = earlier
		}
	}
	if call == nil {
		call = &moduleCall{name: name, at: b.DefRange}
		c.calls = append(c.calls, call)
	}
	call.args = call.args.override(a)
	call.source = ""
	if e := call.args.expr("source"); e != nil {
		call.source, _ = literal(e)
	}
	call.repeated = call.args.expr("count") != nil || call.args.expr("for_each") != nil
	return nil
}

// local reports whether a module's source is a directory beside the caller's.
func (m *moduleCall) local() bool {
	return strings.HasPrefix(m.source, "./") || strings.HasPrefix(m.source, "../")
}

// literal returns a string that is written out.
func literal(e hcl.Expression) (string, bool) {
	v, diags := e.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.IsMarked() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}
