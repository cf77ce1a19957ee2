// Package rootmodule reads what the code of a Terraform root module says about
// where its state is and how its providers are configured: *.tf and *.tf.json,
// OpenTofu's *.tofu, what `terraform init` recorded, and Terragrunt's
// configuration. Find finds the root modules of a tree.
//
// Expressions are evaluated as far as code, variables and pure functions say
// their values; whatever depends on a resource, a data source or a variable
// without a value is unknown, never guessed. Nothing is written and, terragrunt
// apart, nothing is run. No error, warning or reason holds a value.
package rootmodule

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// Options are what the command line and the environment add to the code.
type Options struct {
	// BackendConfig are those of `terraform init -backend-config`: KEY=VALUE, or a
	// file of arguments (JSON if its name ends in .json). A later one wins.
	BackendConfig []string

	// VarFiles and Vars are those of `terraform plan -var-file` and `-var`
	// (NAME=VALUE). A later one wins, and Vars win over VarFiles.
	//
	// Files are looked for in the working directory, then in the module's.
	VarFiles, Vars []string

	// Workspace is the selected workspace; empty for what TF_WORKSPACE or
	// .terraform/environment says.
	Workspace string

	// Environ is the environment, as os.Environ returns it: TF_VAR_*, TF_WORKSPACE,
	// TF_DATA_DIR and, of TF_CLI_ARGS with those of init and plan, what
	// BackendConfig, VarFiles and Vars are, which win. terragrunt gets all of it.
	Environ []string
}

// Module is what the code of a root module says.
type Module struct {
	// Dir is the module's directory, as the caller named it.
	Dir string

	// Block is where the state is. Its type is local where neither the code nor
	// `terraform init` names a backend, and state_store for Terraform's block of
	// that name, which no backend of ours reads.
	Block state.Block

	// From says where Block was found: main.tf:3, .terraform/terraform.tfstate,
	// terragrunt.hcl. It is empty where nothing names a backend.
	From string

	// Providers are the provider configurations of the module and of those it
	// calls, sorted by address.
	Providers []resource.ProviderConfig

	// Unknown are the arguments of Providers whose values the code does not say,
	// in the same order.
	Unknown []Unknown

	// Warnings are what the user should know of, one line each.
	Warnings []string

	// Encrypted reports whether OpenTofu encrypts the state (an encryption
	// block): only `tofu state pull` can read it.
	Encrypted bool

	// Tofu reports whether the module is OpenTofu's rather than Terraform's: it
	// has *.tofu files, or its lock file names OpenTofu's registry.
	Tofu bool
}

// Unknown is an argument whose value the code does not say.
type Unknown struct {
	Address  string // the provider configuration's
	Argument string // region, assume_role.role_arn
	Place    string // main.tf:12
	Reason   string // var.region has no value
}

// String is one line.
func (u Unknown) String() string {
	return u.Place + ": " + u.Argument + " of " + u.Address + " is not known: " + u.Reason
}

// Read reads the root module in dir. Errors are a *state.Error whose Source is
// dir. A module that cannot be read in part only (a child module that is not
// installed) has Warnings that say so.
func Read(ctx context.Context, dir string, o Options) (*Module, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(dir, err.Error(), "", err)
	}
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	r := &reader{dir: dir, options: o, env: environment(o.Environ), parsed: map[string]*code{}, module: &Module{Dir: dir}}
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	return r.module, nil
}

// reader is one call of Read.
type reader struct {
	dir       string
	options   Options
	env       map[string]string
	workspace string
	lock      lockFile
	installed map[string]string // modules that terraform init installed: key → directory
	parsed    map[string]*code  // by directory
	calls     int               // module calls that were followed
	module    *Module
}

func (r *reader) read(ctx context.Context) error {
	var err error
	if r.workspace, err = r.selectedWorkspace(); err != nil {
		return err
	}
	recorded, err := r.readRecord()
	if err != nil {
		return err
	}
	unit, err := r.readUnit(ctx)
	if err != nil {
		return err
	}
	dirs := []string{r.dir}
	if unit != nil && unit.source != "" {
		dirs = []string{unit.source, r.dir}
	}
	files, err := r.listFiles(dirs...)
	if err != nil {
		return err
	}
	if unit != nil {
		files.add(unit.generated...)
	}
	if len(files.config) == 0 && recorded == nil && unit == nil && !hasState(r.dir) {
		return fail(r.dir, "holds no Terraform code and no state", "name the directory of a root module, or search the directories below it with --recursive", fs.ErrNotExist)
	}
	r.lock = r.readLock()
	if r.installed, err = r.readInstalled(); err != nil {
		return err
	}
	root, err := parse(files.config)
	if err != nil {
		return r.refuse(err)
	}
	root.dir = dirs[0]
	r.module.Encrypted = root.encrypted
	r.module.Tofu = files.tofu || r.lock.tofu()

	given, err := r.variables(files, unit)
	if err != nil {
		return err
	}
	scope, err := r.rootScope(root, given)
	if err != nil {
		return err
	}
	if err := r.locate(root, scope, recorded, unit); err != nil {
		return err
	}
	r.readProviders(ctx, root, scope)
	return ctx.Err()
}

func (r *reader) warn(line string) { r.module.Warnings = append(r.module.Warnings, line) }

// refuse makes the reader's error of one that concerns the code.
func (r *reader) refuse(err error) error {
	if e := (*codeError)(nil); errors.As(err, &e) {
		return fail(r.dir, e.problem(), e.remedy, e.err)
	}
	return fail(r.dir, err.Error(), "", err)
}

func fail(dir, problem, remedy string, err error) *state.Error {
	return &state.Error{Source: dir, Problem: problem, Remedy: remedy, Err: err}
}

func checkDir(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail(dir, "does not exist", "check the path and the working directory", err)
	case err != nil:
		return fail(dir, "cannot be opened: "+cause(err), "give this user read access", err)
	case !info.IsDir():
		return fail(dir, "is no directory", "name the directory of a root module", nil)
	}
	return nil
}

// cause is an error of the file system without the path, which the caller names.
func cause(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// hasState reports whether a directory holds what Terraform's local backend
// writes.
func hasState(dir string) bool {
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.d"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok {
			env[name] = value
		}
	}
	return env
}
