package terraform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// The errors that a caller branches on.
var (
	// ErrLocked: somebody else holds the state's lock.
	ErrLocked = errors.New("the state is locked")
	// ErrStale: the state is not the one that the plan was made from.
	ErrStale = errors.New("the saved plan is stale")
	// ErrInterrupted: the run was ended before it was done.
	ErrInterrupted = errors.New("interrupted")
)

// RootOptions is how Terraform is run in a root module.
type RootOptions struct {
	// ExecPath, Tofu and Workspace are those of PullOptions.
	ExecPath  string
	Tofu      bool
	Workspace string

	// Environ is the environment, as in os.Environ: it has the credentials and the
	// variables (TF_VAR_…).
	Environ []string

	// Vars and VarFiles are those of `terraform plan`: -var and -var-file. Files are
	// looked for in the working directory, then in the module's.
	Vars, VarFiles []string
}

// Root is a root module, and the binary that is run in it.
type Root struct {
	dir       string
	o         RootOptions
	path      string
	product   string
	version   string
	workspace string
	secrets   []string // of the plans that were shown: a cloud may repeat them
}

// Open finds the binary for a root module and asks it for its version. Nothing of
// the module is read yet. An error is a *state.Error whose Source is dir.
func Open(ctx context.Context, dir string, o RootOptions) (*Root, error) {
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	r := &Root{dir: dir, o: o}
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, r.fail("there is no such directory", "name the directory of a root module, from where the plan was made", fs.ErrNotExist)
	}
	p := pulled{dir, PullOptions{ExecPath: o.ExecPath, Tofu: o.Tofu, Workspace: o.Workspace, Environ: o.Environ}}
	if r.path, err = p.binary(); err != nil {
		return nil, r.from(err)
	}
	if r.product, r.version, err = versionOf(ctx, r.path, o.Environ); err != nil {
		return nil, r.fail(err.Error(), "", err)
	}
	data, err := copyData(p.dataDir())
	if err != nil {
		return nil, r.fail("the data directory could not be read", "let this user read it, and write to "+os.TempDir(), err)
	}
	defer data.remove()
	r.workspace = p.workspace(data)
	return r, nil
}

// Product returns what is run, Terraform or OpenTofu, and its version: "1.11.4".
func (r *Root) Product() (name, version string) { return r.product, r.version }

// Dir is the module's directory, as the caller named it.
func (r *Root) Dir() string { return r.dir }

// Workspace is the selected workspace.
func (r *Root) Workspace() string { return r.workspace }

// Source is the state as `terraform state pull` gives it: see Pulled. The state must
// be known to exist.
func (r *Root) Source() state.Source {
	return Pulled(r.dir, PullOptions{ExecPath: r.path, Tofu: r.o.Tofu, Workspace: r.workspace, Environ: r.o.Environ, Exists: true})
}

func (r *Root) fail(problem, remedy string, err error) error {
	return &state.Error{Source: r.dir, Problem: problem, Remedy: remedy, Err: err}
}

// from is an error about the state, told of the directory.
func (r *Root) from(err error) error {
	var e *state.Error
	if errors.As(err, &e) {
		return r.fail(e.Problem, e.Remedy, e.Err)
	}
	return r.fail(err.Error(), "", err)
}

// data is the data directory for one run: Terraform may write to it.
func (r *Root) data() (*dataDir, error) {
	data, err := copyData(pulled{r.dir, PullOptions{Environ: r.o.Environ}}.dataDir())
	if err != nil {
		return nil, r.fail("the data directory could not be copied", "let this user read it, and write to "+os.TempDir(), err)
	}
	if data.unlinked != nil {
		data.remove()
		return nil, r.fail("the data directory could not be copied, as this user may not make links", "allow it: on Windows, turn on the developer mode", data.unlinked)
	}
	return data, nil
}

// command runs the binary in a directory as the user would, with a data directory.
func (r *Root) command(dir string, data *dataDir) command {
	return command{
		path:    r.path,
		dir:     dir,
		environ: environment(r.o.Environ, data.path, r.workspace),
		limit:   maxOutput,
	}
}

// maxOutput is how much a command may print, in bytes.
const maxOutput = 256 << 20

// failed makes the one line of a command that failed.
func (r *Root) failed(ctx context.Context, what, said string, err error, data *dataDir) error {
	if ctx.Err() != nil {
		return r.fail(what+" was interrupted", "", errors.Join(ErrInterrupted, ctx.Err()))
	}
	name := r.name()
	for _, known := range knownRefusals {
		if says(said, known.sign) {
			problem := known.problem
			if errors.Is(known.err, ErrLocked) {
				problem += lockHolder(said)
			}
			return r.fail(problem, strings.NewReplacer("NAME", name, "DIR", r.dir).Replace(known.remedy), known.err)
		}
	}
	if problem, remedy, ok := explained(said, name, r.dir); ok {
		return r.fail(problem, remedy, err)
	}
	line := redact(firstLine(said), r.secretValues(data))
	if line == "" {
		line = err.Error()
	}
	return r.fail(name+" "+what+" failed: "+line, "run "+name+" "+what+" in "+r.dir+" to see all of it", err)
}

// knownRefusals are those that a caller branches on.
var knownRefusals = []struct {
	sign, problem, remedy string
	err                   error
}{
	{"Error acquiring the state lock", "the state is locked", "wait until the other operation has ended; NAME force-unlock in DIR frees a lock that was left behind", ErrLocked},
	{"Saved plan is stale", "the state is not the one that the plan was made from", "plan again", ErrStale},
	{"No value for required variable", "a variable of the code has no value", "give it with --var-file, --var or TF_VAR_…", nil},
}

// secretValues are those that an error must not tell, the longest first: one may be
// part of another.
func (r *Root) secretValues(data *dataDir) []string {
	values := secretValues(r.o.Environ, &dataDir{secrets: slices.Concat(r.secrets, data.secrets)})
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	return values
}

// says reports whether one of the errors of an output is this one. Their details do
// not count: a cloud's own words may be in them.
func says(said, summary string) bool {
	return strings.HasPrefix(said, "Error: "+summary) || strings.Contains(said, "\nError: "+summary)
}

// lockHolder is who Terraform says holds a lock: " by ann@ci".
func lockHolder(said string) string {
	for line := range strings.Lines(said) {
		if who, ok := strings.CutPrefix(strings.TrimSpace(line), "Who:"); ok {
			return " by " + strings.TrimSpace(who)
		}
	}
	return ""
}

func (r *Root) name() string { return command{path: r.path}.name() }

// varArgs are the arguments that give the variables their values, for a run in the
// module or in a copy of it: a file that lies in the module is then that of the copy.
func (r *Root) varArgs(dir string) ([]string, error) {
	var args []string
	for _, file := range r.o.VarFiles {
		path, err := filepath.Abs(file)
		if err == nil {
			if _, missing := os.Stat(path); missing != nil {
				path, err = filepath.Abs(filepath.Join(r.dir, file))
			}
		}
		if err != nil {
			return nil, fmt.Errorf("variables file %s: %w", file, err)
		}
		if dir != r.dir && sameFolder(filepath.Dir(path), r.dir) {
			path = filepath.Join(dir, filepath.Base(path))
		}
		args = append(args, "-var-file="+path)
	}
	for _, v := range r.o.Vars {
		args = append(args, "-var="+v)
	}
	return args, nil
}

func sameFolder(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// Snapshot is a state as it was at one time.
type Snapshot struct {
	Lineage string
	Serial  uint64
	Data    []byte // in clear text
}

// Snapshot reads the state, by `terraform state pull`.
func (r *Root) Snapshot(ctx context.Context) (*Snapshot, error) {
	in, err := r.Source().Open(ctx)
	if err != nil {
		return nil, r.from(err)
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, r.from(err)
	}
	s := &Snapshot{Data: data}
	var head struct {
		Lineage string `json:"lineage"`
		Serial  uint64 `json:"serial"`
	}
	if err := json.Unmarshal(data, &head); err != nil || head.Lineage == "" {
		return nil, r.fail("its state has no lineage", "see terraform state pull", err)
	}
	s.Lineage, s.Serial = head.Lineage, head.Serial
	return s, nil
}
