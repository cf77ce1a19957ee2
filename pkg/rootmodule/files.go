package rootmodule

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
)

const (
	// maxFile is the largest file that is read, in bytes. Code that programs
	// generate has a few megabytes.
	maxFile = 16 << 20

	// maxNesting is how deep brackets may be nested: the parsers recurse.
	maxNesting = 500
)

// source is a file, or what terragrunt generates as one.
type source struct {
	name string // as messages show it: main.tf, modules/app/main.tf
	path string // where it is; empty where it is only generated
	text []byte // what it holds, once read
}

// sources are the files of a module.
type sources struct {
	config []source // *.tf and the like, primary ones first, in Terraform's order
	vars   []source // terraform.tfvars, *.auto.tfvars, in ascending precedence
	tofu   bool     // there are files that only OpenTofu reads
}

// listFiles lists the files of a module's directories; a file wins over one of
// the same name in an earlier directory, as terragrunt has it.
func (r *reader) listFiles(dirs ...string) (*sources, error) {
	paths := map[string]string{}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fail(r.dir, fmt.Sprintf("%s cannot be listed: %s", dir, cause(err)), "give this user read access", err)
		}
		for _, e := range entries {
			if !e.IsDir() {
				paths[e.Name()] = filepath.Join(dir, e.Name())
			}
		}
	}
	var files sources
	for name, path := range paths {
		if isConfig(name) {
			files.config = append(files.config, source{name: name, path: path})
		}
		if isVars(name) {
			files.vars = append(files.vars, source{name: name, path: path})
		}
	}
	files.order()
	return &files, nil
}

// add adds files that are generated, over those of the same name.
func (f *sources) add(generated ...source) {
	for _, g := range generated {
		f.config = slices.DeleteFunc(f.config, func(s source) bool { return s.name == g.name })
		f.config = append(f.config, g)
	}
	f.order()
}

func (f *sources) order() {
	// A .tofu file stands for the .tf file of the same name
	// (https://opentofu.org/docs/language/files/).
	replaced := map[string]bool{}
	for _, s := range f.config {
		if tf, ok := terraformName(s.name); ok {
			f.tofu, replaced[tf] = true, true
		}
	}
	f.config = slices.DeleteFunc(f.config, func(s source) bool { return replaced[s.name] })
	slices.SortFunc(f.config, func(a, b source) int {
		if isOverride(a.name) != isOverride(b.name) {
			if isOverride(a.name) {
				return 1
			}
			return -1
		}
		return strings.Compare(a.name, b.name)
	})
	slices.SortFunc(f.vars, func(a, b source) int {
		if d := rank(a.name) - rank(b.name); d != 0 {
			return d
		}
		return strings.Compare(a.name, b.name)
	})
}

// terraformName is the name of the Terraform file that an OpenTofu file stands for.
func terraformName(name string) (string, bool) {
	for _, ext := range []string{".tofu", ".tofu.json"} {
		if stem, ok := strings.CutSuffix(name, ext); ok {
			return stem + strings.Replace(ext, ".tofu", ".tf", 1), true
		}
	}
	return "", false
}

func isConfig(name string) bool { return configStem(name) != "" }

// configStem is the name of a configuration file without its extension; empty
// for other files, and for those that editors leave behind.
func configStem(name string) string {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") {
		return ""
	}
	for _, ext := range []string{".tf", ".tf.json", ".tofu", ".tofu.json"} {
		if stem, ok := strings.CutSuffix(name, ext); ok {
			return stem
		}
	}
	return ""
}

func isOverride(name string) bool {
	stem := configStem(name)
	return stem == "override" || strings.HasSuffix(stem, "_override")
}

func isVars(name string) bool { return rank(name) > 0 }

// rank orders the files of variables that Terraform reads by itself.
func rank(name string) int {
	switch {
	case name == "terraform.tfvars":
		return 1
	case name == "terraform.tfvars.json":
		return 2
	case strings.HasSuffix(name, ".auto.tfvars"), strings.HasSuffix(name, ".auto.tfvars.json"):
		return 3
	}
	return 0
}

// codeError is what is wrong with the code at one place.
type codeError struct {
	place, text, remedy string
	err                 error
}

func (e *codeError) problem() string {
	if e.place == "" {
		return e.text
	}
	return e.place + ": " + e.text
}

func (e *codeError) Error() string { return e.problem() }
func (e *codeError) Unwrap() error { return e.err }

// at is a place as messages show it: main.tf:3.
func at(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }

// read returns what a file holds.
func (s source) read() ([]byte, error) {
	if s.path == "" {
		return s.text, nil
	}
	return readFile(s.path, s.name)
}

// readFile reads a regular file of at most maxFile bytes.
func readFile(path, name string) ([]byte, error) {
	// Opening a pipe would wait for its writer.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &codeError{place: name, text: "is no regular file", remedy: "remove it"}
	}
	f, err := os.Open(path)
	if err != nil {
		remedy := "give this user read access"
		if errors.Is(err, fs.ErrNotExist) {
			remedy = "check the path"
		}
		return nil, &codeError{place: name, text: "cannot be read: " + cause(err), remedy: remedy, err: err}
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, &codeError{place: name, text: "cannot be read: " + cause(err), err: err}
	case len(data) > maxFile:
		return nil, &codeError{place: name, text: fmt.Sprintf("is larger than %d MiB", maxFile>>20), remedy: "move what is no code out of it"}
	}
	return data, nil
}

// parseHCL parses a file: JSON if its name ends in .json. Its errors are
// *codeError, and say nothing that the file says: it may hold secrets.
func parseHCL(data []byte, name string) (hcl.Body, error) {
	if !utf8.Valid(data) {
		return nil, &codeError{place: name, text: "is not UTF-8", remedy: "save it as UTF-8"}
	}
	if tooDeep(data) {
		return nil, &codeError{place: name, text: fmt.Sprintf("nests brackets more than %d deep", maxNesting), remedy: "correct it: terraform validate says whether Terraform takes it"}
	}
	var f *hcl.File
	var diags hcl.Diagnostics
	if strings.HasSuffix(name, ".json") {
		f, diags = json.Parse(data, name)
	} else {
		f, diags = hclsyntax.ParseConfig(data, name, hcl.InitialPos)
	}
	if err := syntaxError(diags); err != nil {
		return nil, err
	}
	return f.Body, nil
}

// syntaxError returns the first error. Its summary is one of the parser's own
// sentences, while its detail may quote the code.
func syntaxError(diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		e := &codeError{text: "syntax error: " + strings.ToLower(d.Summary), remedy: "correct it: terraform validate says more"}
		if d.Subject != nil {
			e.place = at(*d.Subject)
		}
		return e
	}
	return nil
}

// tooDeep reports whether brackets, or signs that each apply to the next, are
// nested deeper than the parsers' recursion can take.
func tooDeep(data []byte) bool {
	depth, signs := 0, 0
	for _, c := range data {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(0, depth-1)
		case '!', '-':
			signs++
		case ' ', '\t':
			continue
		default:
			signs = 0
			continue
		}
		if c != '!' && c != '-' {
			signs = 0
		}
		// A ruler of dashes in a comment is long, but not that long.
		if depth > maxNesting || signs > 100*maxNesting {
			return true
		}
	}
	return false
}
