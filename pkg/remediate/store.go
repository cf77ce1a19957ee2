package remediate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A plan is a folder:
//
//	manifest.json        all that the plan will do; its digest is the plan's
//	state-1/…            saved Terraform plans and files of code, digested in the manifest
//	approvals/NAME.json  approvals and rejections, each with NAME.json.sig
//	journal.json         how far an apply has come
//	lock                 locked while an apply is under way
//	backup/…             the states before the apply
//
// The saved Terraform plans hold whole states in clear text, so that all of it is for
// its owner alone.
const (
	manifestName = "manifest.json"
	approvalsDir = "approvals"
	journalName  = "journal.json"
	lockName     = "lock"
	backupDir    = "backup"

	// maxManifest and maxPlanFile bound what is read, in bytes.
	maxManifest = 256 << 20
	maxPlanFile = 4 << 30
)

// Draft is a plan that is not written yet. Contents has what its files hold, by their
// names in the plan.
type Draft struct {
	Manifest Manifest
	Contents map[string][]byte
}

// NewID names a plan by its time, and by chance where two have the same.
func NewID(at time.Time, chance string) string {
	return at.UTC().Format("20060102T150405Z") + "-" + chance
}

// Write writes a plan into a folder of its own below store, and returns the folder
// and the plan's digest. The manifest is written last: without it there is no plan.
func (d *Draft) Write(store string) (dir, digest string, err error) {
	if err := makeStore(store); err != nil {
		return "", "", err
	}
	folder := filepath.Join(store, d.Manifest.ID)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", "", fmt.Errorf("make the plan's folder: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(folder)
		}
	}()
	root, err := os.OpenRoot(folder)
	if err != nil {
		return "", "", fmt.Errorf("open the plan's folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	d.Manifest.Files = []File{}
	for _, name := range sortedKeys(d.Contents) {
		data := d.Contents[name]
		d.Manifest.Files = append(d.Manifest.Files, File{Name: name, SHA256: strings.TrimPrefix(Digest(data), "sha256:"), Size: int64(len(data))})
		if err := writeIn(root, name, data); err != nil {
			return "", "", err
		}
	}
	data, err := d.Manifest.written()
	if err != nil {
		return "", "", err
	}
	if err := writeIn(root, manifestName, data); err != nil {
		return "", "", err
	}
	return folder, Digest(data), nil
}

// makeStore makes the folder of plans, which version control is told to leave out:
// plans hold states.
func makeStore(store string) error {
	if err := os.MkdirAll(store, 0o700); err != nil {
		return fmt.Errorf("make the folder of plans: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(store, ".gitignore"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the folder of plans: %w", err)
	}
	_, err = f.WriteString("*\n")
	if err := errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("make the folder of plans: %w", err)
	}
	return nil
}

// writeIn writes a file whole, or none: first beside it, then in its place.
func writeIn(root *os.Root, name string, data []byte) (err error) {
	name = filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	temporary := name + ".new"
	defer func() {
		if err != nil {
			_ = root.Remove(temporary)
			err = fmt.Errorf("write %s: %w", filepath.Join(root.Name(), name), err)
		}
	}()
	_ = root.Remove(temporary)
	f, err := root.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return root.Rename(temporary, name)
}

// Sealed is a plan as it was written: every file was checked against the manifest.
type Sealed struct {
	Manifest Manifest
	Digest   string // of the manifest, sha256:…
	Dir      string

	root *os.Root
}

// Open opens a plan and checks all of it. A plan of which one byte is not what was
// written, or one file is missing, is an error. A file that is none of the plan's is
// never read.
func Open(dir string) (_ *Sealed, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("plan %s: %w", dir, err)
		}
	}()
	looked, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such folder: see driftmgr remediate list")
	case err != nil:
		return nil, err
	case looked.Mode()&fs.ModeSymlink != 0:
		return nil, errors.New("is a link: name the folder itself, so that it cannot be exchanged")
	case !looked.IsDir():
		return nil, errors.New("is no folder: name the one that remediate plan wrote")
	case runtime.GOOS != "windows" && looked.Mode().Perm()&0o022 != 0:
		return nil, errors.New("others may write to it: chmod go-w " + dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	if opened, err := root.Stat("."); err != nil || !os.SameFile(looked, opened) {
		return nil, errors.Join(errors.New("was exchanged while it was opened: try again"), err, root.Close())
	}
	s := &Sealed{Dir: dir, root: root}
	if err := s.check(); err != nil {
		_ = root.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the use of the plan.
func (s *Sealed) Close() error { return s.root.Close() }

func (s *Sealed) check() error {
	data, err := s.read(manifestName, maxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("has no " + manifestName + ": it is no plan, or was not written to its end")
	}
	if err != nil {
		return err
	}
	m, err := decodeManifest(data)
	if err != nil {
		return err
	}
	s.Manifest, s.Digest = *m, Digest(data)
	for _, f := range m.Files {
		if err := s.to(io.Discard, f); err != nil {
			return err
		}
	}
	for _, st := range m.States {
		for _, name := range append([]string{st.Saved}, st.files()...) {
			if _, ok := m.file(name); !ok {
				return fmt.Errorf("%s names %q, of which it has no digest", manifestName, name)
			}
		}
		for _, e := range st.Edits {
			if _, err := editPath(st, e); err != nil {
				return err
			}
		}
	}
	// Another program that shows it to somebody must not read something else in it: of
	// two keys that are alike it may take the other one.
	if again, err := m.encode(); err != nil || !bytes.Equal(again, data) {
		return fmt.Errorf("%s is not in the form in which driftmgr writes it: the plan was altered, so plan again", manifestName)
	}
	return nil
}

// files are the names of what an edit writes.
func (s State) files() []string {
	var names []string
	for _, e := range s.Edits {
		names = append(names, e.After)
	}
	return names
}

func (m *Manifest) file(name string) (File, bool) {
	i := slices.IndexFunc(m.Files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return File{}, false
	}
	return m.Files[i], true
}

// read reads a regular file of the plan; links are none, wherever they lead.
func (s *Sealed) read(name string, limit int64) ([]byte, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return data, err
}

func (s *Sealed) open(name string) (*os.File, error) {
	local := filepath.Clean(filepath.FromSlash(name))
	parts := strings.Split(local, string(filepath.Separator))
	for i := range parts { // from the top: what is below a link is not looked at
		info, err := s.root.Lstat(filepath.Join(parts[:i+1]...))
		if err != nil {
			return nil, err
		}
		if info.Mode()&fs.ModeSymlink != 0 || i == len(parts)-1 && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is no regular file: the plan was altered", name)
		}
	}
	return s.root.Open(local)
}

// to copies a file, and fails unless it is the one of the manifest. What it wrote is
// what was checked, whatever happens to the file meanwhile.
func (s *Sealed) to(w io.Writer, want File) error {
	if !filepath.IsLocal(filepath.FromSlash(want.Name)) || want.Size > maxPlanFile {
		return fmt.Errorf("%s names the file %q, which no plan has", manifestName, want.Name)
	}
	f, err := s.open(want.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: the plan was altered", want.Name)
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	sum := newSum()
	n, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(f, want.Size+1))
	if err != nil {
		return err
	}
	if n != want.Size || sum.text() != want.SHA256 {
		return fmt.Errorf("%s is not what the manifest says: the plan was altered, so plan again", want.Name)
	}
	return nil
}

// content returns a file of the plan, checked.
func (s *Sealed) content(name string) ([]byte, error) {
	want, ok := s.Manifest.file(name)
	if !ok {
		return nil, fmt.Errorf("the plan has no file %q", name)
	}
	var b buffer
	if err := s.to(&b, want); err != nil {
		return nil, err
	}
	return b, nil
}

// save copies a file of the plan into a folder that only this user sees, checked as
// it is copied, and returns the copy's path.
func (s *Sealed) save(name, folder string) (string, error) {
	want, ok := s.Manifest.file(name)
	if !ok {
		return "", fmt.Errorf("the plan has no file %q", name)
	}
	path := filepath.Join(folder, strings.ReplaceAll(name, "/", "-"))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	return path, errors.Join(s.to(f, want), f.Close())
}

// write writes one of the files that are not the manifest's.
func (s *Sealed) write(name string, data []byte) error { return writeIn(s.root, name, data) }

// Listed is one plan of a store.
type Listed struct {
	Dir  string
	Plan *Sealed // nil where it cannot be read
	Err  error
}

// List opens the plans below a store, the newest first. The caller closes them. A
// store that is not there has none.
func List(store string) ([]Listed, error) {
	entries, err := os.ReadDir(store)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list plans: %w", err)
	}
	var all []Listed
	for _, e := range slices.Backward(entries) {
		if strings.HasPrefix(e.Name(), ".") || !e.IsDir() && e.Type()&fs.ModeSymlink == 0 {
			continue
		}
		dir := filepath.Join(store, e.Name())
		plan, err := Open(dir)
		all = append(all, Listed{dir, plan, err})
	}
	return all, nil
}
