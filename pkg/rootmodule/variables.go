package rootmodule

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// given is a value that somebody gives to a variable: one of the three.
type given struct {
	text  *string        // from the environment or -var
	expr  hcl.Expression // from a file
	value cty.Value      // from terragrunt's inputs
}

// variables returns what is given to the root module's variables, in Terraform's
// order of precedence
// (https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence).
func (r *reader) variables(files *sources, u *unit) (map[string]given, error) {
	values := map[string]given{}
	if u != nil { // terragrunt passes inputs as TF_VAR_*, and overrides none that is set
		for name, v := range u.inputs {
			values[name] = given{value: v}
		}
	}
	fromEnvironment(values, r.env)
	var all []assignment
	for _, f := range files.vars {
		all = append(all, assignment{file: f})
	}
	found := func(name string) source { return source{name: name, path: r.find(name)} }
	all = append(all, assignments(r.arguments("plan"), found)...)
	if u != nil {
		fromEnvironment(values, u.env)
		all = append(all, u.variables...)
	}
	for _, name := range r.options.VarFiles {
		all = append(all, assignment{file: found(name)})
	}
	for _, pair := range r.options.Vars {
		all = append(all, assignment{pair: &pair})
	}
	for _, a := range all {
		if err := a.read(values); err != nil {
			return nil, r.refuse(err)
		}
	}
	return values, nil
}

func fromEnvironment(values map[string]given, env map[string]string) {
	for name, text := range env {
		if name, ok := strings.CutPrefix(name, "TF_VAR_"); ok {
			values[name] = given{text: &text}
		}
	}
}

// assignment is one file of variables, or one NAME=VALUE of -var.
type assignment struct {
	file source
	pair *string
}

// assignments are those of a command line.
func assignments(arguments []string, file func(name string) source) []assignment {
	var all []assignment
	for _, f := range flags(arguments) {
		switch f.name {
		case "var":
			all = append(all, assignment{pair: &f.value})
		case "var-file":
			all = append(all, assignment{file: file(f.value)})
		}
	}
	return all
}

func (a assignment) read(values map[string]given) error {
	if a.pair != nil {
		name, text, ok := strings.Cut(*a.pair, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return &codeError{text: "a --var is not of the form NAME=VALUE", remedy: "write --var NAME=VALUE"}
		}
		values[name] = given{text: &text}
		return nil
	}
	args, err := readArgs(a.file)
	if err == nil && len(args.blocks) > 0 {
		err = &codeError{place: at(args.blocks[0].DefRange()), text: "a file of variables has a block", remedy: "write NAME = VALUE; a variable is declared in a .tf file"}
	}
	for name, attr := range args.attrs {
		values[name] = given{expr: attr.Expr}
	}
	return err
}

// find returns the path of a file that the user named: in the working directory,
// else in the module's.
func (r *reader) find(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if inModule := filepath.Join(r.dir, name); exists(inModule) {
			return inModule
		}
	}
	return name
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readArgs reads a file of KEY = VALUE.
func readArgs(s source) (args, error) {
	data, err := s.read()
	if err != nil {
		return args{}, err
	}
	body, err := parseHCL(data, s.name)
	if err != nil {
		return args{}, err
	}
	return newArgs(body)
}

func (r *reader) rootScope(root *code, values map[string]given) (*scope, error) {
	cwd, err := filepath.Abs(root.dir)
	if err != nil {
		return nil, fail(r.dir, fmt.Sprintf("has no absolute path: %s", cause(err)), "name the directory by its absolute path", err)
	}
	s := &scope{
		code: root, functions: functions(root.dir), path: ".", cwd: cwd, workspace: r.workspace,
		inputs: map[string]result{}, locals: map[string]result{},
	}
	s.input = func(name string, v *variable) (cty.Value, string) {
		g, ok := values[name]
		if !ok {
			return cty.NilVal, ""
		}
		value, ok := g.read(v)
		if !ok {
			return cty.DynamicVal, "the value of var." + name + " is no literal"
		}
		return value, ""
	}
	return s, nil
}

// read returns the value, and whether it can be read as one for v.
func (g given) read(v *variable) (cty.Value, bool) {
	e := g.expr
	switch {
	case g.text != nil && v.literal:
		return cty.StringVal(*g.text), true
	case g.text != nil && (!validText(*g.text)):
		return cty.NilVal, false
	case g.text != nil:
		parsed, diags := hclsyntax.ParseExpression([]byte(*g.text), "value", hcl.InitialPos)
		if diags.HasErrors() {
			return cty.NilVal, false
		}
		e = parsed
	case e == nil:
		return g.value, true
	}
	value, diags := e.Value(nil)
	return value, !diags.HasErrors() && small(value)
}

// validText reports whether the parser may have a text.
func validText(text string) bool { return len(text) <= maxFile && !tooDeep([]byte(text)) }

// callScope is the scope of a module that another one calls.
func (s *scope) callScope(call *moduleCall, child *code, path string) *scope {
	inner := &scope{
		code: child, functions: s.functions, path: path, cwd: s.cwd, workspace: s.workspace,
		inputs: map[string]result{}, locals: map[string]result{},
	}
	inner.input = func(name string, _ *variable) (cty.Value, string) {
		e := call.args.expr(name)
		if e == nil {
			return cty.NilVal, ""
		}
		return s.eval(e)
	}
	return inner
}

// sortedKeys are a map's keys in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
