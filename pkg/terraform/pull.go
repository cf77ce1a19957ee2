// Package terraform runs Terraform and OpenTofu, and nothing of theirs but what
// reads.
package terraform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// PullOptions is how a state is pulled. The zero value does as the user's shell
// would in the directory.
type PullOptions struct {
	// ExecPath is the binary. Empty means terraform on PATH; or tofu, where the
	// directory says that it is OpenTofu's, or only tofu is on PATH.
	ExecPath string

	// Tofu says that the code is OpenTofu's, where the directory may not show it.
	Tofu bool

	// Workspace is the workspace. Empty means the selected one: that of
	// TF_WORKSPACE, or of the directory.
	Workspace string

	// Environ is the environment, as in os.Environ. Nil means os.Environ().
	Environ []string

	// Exists says that the caller has seen the state. With some backends, pulling
	// a state that does not exist creates it: those are refused without it.
	Exists bool

	// Limit is how many bytes the state may have. 0 means state.DefaultLimit.
	Limit int64
}

// Pulled returns the source of the state of the root module in dir, read by
// `terraform state pull` or `tofu state pull`
// (https://developer.hashicorp.com/terraform/cli/commands/state/pull). It is for
// the backends that driftmgr does not read itself, and for states that OpenTofu
// encrypts, which comes out decrypted.
//
// The directory must be initialised: driftmgr never runs init, which writes.
// Nothing in it changes. Terraform works on a copy of its data directory, as it
// may write there, and a workspace other than the default one is looked up
// first, as pulling a missing one creates it. A lock is neither taken nor told.
//
// Not terraform-exec runs it: that passes on neither the variables (TF_VAR_…)
// from which OpenTofu's keys come nor TF_WORKSPACE, and to select a workspace
// otherwise writes.
func Pulled(dir string, o PullOptions) state.Source {
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.Limit <= 0 {
		o.Limit = state.DefaultLimit
	}
	return pulled{dir, o}
}

type pulled struct {
	dir string
	o   PullOptions
}

// String implements state.Source: `pull:DIR`, and with a workspace that was named
// `pull:DIR?workspace=NAME`.
func (p pulled) String() string {
	if p.o.Workspace == "" {
		return "pull:" + p.dir
	}
	return "pull:" + p.dir + "?workspace=" + p.o.Workspace
}

func (p pulled) fail(problem, remedy string, err error) error {
	return &state.Error{Source: p.String(), Problem: problem, Remedy: remedy, Err: err}
}

// Open implements state.Source.
func (p pulled) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, p.fail("was not opened: "+err.Error(), "", err)
	}
	info, err := os.Stat(p.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !info.IsDir():
		return nil, p.fail("there is no such directory", "name the directory of a root module", fs.ErrNotExist)
	case err != nil:
		return nil, p.fail("the directory may not be read by this user", "give this user read access", err)
	}
	path, err := p.binary()
	if err != nil {
		return nil, err
	}
	data, err := copyData(p.dataDir())
	if err != nil {
		return nil, p.fail("the data directory could not be copied", "let this user read it, and write to "+os.TempDir(), err)
	}
	defer data.remove()

	workspace := p.workspace(data)
	cmd := command{
		path:    path,
		dir:     p.dir,
		environ: environment(p.o.Environ, data.path, workspace),
		limit:   p.o.Limit,
	}
	if err := p.harmless(data, workspace, cmd.name()); err != nil {
		return nil, err
	}
	if workspace != "default" {
		list, err := cmd.run(ctx, "workspace", "list", "-no-color")
		if err != nil {
			return nil, p.failed(ctx, cmd, "workspace list", err, data)
		}
		if !listed(list.String(), workspace) {
			return nil, p.fail(fmt.Sprintf("has no workspace %q", workspace), "check the name: "+cmd.name()+" workspace list", fs.ErrNotExist)
		}
	}
	out, err := cmd.run(ctx, "state", "pull", "-no-color")
	if err != nil {
		return nil, p.failed(ctx, cmd, "state pull", err, data)
	}
	if len(bytes.TrimSpace(out.Bytes())) == 0 {
		return nil, p.fail("has no state yet", "apply its configuration first, or leave the directory out", fs.ErrNotExist)
	}
	return io.NopCloser(out), nil
}

// listed reports whether what `workspace list` prints has a workspace: one a line,
// the selected one after an asterisk. The sentence about TF_WORKSPACE that
// follows names none.
func listed(list, workspace string) bool {
	for line := range strings.Lines(list) {
		name, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "* ")
		if !ok {
			name, ok = strings.CutPrefix(name, "  ")
		}
		if ok && name == workspace {
			return true
		}
	}
	return false
}

// dataDir is where Terraform keeps what init found out
// (https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_data_dir).
func (p pulled) dataDir() string {
	dir := lookup(p.o.Environ, "TF_DATA_DIR")
	if dir == "" {
		dir = ".terraform"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(p.dir, dir)
	}
	return dir
}

// workspace is the one whose state is meant.
func (p pulled) workspace(data *dataDir) string {
	for _, name := range []string{p.o.Workspace, lookup(p.o.Environ, "TF_WORKSPACE"), data.selected} {
		if name != "" {
			return name
		}
	}
	return "default"
}

// harmless refuses what would write: the backends that create, on the way to
// reading it, a state that does not exist, and the one that locks
// (StateMgr in https://github.com/hashicorp/terraform/tree/main/internal/backend).
func (p pulled) harmless(data *dataDir, workspace, name string) error {
	own := map[string]string{"azurerm": "azurerm://", "cloud": "tfc://", "gcs": "gs://", "kubernetes": "kubernetes://", "remote": "tfc://"}[data.backend]
	switch {
	case own != "" && !p.o.Exists:
		return p.fail(fmt.Sprintf("%s would create the state in its backend %q if there is none", name, data.backend), "read it as "+own+"…", nil)
	case data.backend == "consul" && workspace != "default":
		return p.fail(fmt.Sprintf("%s would lock the workspace %q in its backend \"consul\"", name, workspace), "read it as consul://…", nil)
	}
	return nil
}
