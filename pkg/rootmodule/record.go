package rootmodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// What `terraform init` leaves in a module's data directory, .terraform unless
// TF_DATA_DIR says otherwise.

// record is the backend that terraform init was run with
// (https://github.com/hashicorp/terraform/blob/main/internal/command/workdir/backend_state.go).
type record struct {
	typ    string
	config map[string]any // as recorded: every argument, null where it was not set
	hash   uint64         // of the code's block at that time
}

const recordName = "terraform.tfstate"

func (r *reader) dataDir() string {
	dir := r.env["TF_DATA_DIR"]
	switch {
	case dir == "":
		return filepath.Join(r.dir, ".terraform")
	case filepath.IsAbs(dir):
		return dir
	}
	return filepath.Join(r.dir, dir)
}

// shown is the name of a file in the data directory, for messages.
func (r *reader) shown(name string) string {
	path := filepath.Join(r.dataDir(), name)
	if rel, err := filepath.Rel(r.dir, path); err == nil && !strings.HasPrefix(rel, "..") {
		path = rel
	}
	return filepath.ToSlash(path)
}

// readRecord returns nil where init was not run, or recorded no backend.
func (r *reader) readRecord() (*record, error) {
	data, err := r.readData(recordName)
	if err != nil || data == nil {
		return nil, err
	}
	var document struct {
		Version int
		Backend *struct {
			Type   string
			Config map[string]any
			Hash   json.Number
		}
		StateStore *struct{ Type string } `json:"state_store"`
	}
	if err := json.Unmarshal(data, &document); err != nil {
		r.warn(r.shown(recordName) + " is not what terraform init writes, and is left aside; run terraform init again")
		return nil, nil
	}
	switch {
	case document.StateStore != nil && document.StateStore.Type != "":
		return &record{typ: "state_store"}, nil
	case document.Backend == nil || document.Backend.Type == "":
		return nil, nil
	}
	rec := &record{typ: document.Backend.Type, config: document.Backend.Config}
	// A hash that is no number matches nothing.
	_ = json.Unmarshal([]byte(document.Backend.Hash), &rec.hash)
	return rec, nil
}

// readData reads a file of the data directory; nil where there is none.
func (r *reader) readData(name string) ([]byte, error) {
	data, err := readFile(filepath.Join(r.dataDir(), filepath.FromSlash(name)), r.shown(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, r.refuse(err)
	}
	return data, nil
}

// matches reports whether the code's block is the one that init was run with,
// by Terraform's own hash of it. The hash is of a value of the backend's schema,
// whose shape the recorded arguments have. What driftmgr cannot tell apart (maps
// from objects) does not match.
func (rec *record) matches(typ string, attrs map[string]any) bool {
	if rec.typ != typ || rec.config == nil {
		return false
	}
	for name := range attrs {
		if _, ok := rec.config[name]; !ok {
			return false
		}
	}
	hash := cty.TupleVal([]cty.Value{cty.StringVal(typ), shaped(rec.config, attrs)}).Hash()
	return rec.hash == uint64(hash) // #nosec G115 -- a checksum of 32 bits
}

// shaped returns v as a value of the shape that was recorded.
func shaped(recorded, v any) cty.Value {
	if blocks, ok := v.([]any); ok && len(blocks) == 1 {
		if _, single := recorded.(map[string]any); single {
			v = blocks[0]
		}
	}
	switch x := v.(type) {
	case map[string]any:
		attrs := map[string]cty.Value{}
		shape, _ := recorded.(map[string]any)
		for name, inner := range shape {
			attrs[name] = shaped(inner, x[name])
		}
		for name, inner := range x {
			if _, ok := attrs[name]; !ok {
				attrs[name] = shaped(nil, inner)
			}
		}
		return cty.ObjectVal(attrs)
	case []any:
		elements := make([]cty.Value, len(x))
		for i, e := range x {
			elements[i] = shaped(nil, e)
		}
		if len(elements) > 0 && cty.CanListVal(elements) {
			return cty.ListVal(elements)
		}
		return cty.TupleVal(elements)
	case string:
		return as(recorded, cty.StringVal(x))
	case bool:
		return as(recorded, cty.BoolVal(x))
	case float64:
		return as(recorded, cty.NumberFloatVal(x))
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// as converts a value to the type of what was recorded.
func as(recorded any, v cty.Value) cty.Value {
	t := v.Type()
	switch recorded.(type) {
	case string:
		t = cty.String
	case bool:
		t = cty.Bool
	case float64:
		t = cty.Number
	}
	if converted, err := convert.Convert(v, t); err == nil {
		return converted
	}
	return v
}

// selectedWorkspace is the workspace that Terraform would use.
func (r *reader) selectedWorkspace() (string, error) {
	name, from := r.options.Workspace, "--workspace"
	if name == "" {
		name, from = r.env["TF_WORKSPACE"], "TF_WORKSPACE"
	}
	if name == "" {
		data, err := r.readData("environment")
		if err != nil {
			return "", err
		}
		name, from = string(bytes.TrimSpace(data)), r.shown("environment")
	}
	if name == "" {
		return "default", nil
	}
	// https://github.com/hashicorp/terraform/blob/main/internal/command/workspace_command.go
	if name != url.PathEscape(name) {
		return "", fail(r.dir, fmt.Sprintf("%s names no valid workspace", from), "name one without slashes, spaces and special characters", nil)
	}
	return name, nil
}

// readInstalled returns the directories of the modules that init installed, by
// their keys: network, network.subnets.
func (r *reader) readInstalled() (map[string]string, error) {
	const name = "modules/modules.json"
	data, err := r.readData(name)
	if err != nil || data == nil {
		return nil, err
	}
	var manifest struct {
		Modules []struct{ Key, Dir string }
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		r.warn(r.shown(name) + " is not what terraform init writes, and is left aside; run terraform init again")
		return nil, nil
	}
	dirs := make(map[string]string, len(manifest.Modules))
	for _, m := range manifest.Modules {
		dirs[m.Key] = inDir(r.dir, filepath.FromSlash(m.Dir))
	}
	return dirs, nil
}

// lockFile are the providers that .terraform.lock.hcl names, with their
// registries (https://developer.hashicorp.com/terraform/language/files/dependency-lock).
type lockFile []string

const (
	terraformRegistry = "registry.terraform.io"
	tofuRegistry      = "registry.opentofu.org"
)

func (l lockFile) tofu() bool {
	return slices.ContainsFunc(l, func(address string) bool { return strings.HasPrefix(address, tofuRegistry+"/") })
}

func (r *reader) readLock() lockFile {
	const name = ".terraform.lock.hcl"
	path := filepath.Join(r.dir, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	a, err := readArgs(source{name: name, path: path})
	if err != nil {
		r.warn(err.Error() + ": the registries of the providers are taken for Terraform's own")
		return nil
	}
	var lock lockFile
	for _, b := range a.blocks {
		if b.Type == "provider" && len(b.Labels) == 1 {
			lock = append(lock, b.Labels[0])
		}
	}
	return lock
}
