package code

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const (
	// maxFile is the largest file that is edited, in bytes: the same that is read.
	maxFile = 16 << 20

	// maxNesting is how deep brackets may be nested: the parser recurses.
	maxNesting = 500
)

// module is the code of a root module while it is edited.
type module struct {
	files    map[string]*source
	names    []string // of the files, sorted
	varFiles []string
}

// source is one file.
type source struct {
	name     string
	src      []byte
	vars     bool // a file of variables' values
	json     bool
	override bool
	body     *hclsyntax.Body // nil for JSON, and where it cannot be parsed
	tree     *jsonNode       // of JSON
	problem  *refusal        // why it cannot be parsed

	refs  []reference
	seen  bool     // refs were collected
	parts []string // what outline returns, once it was called
}

// reference is an expression, or a part of one, that names something.
type reference struct {
	steps []step
	at    place
	start int // the first byte; -1 in JSON
}

func newModule(f Files, varFiles []string) *module {
	m := &module{files: make(map[string]*source, len(f)), names: slices.Sorted(maps.Keys(f)), varFiles: varFiles}
	for name, src := range f {
		m.files[name] = parse(name, src)
	}
	return m
}

func parse(name string, src []byte) *source {
	s := &source{name: name, src: src}
	stem := name
	for _, ext := range []string{".tf.json", ".tofu.json", ".tf", ".tofu"} {
		if cut, ok := strings.CutSuffix(name, ext); ok {
			stem = cut
			break
		}
	}
	s.vars = stem == name
	s.json = strings.HasSuffix(name, ".json")
	s.override = !s.vars && (stem == "override" || strings.HasSuffix(stem, "_override"))
	if len(src) > maxFile || nesting(src) > maxNesting {
		s.problem = refuse(place{file: name}, "%s is too large or too deeply nested to be edited", name)
		return s
	}
	if s.json {
		tree, err := parseJSON(src)
		if err != nil {
			s.problem = refuse(place{file: name}, "%s cannot be parsed: correct it first", name)
		}
		s.tree = tree
		return s
	}
	f, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		p := place{file: name}
		for _, d := range diags {
			if d.Severity == hcl.DiagError && d.Subject != nil {
				p.line = d.Subject.Start.Line
				break
			}
		}
		s.problem = refuse(p, "%s cannot be parsed: correct it first", p)
		return s
	}
	s.body, _ = f.Body.(*hclsyntax.Body)
	return s
}

// nesting is at least how deep the brackets of a text are nested.
func nesting(src []byte) int {
	depth, most := 0, 0
	for _, c := range src {
		switch c {
		case '(', '[', '{':
			depth++
			most = max(most, depth)
		case ')', ']', '}':
			depth = max(0, depth-1)
		}
	}
	return most
}

func (s *source) at(r hcl.Range) place { return place{s.name, r.Start.Line} }

func (s *source) text(r hcl.Range) string { return string(s.src[r.Start.Byte:r.End.Byte]) }

// problem is why nothing can be edited: where a file cannot be parsed, nobody
// knows what it refers to.
func (m *module) problem() *refusal {
	for _, name := range m.names {
		if s := m.files[name]; s.problem != nil && (!s.vars || m.loads(name)) {
			return s.problem
		}
	}
	return nil
}

// loads reports whether Terraform reads a file of variables in this run.
func (m *module) loads(name string) bool { return rank(name) > 0 || slices.Contains(m.varFiles, name) }

// rank orders the files of variables that Terraform reads by itself, the weakest
// first (https://developer.hashicorp.com/terraform/language/values/variables).
func rank(name string) int {
	switch {
	case strings.Contains(name, "/"):
		return 0
	case name == "terraform.tfvars":
		return 1
	case name == "terraform.tfvars.json":
		return 2
	case strings.HasSuffix(name, ".auto.tfvars"), strings.HasSuffix(name, ".auto.tfvars.json"):
		return 3
	}
	return 0
}

// config are the files with code.
func (m *module) config() []*source {
	var all []*source
	for _, name := range m.names {
		if s := m.files[name]; !s.vars {
			all = append(all, s)
		}
	}
	return all
}

// valueFiles are the files of variables' values that Terraform reads, the weakest
// first, and those of varFiles that are not there.
func (m *module) valueFiles() (files []*source, absent []string) {
	for _, name := range m.names {
		if s := m.files[name]; s.vars && rank(name) > 0 && !slices.Contains(m.varFiles, name) {
			files = append(files, s)
		}
	}
	slices.SortStableFunc(files, func(a, b *source) int { return rank(a.name) - rank(b.name) })
	for _, name := range m.varFiles {
		if s := m.files[name]; s != nil {
			files = append(files, s)
		} else {
			absent = append(absent, name)
		}
	}
	return files, absent
}

// sets reports whether a file of variables sets one, and in which line.
func (s *source) sets(name string) (line int, ok bool) {
	if s.json {
		n := s.tree.member(name)
		return n.lineNumber(), n != nil
	}
	if s.body == nil || s.body.Attributes[name] == nil {
		return 0, false
	}
	return s.body.Attributes[name].SrcRange.Start.Line, true
}

// block is a block and its file.
type block struct {
	*hclsyntax.Block
	file *source
}

func (b block) place() place { return b.file.at(b.DefRange()) }

// blocks are the module's top-level blocks of a type with the given labels.
func (m *module) blocks(typ string, labels ...string) []block {
	var found []block
	for _, s := range m.config() {
		found = append(found, s.blocks(typ, labels...)...)
	}
	return found
}

func (s *source) blocks(typ string, labels ...string) []block {
	var found []block
	if s.body == nil {
		return nil
	}
	for _, b := range s.body.Blocks {
		if b.Type == typ && slices.Equal(b.Labels, labels) {
			found = append(found, block{b, s})
		}
	}
	return found
}

// labels are the type and the labels of the block that declares a resource.
func (a address) labels() (typ string, labels []string) {
	switch {
	case a.module != "":
		return "module", []string{a.module}
	case a.data:
		return "data", []string{a.typ, a.name}
	}
	return "resource", []string{a.typ, a.name}
}

// declares returns the line of the block that declares a resource; 0 where the
// file has none.
func (s *source) declares(a address) int {
	typ, labels := a.labels()
	if s.json {
		return s.tree.member(append([]string{typ}, labels...)...).lineNumber()
	}
	for _, b := range s.blocks(typ, labels...) {
		return b.place().line
	}
	return 0
}

// only returns the one block with the given labels, and why there is none to edit.
func (m *module) only(typ string, labels ...string) (block, *refusal) {
	what := typ + " " + strings.Join(labels, ".")
	for _, s := range m.config() {
		if s.json {
			if n := s.tree.member(append([]string{typ}, labels...)...); n != nil {
				return block{}, refuse(place{s.name, n.line}, "%s is declared in %s, and JSON is not edited", what, s.name)
			}
		}
	}
	found := m.blocks(typ, labels...)
	for _, b := range found {
		switch {
		case b.file.override:
			return block{}, refuse(b.place(), "%s is overridden in %s", what, b.place())
		case b.Block != found[0].Block:
			return block{}, refuse(b.place(), "%s is declared in %s and in %s", what, found[0].place(), b.place())
		}
	}
	if len(found) == 0 {
		return block{}, refuse(place{}, "no file of the root module declares %s", what)
	}
	return found[0], nil
}

// variable returns the expression that gives a variable its value.
func (m *module) variable(name string) (*source, hclsyntax.Expression, *refusal) {
	b, r := m.only("variable", name)
	if r != nil {
		return nil, nil, r
	}
	for _, flag := range []string{"sensitive", "ephemeral"} {
		if attr := b.Body.Attributes[flag]; attr != nil {
			if v, ok := value(attr.Expr); !ok || v != false {
				r := refuse(b.place(), "variable %s is marked %s", name, flag)
				r.secret = true
				return nil, nil, r
			}
		}
	}
	files, absent := m.valueFiles()
	if len(absent) > 0 {
		return nil, nil, refuse(b.place(), "variable %s may be set by %s, which was not read", name, absent[0])
	}
	var winner *source
	for _, s := range files {
		if _, ok := s.sets(name); ok {
			winner = s
		}
	}
	if winner != nil {
		if winner.json {
			line, _ := winner.sets(name)
			return nil, nil, refuse(place{winner.name, line}, "variable %s is set in %s, and JSON is not edited", name, winner.name)
		}
		return winner, winner.body.Attributes[name].Expr, nil
	}
	for _, other := range m.names {
		s := m.files[other]
		if line, ok := s.sets(name); s.vars && (ok || s.problem != nil) {
			return nil, nil, refuse(b.place(), "variable %s has its default here, while %s sets it for other runs", name, place{other, line})
		}
	}
	attr := b.Body.Attributes["default"]
	if attr == nil {
		return nil, nil, refuse(b.place(), "no file sets variable %s: its value comes from the command line or the environment", name)
	}
	return b.file, attr.Expr, nil
}

// local returns the expression of a local value.
func (m *module) local(name string) (*source, hclsyntax.Expression, *refusal) {
	var file *source
	var found *hclsyntax.Attribute
	for _, s := range m.config() {
		if n := s.tree.member("locals", name); s.json && n != nil {
			return nil, nil, refuse(place{s.name, n.line}, "local.%s is set in %s, and JSON is not edited", name, s.name)
		}
		for _, b := range s.blocks("locals") {
			attr := b.Body.Attributes[name]
			if attr == nil {
				continue
			}
			if found != nil || s.override {
				return nil, nil, refuse(s.at(attr.SrcRange), "local.%s is set in more than one place or overridden", name)
			}
			file, found = s, attr
		}
	}
	if found == nil {
		return nil, nil, refuse(place{}, "no file of the root module sets local.%s", name)
	}
	return file, found.Expr, nil
}

// references are all that the module's code refers to.
func (m *module) references() []reference {
	var all []reference
	for _, s := range m.config() {
		all = append(all, s.references()...)
	}
	return all
}

func (s *source) references() []reference {
	if s.seen {
		return s.refs
	}
	s.seen = true
	if s.json {
		s.tree.strings(func(text string, line int) {
			for _, t := range templateTraversals(text) {
				s.refs = append(s.refs, reference{traversalSteps(t), place{s.name, line}, -1})
			}
		})
		return s.refs
	}
	s.refs = referencesIn(s, s.body)
	return s.refs
}

// referencesIn are the references within a part of a file. A string that is a
// reference, as Terraform 0.11 had them in depends_on, is one.
func referencesIn(s *source, node hclsyntax.Node) []reference {
	var refs []reference
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.ScopeTraversalExpr:
			refs = append(refs, reference{traversalSteps(n.Traversal), s.at(n.SrcRange), n.SrcRange.Start.Byte})
		case *hclsyntax.Attribute:
			if n.Name != "depends_on" {
				break
			}
			tuple, ok := n.Expr.(*hclsyntax.TupleConsExpr)
			if !ok {
				break
			}
			for _, e := range tuple.Exprs {
				if text, ok := value(e); ok {
					if text, ok := text.(string); ok {
						for _, t := range wholeTraversal(text) {
							refs = append(refs, reference{traversalSteps(t), s.at(e.Range()), e.Range().Start.Byte})
						}
					}
				}
			}
		}
		return nil
	})
	return refs
}

// templateTraversals are what a string of the JSON syntax refers to: within ${},
// or as a whole where the argument wants a reference.
func templateTraversals(text string) []hcl.Traversal {
	if !strings.Contains(text, "${") && !strings.Contains(text, "%{") {
		return wholeTraversal(text)
	}
	e, diags := hclsyntax.ParseTemplate([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil
	}
	return e.Variables()
}

func wholeTraversal(text string) []hcl.Traversal {
	if len(text) > 1000 || nesting([]byte(text)) > maxNesting {
		return nil
	}
	t, diags := hclsyntax.ParseTraversalAbs([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil
	}
	return []hcl.Traversal{t}
}

// uses are the places that refer to steps, to a part of it or to what it is a
// part of, without the one that starts at the given byte of a file.
func (m *module) uses(steps []step, file string, start int) []place {
	var found []place
	for _, r := range m.references() {
		if overlaps(r.steps, steps) && (r.at.file != file || r.start != start) {
			found = append(found, r.at)
		}
	}
	return found
}

// places prints some places in one line.
func places(found []place) string {
	const most = 5
	var list []string
	for _, p := range found {
		if text := p.String(); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	if len(list) > most {
		list = append(list[:most], fmt.Sprintf("%d more", len(list)-most))
	}
	return strings.Join(list, ", ")
}
