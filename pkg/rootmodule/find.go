package rootmodule

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Find returns the directories of the root modules in root and below it, sorted.
// A root module is a directory that
//
//   - names a backend in its code, unless it is the source of a unit of
//     Terragrunt in the tree and its backend has no arguments;
//   - was initialized with one (.terraform/terraform.tfstate), or holds a state;
//   - is a unit of Terragrunt: not a configuration that units include;
//   - configures providers, and no module in the tree calls it.
//
// Code that cannot be parsed counts as what it seems to be, so that Read says
// what is wrong with it. Directories whose names begin with a dot, and
// node_modules, are not looked into. Links to directories are followed, each
// directory once.
//
// What cannot be looked into is an *state.Error, and takes nothing from the rest.
func Find(ctx context.Context, root string) ([]string, []error) {
	if err := checkDir(root); err != nil {
		return nil, []error{err}
	}
	f := &finder{root: root, dirs: map[string]*candidate{}, called: map[string]bool{}, sources: map[string]bool{}, walked: map[string]bool{}}
	f.walk(ctx, root)
	// A link into what was walked is followed nowhere.
	for len(f.links) > 0 && ctx.Err() == nil {
		link := f.links[0]
		f.links = f.links[1:]
		if real, err := filepath.EvalSymlinks(link); err == nil && !f.walked[real] {
			f.walk(ctx, link)
		}
	}
	if err := ctx.Err(); err != nil {
		f.failures = append(f.failures, fail(root, err.Error(), "", err))
	}
	var found []string
	for dir, c := range f.dirs {
		if f.isRoot(c) {
			found = append(found, dir)
		}
	}
	slices.Sort(found)
	return found, f.failures
}

type finder struct {
	root     string
	dirs     map[string]*candidate
	called   map[string]bool // real paths of directories that modules call
	sources  map[string]bool // real paths of directories that units of Terragrunt use
	walked   map[string]bool // real paths
	links    []string
	failures []error
}

// candidate is what one directory may be.
type candidate struct {
	real     string
	backend  bool // named in the code
	partial  bool // it has no arguments
	provider bool
	state    bool // a state, or what terraform init recorded
	unit     bool // has a terragrunt.hcl
	child    bool // which includes another configuration, or names a source
	remote   bool // or has a remote_state
	code     bool
	below    bool // there are units below
}

func (f *finder) isRoot(c *candidate) bool {
	switch {
	case c.state:
		return true
	case c.unit && (c.child || c.code || c.remote && !c.below):
		return true
	case c.backend:
		return !c.partial || !f.sources[c.real]
	}
	return c.provider && !f.called[c.real] && !f.sources[c.real]
}

// walk looks into a directory and those below it.
func (f *finder) walk(ctx context.Context, top string) {
	real, err := filepath.EvalSymlinks(top)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		f.refuse(top, err)
		return
	}
	err = filepath.WalkDir(top+string(filepath.Separator), func(path string, e fs.DirEntry, err error) error {
		path = filepath.Clean(path)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			f.refuse(path, err)
			return fs.SkipDir
		case e.IsDir() && path != filepath.Clean(top) && hidden(e.Name()):
			if c := f.dirs[filepath.Dir(path)]; e.Name() == "terraform.tfstate.d" || e.Name() == ".terraform" && exists(filepath.Join(path, recordName)) {
				c.state = true
			}
			return fs.SkipDir
		case e.Type()&fs.ModeSymlink != 0:
			if info, err := os.Stat(path); err == nil && info.IsDir() && !hidden(e.Name()) {
				f.links = append(f.links, path)
				return nil
			}
		case e.IsDir():
			here := real
			if rel, err := filepath.Rel(top, path); err == nil {
				here = filepath.Join(real, rel)
			}
			if f.walked[here] {
				return fs.SkipDir
			}
			f.walked[here] = true
			f.dirs[path] = &candidate{real: here}
			return nil
		}
		f.addFile(path, e.Name())
		return nil
	})
	if err != nil && ctx.Err() == nil {
		f.refuse(top, err)
	}
}

// hidden reports whether a directory holds no code of a user's: terraform.tfstate.d
// holds the states of the workspaces of the directory it is in.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || name == "node_modules" || name == "terraform.tfstate.d"
}

func (f *finder) refuse(path string, err error) {
	remedy := "give this user read access"
	if errors.Is(err, fs.ErrNotExist) {
		remedy = "it has gone while it was searched: search again"
	}
	f.failures = append(f.failures, fail(path, "cannot be looked into: "+cause(err), remedy, err))
}

// words are what makes a file worth parsing.
var words = [][]byte{[]byte("backend"), []byte("cloud"), []byte("state_store"), []byte("provider"), []byte("module")}

func (f *finder) addFile(path, name string) {
	c := f.dirs[filepath.Dir(path)]
	if c != nil && name == "terraform.tfstate" {
		c.state = true
	}
	isUnit := slices.Contains(unitNames, name)
	if c == nil || !isUnit && !isConfig(name) {
		return
	}
	data, err := readFile(path, name)
	if err != nil {
		if e := (*codeError)(nil); errors.As(err, &e) {
			f.failures = append(f.failures, fail(path, e.text, e.remedy, e.err))
		}
		return
	}
	if isUnit {
		f.addUnit(c, path, name, data)
		return
	}
	c.code = true
	if !slices.ContainsFunc(words, func(w []byte) bool { return bytes.Contains(data, w) }) {
		return
	}
	declared := &code{required: map[string]string{}, variables: map[string]*variable{}, locals: map[string]hcl.Expression{}}
	body, err := parseHCL(data, name)
	if err == nil {
		err = declared.addFile(body, true)
	}
	if err != nil {
		c.backend = c.backend || seems.Match(data)
		c.provider = true
		return
	}
	if st := declared.storage; st != nil {
		c.backend = true
		c.partial = len(st.args.attrs)+len(st.args.blocks) == 0
	}
	c.provider = c.provider || len(declared.providers) > 0
	for _, call := range declared.calls {
		if call.local() {
			f.called[filepath.Join(c.real, filepath.FromSlash(call.source))] = true
		}
	}
}

// seems matches a backend in a file that cannot be parsed.
var seems = regexp.MustCompile(`(?m)^\s*(backend\s+"|cloud\s*\{)|"(backend|cloud)"\s*:`)

func (f *finder) addUnit(c *candidate, path, name string, data []byte) {
	c.unit = true
	dir := filepath.Dir(path)
	for parent := filepath.Dir(dir); parent != dir && f.dirs[parent] != nil; dir, parent = parent, filepath.Dir(parent) {
		f.dirs[parent].below = true
	}
	body, err := parseHCL(data, name)
	if err != nil {
		c.child = true // Read, or rather terragrunt, says what is wrong with it
		return
	}
	content, _, _ := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "include", LabelNames: []string{"name"}}, {Type: "terraform"}, {Type: "remote_state"},
	}})
	bare, _, _ := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "include"}}})
	remote, _, _ := body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "remote_state"}}})
	c.child = c.child || len(bare.Blocks) > 0
	c.remote = len(remote.Attributes) > 0
	for _, b := range content.Blocks {
		switch b.Type {
		case "include":
			c.child = true
		case "remote_state":
			c.remote = true
		case "terraform":
			a, _ := newArgs(b.Body)
			if e := a.expr("source"); e != nil {
				c.child = true
				f.addSource(c.real, e)
			}
		}
	}
}

// addSource notes the directory that a unit's code is in, where its path is
// literal but for terragrunt's functions that say where the unit is
// (https://terragrunt.gruntwork.io/docs/reference/hcl/functions/).
func (f *finder) addSource(unit string, e hcl.Expression) {
	path := func(find func() string) function.Function {
		return function.New(&function.Spec{
			VarParam: &function.Parameter{Name: "names", Type: cty.String},
			Type:     function.StaticReturnType(cty.String),
			Impl:     func([]cty.Value, cty.Type) (cty.Value, error) { return cty.StringVal(find()), nil },
		})
	}
	v, diags := e.Value(&hcl.EvalContext{Functions: map[string]function.Function{
		"get_terragrunt_dir":          path(func() string { return unit }),
		"get_original_terragrunt_dir": path(func() string { return unit }),
		"get_parent_terragrunt_dir":   path(func() string { return cmp.Or(above(unit, "root.hcl"), above(unit, "terragrunt.hcl")) }),
		"get_repo_root":               path(func() string { return above(unit, ".git") }),
	}})
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return
	}
	if dir, ok := localSource(unit, v.AsString()); ok {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			f.sources[real] = true
		}
	}
}

// above returns the nearest directory above dir that has an entry of that name,
// or "".
func above(dir, name string) string {
	for {
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		if dir = parent; exists(filepath.Join(dir, name)) {
			return dir
		}
	}
}
