package terraform

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// dataDir is a copy of Terraform's data directory, .terraform, for one run.
type dataDir struct {
	path     string
	selected string // the workspace
	backend  string // the type of the backend that init set up
	secrets  []string
	unlinked error // why something of it is left out
}

// copyData copies what Terraform could write, and points to the rest (mostly the
// providers and modules). A directory that does not exist is one of which init
// has not been run.
func copyData(from string) (_ *dataDir, err error) {
	from, err = filepath.Abs(from)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(from)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	d := &dataDir{}
	if d.path, err = os.MkdirTemp("", "driftmgr-terraform-"); err != nil { // for this user only
		return nil, err
	}
	defer func() {
		if err != nil {
			d.remove()
		}
	}()
	for _, e := range entries {
		old, name := filepath.Join(from, e.Name()), filepath.Join(d.path, e.Name())
		switch e.Name() {
		case "environment": // the run has a workspace of its own
			data, err := readSmall(old)
			if err != nil {
				return nil, err
			}
			d.selected = strings.TrimSpace(string(data))
		case "terraform.tfstate":
			data, err := readSmall(old)
			if err != nil {
				return nil, err
			}
			d.note(data)
			if err := os.WriteFile(name, data, 0o600); err != nil {
				return nil, err
			}
		default:
			// Reading a state takes none of them: where links are not allowed, as on
			// Windows, they are left out.
			d.unlinked = errors.Join(d.unlinked, os.Symlink(old, name))
		}
	}
	return d, nil
}

// maxSmall is the largest file that is copied, in bytes.
const maxSmall = 16 << 20

// readSmall reads a regular file of at most maxSmall bytes: another one may be
// without end, or wait for its writer.
func readSmall(path string) ([]byte, error) {
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxSmall:
		return nil, fmt.Errorf("%s is no regular file, or larger than %d MiB", filepath.Base(path), maxSmall>>20)
	}
	return os.ReadFile(path)
}

// note reads which backend init set up, and which of its settings are secrets.
func (d *dataDir) note(data []byte) {
	var saved struct {
		Backend struct {
			Type   string         `json:"type"`
			Config map[string]any `json:"config"`
		} `json:"backend"`
	}
	if json.Unmarshal(data, &saved) != nil {
		return // Terraform says what is wrong with it
	}
	d.backend = saved.Backend.Type
	for name, v := range saved.Backend.Config {
		if s, ok := v.(string); ok && secretName(name) {
			d.secrets = append(d.secrets, s)
		}
	}
}

// remove removes the copy. What it points to stays.
func (d *dataDir) remove() { _ = os.RemoveAll(d.path) }
