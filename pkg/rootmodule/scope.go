package rootmodule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// scope is what the expressions of one module can refer to.
type scope struct {
	code      *code
	functions map[string]function.Function
	path, cwd string // path.module and path.cwd
	workspace string

	// input returns the value that is given to a variable: cty.NilVal where none
	// is, unknown with the reason why.
	input func(name string, v *variable) (cty.Value, string)

	inputs    map[string]result // evaluated so far
	locals    map[string]result
	iterators map[string]cty.Value // each, and those of dynamic blocks
	base      *scope               // the scope without iterators; nil for itself
}

// result is a value, or the reason why it is not known as a whole.
type result struct {
	value cty.Value
	why   string
}

// constants is a scope with nothing to refer to and nothing to call.
func constants() *scope {
	return &scope{code: &code{}, inputs: map[string]result{}, locals: map[string]result{}}
}

// maxElements is how many elements a value has at most that is not unknown: a
// few lines can make a value of any size.
const maxElements = 100_000

// maxText is the longest string, in bytes, for the same reason.
const maxText = 4 << 20

// with returns s with one more name to refer to.
func (s *scope) with(name string, v cty.Value) *scope {
	inner := *s
	inner.iterators = maps.Clone(s.iterators)
	if inner.iterators == nil {
		inner.iterators = map[string]cty.Value{}
	}
	inner.iterators[name] = v
	if inner.base == nil {
		inner.base = s
	}
	return &inner
}

// eval evaluates an expression: what cannot be said is unknown, with a reason.
func (s *scope) eval(e hcl.Expression) (cty.Value, string) {
	v, diags := e.Value(s.context(e))
	v, _ = v.UnmarkDeep()
	if diags.HasErrors() {
		v = cty.DynamicVal
	}
	if !small(v) {
		return cty.DynamicVal, "it is too large"
	}
	if v.IsWhollyKnown() {
		return v, ""
	}
	return v, s.reason(e)
}

// context has what e refers to, and no more: locals are evaluated when they are
// needed.
func (s *scope) context(e hcl.Expression) *hcl.EvalContext {
	objects := map[string]map[string]cty.Value{}
	vars := map[string]cty.Value{}
	for _, t := range e.Variables() {
		root := t.RootName()
		if v, ok := s.iterators[root]; ok {
			vars[root] = v
			continue
		}
		switch root {
		case "path":
			vars[root] = cty.ObjectVal(map[string]cty.Value{
				"module": cty.StringVal(s.path), "root": cty.StringVal("."), "cwd": cty.StringVal(s.cwd),
			})
		case "terraform", "tofu":
			vars[root] = cty.DynamicVal
			if name, ok := member(t); ok && name == "workspace" {
				vars[root] = cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal(s.workspace)})
			}
		case "var", "local":
			if objects[root] == nil {
				objects[root] = map[string]cty.Value{}
			}
			names := s.names(root)
			if name, ok := member(t); ok {
				names = []string{name}
			}
			for _, name := range names {
				objects[root][name] = s.lookup(root, name).value
			}
		default:
			vars[root] = cty.DynamicVal
		}
	}
	for root, o := range objects {
		vars[root] = cty.ObjectVal(o)
	}
	return &hcl.EvalContext{Variables: vars, Functions: s.functionsOf(e)}
}

// member is the name after the root of a reference: region in var.region and in
// var["region"].
func member(t hcl.Traversal) (string, bool) {
	if len(t) < 2 {
		return "", false
	}
	switch step := t[1].(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
			return step.Key.AsString(), true
		}
	}
	return "", false
}

func (s *scope) names(root string) []string {
	if root == "var" {
		return slices.Collect(maps.Keys(s.code.variables))
	}
	return slices.Collect(maps.Keys(s.code.locals))
}

func (s *scope) lookup(root, name string) result {
	if s.base != nil {
		return s.base.lookup(root, name)
	}
	known := s.inputs
	if root == "local" {
		known = s.locals
	}
	if r, ok := known[name]; ok {
		return r
	}
	// What refers to itself finds this.
	known[name] = result{cty.DynamicVal, root + "." + name + " refers to itself"}
	r := s.variable(name)
	if root == "local" {
		r = s.local(name)
	}
	known[name] = r
	return r
}

func (s *scope) local(name string) result {
	e, ok := s.code.locals[name]
	if !ok {
		return result{cty.DynamicVal, "local." + name + " is not declared"}
	}
	v, why := s.eval(e)
	return result{v, why}
}

func (s *scope) variable(name string) result {
	v, ok := s.code.variables[name]
	if !ok {
		return result{cty.DynamicVal, "var." + name + " is not declared"}
	}
	given, why := s.input(name, v)
	if given == cty.NilVal || given.IsKnown() && given.IsNull() && v.notNull {
		given = v.value
	}
	if given == cty.NilVal {
		return result{cty.UnknownVal(v.typ), "var." + name + " has no value"}
	}
	given, ok = v.convert(given)
	if !ok {
		return result{cty.UnknownVal(v.typ), "the value of var." + name + " is not of its type"}
	}
	return result{given, why}
}

func (v *variable) convert(given cty.Value) (cty.Value, bool) {
	given, _ = given.UnmarkDeep()
	if !v.constraint {
		return given, true
	}
	if v.defaults != nil && given.IsKnown() && !given.IsNull() {
		given = v.defaults.Apply(given)
	}
	converted, err := convert.Convert(given, v.typ)
	return converted, err == nil
}

// reason says why an expression has no known value.
func (s *scope) reason(e hcl.Expression) string {
	for _, t := range e.Variables() {
		root := t.RootName()
		if _, ok := s.iterators[root]; ok {
			continue
		}
		switch root {
		case "path", "terraform", "tofu":
		case "var", "local":
			names := s.names(root)
			if name, ok := member(t); ok {
				names = []string{name}
			}
			slices.Sort(names)
			for _, name := range names {
				if why := s.lookup(root, name).why; why != "" {
					return why
				}
			}
		default:
			return "it depends on " + reference(t)
		}
	}
	for _, name := range calls(e) {
		if !evaluated(s.functions, name) {
			return fmt.Sprintf("it calls %s, which driftmgr does not evaluate", name)
		}
	}
	return "it cannot be evaluated"
}

// reference is what a traversal names: data.aws_region.here, module.network.
func reference(t hcl.Traversal) string {
	steps := 2
	if t.RootName() == "data" || t.RootName() == "ephemeral" {
		steps = 3
	}
	names := []string{t.RootName()}
	for _, step := range t[1:min(len(t), steps)] {
		attr, ok := step.(hcl.TraverseAttr)
		if !ok {
			break
		}
		names = append(names, attr.Name)
	}
	return strings.Join(names, ".")
}

// calls are the functions that an expression calls; those in JSON are not seen.
func calls(e hcl.Expression) []string {
	native, ok := e.(hclsyntax.Expression)
	if !ok {
		return nil
	}
	var names []string
	_ = hclsyntax.VisitAll(native, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok {
			names = append(names, call.Name)
		}
		return nil
	})
	return names
}

// functionsOf adds to the functions those that e calls and nobody here knows:
// their values are unknown, while one that does not exist would be an error,
// which try() takes for a reason to go on.
func (s *scope) functionsOf(e hcl.Expression) map[string]function.Function {
	table := s.functions
	for _, name := range calls(e) {
		if _, ok := table[name]; ok {
			continue
		}
		if len(table) == len(s.functions) {
			table = make(map[string]function.Function, len(s.functions)+1)
			maps.Copy(table, s.functions)
		}
		table[name] = unknownFunction()
		if f, ok := s.functions[strings.TrimPrefix(name, "core::")]; ok {
			table[name] = f
		}
	}
	return table
}

// small reports whether a value has no more than maxElements elements and no
// string longer than maxText.
func small(v cty.Value) bool {
	left := maxElements
	return countdown(v, &left)
}

func countdown(v cty.Value, left *int) bool {
	*left--
	if *left < 0 {
		return false
	}
	if !v.IsKnown() || v.IsNull() {
		return true
	}
	if v.Type() == cty.String {
		return len(v.AsString()) <= maxText
	}
	if !v.CanIterateElements() {
		return true
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, element := it.Element(); !countdown(element, left) {
			return false
		}
	}
	return true
}
