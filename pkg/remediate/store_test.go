package remediate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWriteAndOpen(t *testing.T) {
	d := everything()
	store := filepath.Join(t.TempDir(), "deep", "plans")
	dir, digest, err := d.Write(store)
	if err != nil {
		t.Fatal(err)
	}
	if dir != filepath.Join(store, d.Manifest.ID) || digest != Digest([]byte(read(t, filepath.Join(dir, manifestName)))) {
		t.Errorf("%s %s", dir, digest)
	}
	if got := read(t, filepath.Join(store, ".gitignore")); got != "*\n" {
		t.Errorf(".gitignore has %q", got)
	}
	err = filepath.WalkDir(store, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want || strings.HasSuffix(path, ".new") {
			t.Errorf("%s is there with %s", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := opened(t, dir)
	if s.Digest != digest || s.Dir != dir || len(s.Manifest.Files) != len(d.Contents) {
		t.Errorf("%+v", s)
	}
	private := t.TempDir()
	for name, want := range d.Contents {
		got, err := s.content(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		copied, err := s.save(name, private)
		if err != nil || read(t, copied) != string(want) || filepath.Dir(copied) != private {
			t.Errorf("%s: %s, %v", name, copied, err)
		}
		if _, err := s.save(name, private); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s was written over: %v", name, err)
		}
	}
	for _, name := range []string{"manifest.json", "", "..", "state-3/terraform.tfplan"} {
		if _, err := s.content(name); err == nil || !strings.Contains(err.Error(), "the plan has no file") {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := s.save(name, private); err == nil || !strings.Contains(err.Error(), "the plan has no file") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestWriteKeepsWhatIsThere(t *testing.T) {
	d := everything()
	dir, _ := stored(t, d)
	before := read(t, filepath.Join(dir, manifestName))
	if _, _, err := d.Write(filepath.Dir(dir)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a plan was written over another: %v", err)
	}
	if after := read(t, filepath.Join(dir, manifestName)); after != before {
		t.Error("the plan that was there has changed")
	}
	put(t, filepath.Join(filepath.Dir(dir), ".gitignore"), "mine\n")
	d.Manifest.ID = "20260513T120001Z-c0ffee"
	if _, _, err := d.Write(filepath.Dir(dir)); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(filepath.Dir(dir), ".gitignore")); got != "mine\n" {
		t.Errorf(".gitignore became %q", got)
	}
}

func TestWriteLeavesNoHalf(t *testing.T) {
	for name, damage := range map[string]func(*Draft){
		"a value that is no JSON":  func(d *Draft) { d.Manifest.States[0].Steps[0].Changes[0].Before = func() {} },
		"a file out of the folder": func(d *Draft) { d.Contents["../escaped"] = []byte("x") },
		"a file below a file":      func(d *Draft) { d.Contents["state-1/terraform.tfplan/x"] = []byte("x") },
	} {
		t.Run(name, func(t *testing.T) {
			d, store := everything(), filepath.Join(t.TempDir(), "plans")
			damage(d)
			dir, digest, err := d.Write(store)
			if err == nil || digest != "" {
				t.Fatalf("%s %s %v", dir, digest, err)
			}
			if entries, err := os.ReadDir(store); err != nil || len(entries) != 1 { // .gitignore
				t.Errorf("there is %v, %v", entries, err)
			}
			if _, err := os.Lstat(filepath.Join(store, "escaped")); !errors.Is(err, fs.ErrNotExist) {
				t.Error("a file was written out of the folder")
			}
		})
	}
	t.Run("the store is a file", func(t *testing.T) {
		store := filepath.Join(t.TempDir(), "plans")
		put(t, store, "")
		if _, _, err := everything().Write(store); err == nil || !strings.HasPrefix(err.Error(), "make the folder of plans: ") {
			t.Error(err)
		}
	})
}

// rewritten changes the manifest of a plan as somebody would who may write to it.
func rewritten(t testing.TB, dir string, change func(object)) {
	t.Helper()
	file := filepath.Join(dir, manifestName)
	doc, ok := value(t, read(t, file)).(object)
	if !ok {
		t.Fatal("no manifest")
	}
	change(doc)
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	put(t, file, string(data))
}

// Every attack on the folder that takes no Terraform.
func TestOpenRefuses(t *testing.T) {
	const saved = "state-1/terraform.tfplan"
	renamed := func(old, name string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			rewritten(t, dir, func(m object) {
				for _, f := range m["files"].([]any) {
					if f := f.(object); f["name"] == old {
						f["name"] = name
					}
				}
				for _, s := range m["states"].([]any) {
					if s := s.(object); s["plan"] == old {
						s["plan"] = name
					}
				}
			})
		}
	}
	link := func(t *testing.T, to, at string) {
		if err := os.RemoveAll(at); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, at); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name   string
		attack func(t *testing.T, dir string)
		want   string
	}{
		{"nothing", func(*testing.T, string) {}, ""},
		{"a file more, which nobody reads", func(t *testing.T, dir string) { put(t, filepath.Join(dir, "state-1", "notes"), "x") }, ""},
		{"no folder", func(t *testing.T, dir string) { _ = os.RemoveAll(dir) }, "there is no such folder: see driftmgr remediate list"},
		{"a file", func(t *testing.T, dir string) { _ = os.RemoveAll(dir); put(t, dir, "") }, "is no folder: name the one that remediate plan wrote"},
		{"a link to a plan", func(t *testing.T, dir string) {
			if err := os.Rename(dir, dir+"-real"); err != nil {
				t.Fatal(err)
			}
			link(t, dir+"-real", dir)
		}, "is a link: name the folder itself, so that it cannot be exchanged"},
		{"the group may write", func(t *testing.T, dir string) { _ = os.Chmod(dir, 0o770) }, "others may write to it: chmod go-w DIR"},
		{"all may write", func(t *testing.T, dir string) { _ = os.Chmod(dir, 0o702) }, "others may write to it: chmod go-w DIR"},
		{"all may read", func(t *testing.T, dir string) { _ = os.Chmod(dir, 0o755) }, ""},
		{"no manifest", func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, manifestName)) }, "has no manifest.json: it is no plan, or was not written to its end"},
		{"the manifest is a link", func(t *testing.T, dir string) {
			file := filepath.Join(dir, manifestName)
			put(t, filepath.Join(dir, "other.json"), read(t, file))
			link(t, "other.json", file)
		}, "manifest.json is no regular file: the plan was altered"},
		{"the manifest is a folder", func(t *testing.T, dir string) {
			_ = os.Remove(filepath.Join(dir, manifestName))
			_ = os.Mkdir(filepath.Join(dir, manifestName), 0o700)
		}, "manifest.json is no regular file: the plan was altered"},
		{"a saved plan with another byte", func(t *testing.T, dir string) { put(t, filepath.Join(dir, saved), "plan onf") }, saved + " is not what the manifest says: the plan was altered, so plan again"},
		{"a saved plan with one byte more", func(t *testing.T, dir string) { put(t, filepath.Join(dir, saved), "plan one ") }, saved + " is not what the manifest says: the plan was altered, so plan again"},
		{"a saved plan with one byte less", func(t *testing.T, dir string) { put(t, filepath.Join(dir, saved), "plan on") }, saved + " is not what the manifest says: the plan was altered, so plan again"},
		{"two saved plans exchanged", func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, saved), "plan two")
			put(t, filepath.Join(dir, "state-2/terraform.tfplan"), "plan one")
		}, saved + " is not what the manifest says"},
		{"code with another byte", func(t *testing.T, dir string) {
			file := filepath.Join(dir, "state-2/files/main.tf")
			put(t, file, strings.Replace(read(t, file), "large", "lArge", 1))
		}, "state-2/files/main.tf is not what the manifest says"},
		{"no saved plan", func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, saved)) }, saved + " is missing: the plan was altered"},
		{"no folder of a state", func(t *testing.T, dir string) { _ = os.RemoveAll(filepath.Join(dir, "state-1")) }, " is missing: the plan was altered"},
		{"the saved plan is a link to itself elsewhere", func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, "state-1/real"), "plan one")
			link(t, "real", filepath.Join(dir, saved))
		}, saved + " is no regular file: the plan was altered"},
		{"the folder of a state is a link out", func(t *testing.T, dir string) {
			out := filepath.Join(t.TempDir(), "out")
			if err := os.Rename(filepath.Join(dir, "state-2"), out); err != nil {
				t.Fatal(err)
			}
			link(t, out, filepath.Join(dir, "state-2"))
		}, " is no regular file: the plan was altered"},
		{"the folder of a state is a link within", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "state-2"), filepath.Join(dir, "moved")); err != nil {
				t.Fatal(err)
			}
			link(t, "moved", filepath.Join(dir, "state-2"))
		}, " is no regular file: the plan was altered"},
		{"a name that leads out", renamed(saved, "../../plan"), `manifest.json names the file "../../plan", which no plan has`},
		{"a name that leads out by the way", renamed(saved, "state-1/../../plan"), `manifest.json names the file "state-1/../../plan", which no plan has`},
		{"an absolute name", renamed(saved, "/etc/passwd"), `manifest.json names the file "/etc/passwd", which no plan has`},
		{"an empty name", renamed(saved, ""), `manifest.json names the file "", which no plan has`},
		{"the folder itself", renamed(saved, "."), ". is no regular file: the plan was altered"},
		{"a plan that has no digest", func(t *testing.T, dir string) {
			rewritten(t, dir, func(m object) { m["states"].([]any)[0].(object)["plan"] = "state-1/other" })
		}, `manifest.json names "state-1/other", of which it has no digest`},
		{"code that has no digest", func(t *testing.T, dir string) {
			rewritten(t, dir, func(m object) {
				m["states"].([]any)[1].(object)["edits"].([]any)[0].(object)["after"] = "state-2/other"
			})
		}, `manifest.json names "state-2/other", of which it has no digest`},
		{"two digests of one file", func(t *testing.T, dir string) {
			rewritten(t, dir, func(m object) {
				m["files"] = append(m["files"].([]any), object{"name": saved, "sha256": strings.Repeat("0", 64), "size": 8})
			})
		}, saved + " is not what the manifest says"},
		{"a size that is too large", func(t *testing.T, dir string) {
			rewritten(t, dir, func(m object) { m["files"].([]any)[0].(object)["size"] = json.Number("9223372036854775807") })
		}, "which no plan has"},
		{"a size below 0", func(t *testing.T, dir string) {
			rewritten(t, dir, func(m object) { m["files"].([]any)[0].(object)["size"] = json.Number("-1") })
		}, "is not what the manifest says"},
		{"an unknown field", func(t *testing.T, dir string) { rewritten(t, dir, func(m object) { m["force"] = true }) }, `manifest.json cannot be read: json: unknown field "force"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, _ := stored(t, everything())
			tt.attack(t, dir)
			s, err := Open(dir)
			if s != nil {
				defer func() { _ = s.Close() }()
			}
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			want := strings.ReplaceAll(tt.want, "DIR", dir)
			if err == nil || !strings.HasPrefix(err.Error(), "plan "+dir+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// What is copied is what was checked, whatever happens to the file afterwards.
func TestFilesAreCheckedAsTheyAreCopied(t *testing.T) {
	dir, _ := stored(t, everything())
	s := opened(t, dir)
	put(t, filepath.Join(dir, "state-1/terraform.tfplan"), "plan 0ne")
	if _, err := s.content("state-1/terraform.tfplan"); err == nil || !strings.Contains(err.Error(), "the plan was altered") {
		t.Error(err)
	}
	if _, err := s.save("state-1/terraform.tfplan", t.TempDir()); err == nil || !strings.Contains(err.Error(), "the plan was altered") {
		t.Error(err)
	}
}

// The folder that was opened is the one that is read, also when another one takes its
// place.
func TestTheFolderCannotBeExchanged(t *testing.T) {
	dir, digest := stored(t, everything())
	s := opened(t, dir)
	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "state-1/terraform.tfplan"), "plan 0ne")
	got, err := s.content("state-1/terraform.tfplan")
	if err != nil || string(got) != "plan one" || s.Digest != digest {
		t.Errorf("%q, %v", got, err)
	}
}

// One byte of a plan; of the manifest, whose digest shows it, one of several.
func TestOpenSeesEveryByte(t *testing.T) {
	dir, digest := stored(t, everything())
	for _, name := range []string{manifestName, "state-1/terraform.tfplan", "state-1/files/imported.tf", "state-2/terraform.tfplan", "state-2/files/main.tf"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		whole := read(t, file)
		for i := 0; i < len(whole); i += 1 + 18*(len(whole)/1000) {
			bent := []byte(whole)
			bent[i] ^= 1
			put(t, file, string(bent))
			s, err := Open(dir)
			if err == nil {
				if s.Digest == digest {
					t.Errorf("%s: byte %d was altered, and the plan is still %s", name, i, digest)
				}
				_ = s.Close()
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: byte %d: %q", name, i, err)
			}
		}
		put(t, file, whole)
	}
	opened(t, dir)
}

func TestList(t *testing.T) {
	store := filepath.Join(t.TempDir(), "plans")
	if all, err := List(store); err != nil || len(all) != 0 {
		t.Errorf("a store that is not there: %v, %v", all, err)
	}
	for i := range 3 {
		d := everything()
		d.Manifest.ID = NewID(noon.Add(time.Duration(i)*time.Hour), "a")
		if _, _, err := d.Write(store); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(store, "notes.txt"), "x")
	put(t, filepath.Join(store, ".cache", "x"), "x")
	put(t, filepath.Join(store, "20260513T150000Z-half", "state-1", "terraform.tfplan"), "x")
	if err := os.Symlink("20260513T120000Z-a", filepath.Join(store, "20260513T110000Z-link")); err != nil {
		t.Fatal(err)
	}
	all, err := List(store)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range all {
		state := "ok"
		if l.Err != nil {
			state = "broken"
		} else if err := l.Plan.Close(); err != nil {
			t.Error(err)
		}
		got = append(got, filepath.Base(l.Dir)+" "+state)
	}
	want := []string{"20260513T150000Z-half broken", "20260513T140000Z-a ok", "20260513T130000Z-a ok", "20260513T120000Z-a ok", "20260513T110000Z-link broken"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	file := filepath.Join(t.TempDir(), "file")
	put(t, file, "")
	if _, err := List(file); err == nil || !strings.HasPrefix(err.Error(), "list plans: ") {
		t.Error(err)
	}
}

func TestNewID(t *testing.T) {
	at := time.Date(2026, 5, 13, 14, 0, 0, 0, time.FixedZone("", 7200))
	if got := NewID(at, "c0ffee"); got != "20260513T120000Z-c0ffee" {
		t.Error(got)
	}
}

// A manifest that somebody has changed opens only where what it names is there, and
// never leads out of the folder.
func FuzzOpen(f *testing.F) {
	data, err := everything().Manifest.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format_version":"1.0","risk":"none","states":[],"files":[{"name":"../secret","sha256":"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b","size":6}]}`))
	f.Add([]byte(`{"format_version":"1.0","risk":"none","states":[],"files":[{"name":"state-1/link","sha256":"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b","size":6}]}`))
	store := f.TempDir()
	put(f, filepath.Join(store, "secret"), "secret")
	dir := filepath.Join(store, "plan")
	put(f, filepath.Join(dir, "state-1", "terraform.tfplan"), "plan one")
	if err := os.Symlink(filepath.Join(store, "secret"), filepath.Join(dir, "state-1", "link")); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		put(t, filepath.Join(dir, manifestName), string(data))
		s, err := Open(dir)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") || strings.Contains(err.Error(), "secret\n") {
				t.Errorf("%q", err)
			}
			return
		}
		defer func() { _ = s.Close() }()
		if s.Digest != Digest(data) {
			t.Errorf("digest %s", s.Digest)
		}
		for _, file := range s.Manifest.Files {
			content, err := s.content(file.Name)
			if err != nil || bytes.Contains(content, []byte("secret")) {
				t.Errorf("%s: %q, %v", file.Name, content, err)
			}
		}
	})
}
