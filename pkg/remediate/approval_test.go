package remediate

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSign(t *testing.T) {
	dir, digest := stored(t, everything())
	s, ann, bob := opened(t, dir), newKey(t), newKey(t)
	verify := allowed(t, "ann,ann@example.org "+ann.line, "bob "+bob.line)
	if all, err := s.Statements(verify); err != nil || len(all) != 0 {
		t.Fatalf("before: %v, %v", all, err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Sign(Rejected, "not on\na Friday", noon.Add(2*time.Second), bob.Fingerprint(), bob.in(Namespace)))
	must(s.Sign(Authored, "", noon.Add(-time.Hour), ann.Fingerprint(), ann.in(Namespace)))
	must(s.Sign(Approved, "looks good", noon.In(time.FixedZone("", 7200)).Add(time.Second+time.Millisecond), "../../"+bob.Fingerprint(), bob.in(Namespace)))
	all, err := s.Statements(verify)
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	for i, want := range []struct {
		decision   Decision
		reason     string
		principals []string
		at         time.Time
	}{
		{Authored, "", []string{"ann", "ann@example.org"}, noon.Add(-time.Hour)},
		{Approved, "looks good", []string{"bob"}, noon.Add(time.Second)},
		{Rejected, "not on\na Friday", []string{"bob"}, noon.Add(2 * time.Second)},
	} {
		got := all[i]
		if got.Err != nil || got.Decision != want.decision || got.Reason != want.reason || !slices.Equal(got.Principals, want.principals) || !got.Time.Equal(want.at) ||
			got.Plan != s.Manifest.ID || got.Digest != digest || got.Principal() != want.principals[0] || got.Fingerprint == "" {
			t.Errorf("%d: %+v", i, got)
		}
		for _, name := range []string{got.File, got.File + ".sig"} {
			if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || info.Mode() != 0o600 || filepath.Dir(name) != approvalsDir {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		}
	}
	if refusals := (Policy{Approvals: 1, FourEyes: true, MaxRisk: High}).Check(&s.Manifest, all, noon.Add(time.Minute)); len(refusals) != 1 || refusals[0].Error() != "bob rejected it: not on⏎a Friday" {
		t.Errorf("%v", refusals)
	}
}

func TestSignFails(t *testing.T) {
	dir, _ := stored(t, everything())
	s := opened(t, dir)
	locked := errors.New("the agent is locked")
	if err := s.Sign(Approved, "", noon, "x", func([]byte) ([]byte, error) { return nil, locked }); !errors.Is(err, locked) {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, approvalsDir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}

// Each of these statements counts for nothing, and says why.
func TestStatementsThatDoNotCount(t *testing.T) {
	ann, eve := newKey(t), newKey(t)
	verify := allowed(t, "ann "+ann.line)
	edit := func(t *testing.T, file string, change func(object)) {
		doc, ok := value(t, read(t, file)).(object)
		if !ok {
			t.Fatal("no statement")
		}
		change(doc)
		data, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		put(t, file, string(data))
	}
	signed := func(t *testing.T, file string, k key, namespace string) {
		sig, err := k.Sign(namespace, []byte(read(t, file)))
		if err != nil {
			t.Fatal(err)
		}
		put(t, file+".sig", string(sig))
	}
	// changed is a statement that its signer did sign as it is.
	changed := func(change func(object)) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			edit(t, file, change)
			signed(t, file, ann, Namespace)
		}
	}
	tests := []struct {
		name   string
		attack func(t *testing.T, file string)
		want   string
	}{
		{"as it is", func(*testing.T, string) {}, ""},
		{"no signature", func(t *testing.T, file string) { _ = os.Remove(file + ".sig") }, "is not signed"},
		{"signature of nothing", func(t *testing.T, file string) { put(t, file+".sig", "") }, "is not one SSH signature"},
		{"signature by somebody unknown", func(t *testing.T, file string) { signed(t, file, eve, Namespace) }, eve.Fingerprint()},
		{"signature for something else", func(t *testing.T, file string) { signed(t, file, ann, "git") }, "another namespace than driftmgr-plan"},
		{"reason with another byte", func(t *testing.T, file string) {
			put(t, file, strings.Replace(read(t, file), "fine", "Fine", 1))
		}, "signature"},
		{"a space more", func(t *testing.T, file string) { put(t, file, read(t, file)+" ") }, "signature"},
		{"trailing data", func(t *testing.T, file string) { put(t, file, read(t, file)+"{}"); signed(t, file, ann, Namespace) }, "is no statement about a plan: something follows its end"},
		{"no JSON", func(t *testing.T, file string) { put(t, file, "yes"); signed(t, file, ann, Namespace) }, "is no statement about a plan: "},
		{"another digest", changed(func(s object) { s["digest"] = Digest(nil) }), "is about another plan"},
		{"another plan's id", changed(func(s object) { s["plan"] = "20260101T000000Z-a" }), "is about another plan"},
		{"no digest", changed(func(s object) { delete(s, "digest") }), "is about another plan"},
		{"another format", changed(func(s object) { s["format_version"] = "1.1" }), `has the format "1.1", and this driftmgr reads 1.0`},
		{"another decision", changed(func(s object) { s["decision"] = "perhaps" }), `says "perhaps", which is nothing that can be signed`},
		{"no decision", changed(func(s object) { delete(s, "decision") }), `says "", which is nothing that can be signed`},
		{"an unknown field", changed(func(s object) { s["except"] = "aws_vpc.a" }), `is no statement about a plan: json: unknown field "except"`},
		{"too large", func(t *testing.T, file string) { put(t, file, strings.Repeat(" ", maxApproval+1)) }, "is larger than"},
		{"a link", func(t *testing.T, file string) {
			if err := os.Rename(file, file+".real"); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Base(file)+".real", file); err != nil {
				t.Fatal(err)
			}
		}, "is no regular file: the plan was altered"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, _ := stored(t, everything())
			s := opened(t, dir)
			if err := s.Sign(Approved, "fine", noon, "ann", ann.in(Namespace)); err != nil {
				t.Fatal(err)
			}
			files, err := filepath.Glob(filepath.Join(dir, approvalsDir, "*.json"))
			if err != nil || len(files) != 1 {
				t.Fatalf("%v, %v", files, err)
			}
			tt.attack(t, files[0])
			all, err := s.Statements(verify)
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			refused := (Policy{Approvals: 1, MaxRisk: High}).Check(&s.Manifest, all, noon)
			if tt.want == "" {
				if all[0].Err != nil || len(refused) != 0 {
					t.Errorf("%v, %v", all[0].Err, refused)
				}
				return
			}
			if all[0].Err == nil || !strings.Contains(all[0].Err.Error(), tt.want) || len(refused) == 0 {
				t.Errorf("got  %v, refused %v\nwant %s", all[0].Err, refused, tt.want)
			}
		})
	}
}

// An approval of another plan is none of this one, under whatever name it lies here.
func TestReplayedApproval(t *testing.T) {
	ann := newKey(t)
	other := everything()
	other.Manifest.Author = "eve"
	from, _ := stored(t, other)
	to, _ := stored(t, everything())
	if err := opened(t, from).Sign(Approved, "fine", noon, "ann", ann.in(Namespace)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(from, approvalsDir), filepath.Join(to, approvalsDir)); err != nil {
		t.Fatal(err)
	}
	all, err := opened(t, to).Statements(allowed(t, "ann "+ann.line))
	if err != nil || len(all) != 1 || all[0].Err == nil || all[0].Err.Error() != "is about another plan" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestFolderOfApprovals(t *testing.T) {
	verify := allowed(t)
	t.Run("other files in it are none", func(t *testing.T) {
		dir, _ := stored(t, everything())
		put(t, filepath.Join(dir, approvalsDir, "x.json.sig"), "x")
		put(t, filepath.Join(dir, approvalsDir, "x.json.new"), "x")
		put(t, filepath.Join(dir, approvalsDir, "folder", "y.json"), "x")
		if all, err := opened(t, dir).Statements(verify); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
	})
	t.Run("a folder in the place of one", func(t *testing.T) {
		dir, _ := stored(t, everything())
		put(t, filepath.Join(dir, approvalsDir, "x.json", "y"), "x")
		all, err := opened(t, dir).Statements(verify)
		if err != nil || len(all) != 1 || all[0].Err == nil || all[0].Principal() != "an unknown signer" {
			t.Errorf("%+v, %v", all, err)
		}
	})
	for name, attack := range map[string]func(path string) error{
		"a file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a link": func(path string) error { return os.Symlink("state-1", path) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := stored(t, everything())
			if err := attack(filepath.Join(dir, approvalsDir)); err != nil {
				t.Fatal(err)
			}
			if _, err := opened(t, dir).Statements(verify); err == nil || err.Error() != filepath.Join(dir, approvalsDir)+" is no folder: the plan was altered" {
				t.Error(err)
			}
		})
	}
}

func TestWord(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"SHA256:ab/c+d":         "SHA256-ab-c-d",
		"../../etc":             "------etc",
		"é":                     "-",
		strings.Repeat("x", 40): strings.Repeat("x", 24),
	} {
		if got := word(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Whatever lies in a statement's file is told as what does not count, or says exactly
// what was signed.
func FuzzStatement(f *testing.F) {
	ann := newKey(f)
	verify := allowed(f, "ann "+ann.line)
	dir, digest := stored(f, everything())
	s := opened(f, dir)
	if err := s.Sign(Approved, "fine", noon, "ann", ann.in(Namespace)); err != nil {
		f.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, approvalsDir, "*.json"))
	if err != nil || len(files) != 1 {
		f.Fatalf("%v, %v", files, err)
	}
	f.Add([]byte(read(f, files[0])), true)
	f.Add([]byte(`{"format_version":"1.0","DIGEST":"`+digest+`"}`), true)
	f.Add([]byte(read(f, files[0])+"\n"), false)
	original, signature := read(f, files[0]), read(f, files[0]+".sig")
	f.Fuzz(func(t *testing.T, data []byte, resign bool) {
		put(t, files[0], string(data))
		put(t, files[0]+".sig", signature)
		if resign {
			sig, err := ann.Sign(Namespace, data)
			if err != nil {
				t.Fatal(err)
			}
			put(t, files[0]+".sig", string(sig))
		}
		all, err := s.Statements(verify)
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		got := all[0]
		switch {
		case got.Err != nil:
			if strings.Contains(got.Err.Error(), "\n") {
				t.Errorf("%q", got.Err)
			}
		case !resign && string(data) != original:
			t.Errorf("it counts without having been signed: %q", data)
		case got.Digest != digest || got.Plan != s.Manifest.ID || !slices.Contains([]Decision{Authored, Approved, Rejected}, got.Decision) || got.Principal() != "ann":
			t.Errorf("it counts: %+v", got)
		}
	})
}
