// Package rules proves the house rules that no linter knows: where goroutines
// start, what packages are not called, and that nothing runs before main.
package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// concurrent are the packages that may start goroutines.
var concurrent = []string{"pkg/inventory"}

// grabBags are names that say nothing of what a package provides.
var grabBags = []string{"common", "helper", "helpers", "misc", "model", "models", "shared", "util", "utils"}

func TestRepository(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "testdata" || path != root && strings.HasPrefix(name, ".") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		file = filepath.ToSlash(file)
		seen[filepath.ToSlash(filepath.Dir(file))] = true
		for _, problem := range check(t, file, src) {
			t.Error(problem)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// A walk that looked in the wrong place would find nothing wrong.
	for _, dir := range append(concurrent, "cmd/driftmgr") {
		if !seen[dir] {
			t.Errorf("no Go file was seen in %s", dir)
		}
	}
}

// TestCheck proves that each rule finds what it is for.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, file, src string
		want            int
	}{
		{"clean", "pkg/drift/a.go", "package drift\nfunc f() { g(); _ = x.Go }", 0},
		{"go statement", "pkg/drift/a.go", "package drift\nfunc f() { go g() }", 1},
		{"go statement within a closure", "pkg/drift/a.go", "package drift\nvar f = func() { func() { go g() }() }", 1},
		{"go statement where it belongs", "pkg/inventory/a.go", "package inventory\nfunc f() { go g() }", 0},
		{"go statement in a package below", "pkg/inventory/sub/a.go", "package sub\nfunc f() { go g() }", 1},
		{"go statement in a test", "pkg/drift/a_test.go", "package drift\nfunc f() { go g() }", 0},
		{"wait group's Go", "pkg/drift/a.go", "package drift\nfunc f() { wg.Go(g) }", 1},
		{"errgroup", "pkg/state/a.go", "package state\nimport \"golang.org/x/sync/errgroup\"\nvar g errgroup.Group", 1},
		{"errgroup in a test", "pkg/state/a_test.go", "package state\nimport \"golang.org/x/sync/errgroup\"\nvar g errgroup.Group", 0},
		{"timer's goroutine", "pkg/drift/a.go", "package drift\nfunc f() { time.AfterFunc(0, g) }", 1},
		{"init", "pkg/drift/a.go", "package drift\nfunc init() {}", 1},
		{"init in a test", "pkg/drift/a_test.go", "package drift\nfunc init() {}", 1},
		{"method called init", "pkg/drift/a.go", "package drift\nfunc (t T) init() {}", 0},
		{"grab-bag", "pkg/util/a.go", "package util", 1},
		{"grab-bag below another name", "pkg/drift/a.go", "package helpers", 1},
		{"grab-bag's test", "pkg/x/a_test.go", "package common_test", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := check(t, c.file, []byte(c.src)); len(got) != c.want {
				t.Errorf("found %q; want %d", got, c.want)
			}
		})
	}
}

// check returns what is wrong with a file. file is relative to the root, with
// slashes.
func check(t *testing.T, file string, src []byte) []string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	add := func(pos token.Pos, problem string) {
		problems = append(problems, fset.Position(pos).String()+": "+problem)
	}

	if name := strings.TrimSuffix(f.Name.Name, "_test"); slices.Contains(grabBags, name) {
		add(f.Name.Pos(), "package "+name+" says nothing of what it provides: name it after that")
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			add(fn.Pos(), "func init runs unasked: pass the value instead")
		}
	}
	dir := filepath.ToSlash(filepath.Dir(file))
	if strings.HasSuffix(file, "_test.go") || slices.Contains(concurrent, dir) {
		return problems
	}
	allowed := " outside " + strings.Join(concurrent, ", ") + ": goroutines start there only"
	for _, imp := range f.Imports {
		if strings.HasSuffix(strings.Trim(imp.Path.Value, `"`), "/errgroup") {
			add(imp.Pos(), "errgroup"+allowed)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			add(n.Pos(), "go statement"+allowed)
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains(starters, sel.Sel.Name) {
				add(n.Pos(), sel.Sel.Name+" starts a goroutine"+allowed)
			}
		}
		return true
	})
	return problems
}

// starters are the methods and functions that start goroutines: of
// sync.WaitGroup, errgroup.Group and time.
var starters = []string{"Go", "TryGo", "AfterFunc"}
