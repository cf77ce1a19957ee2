// Package statetest is the conformance suite of the state backends. A backend
// opts in with a test of about ten lines:
//
//	func TestConformance(t *testing.T) {
//		server := newServer(t) // speaks the service's protocol
//		statetest.Run(t, statetest.Store{
//			Backend: s3.New(server.Config()),
//			Ref:     server.Ref,
//			Put:     server.Put,
//			Dump:    server.Dump,
//			Pattern: func(prefix string) string { return server.Ref(prefix) + "*" },
//		})
//	}
package statetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Store is a backend and the place its states are in: a directory, a local
// server that speaks the service's protocol.
type Store struct {
	Backend state.Backend

	// Put stores content under name, which has no slash, and returns the
	// reference under which the backend finds it.
	Put func(t *testing.T, name string, content []byte) (ref string)

	// Ref returns the reference that Put would return, without storing anything.
	Ref func(name string) string

	// Dump returns what the place holds, and of each entry everything that a
	// write could change: its content, and where there are such things its time
	// of change, its version and its lock. For a server it also proves that no
	// request but reads came in.
	Dump func(t *testing.T) map[string]string

	// Deny makes what Put stored under name unreadable for the backend, for the
	// rest of the test it gets. Nil, or false and no change, where the place
	// cannot do that (a file, for root).
	Deny func(t *testing.T, name string) bool

	// Block returns the block of a root module whose state is what Put stored under
	// name. Nil where name is not enough to write one.
	Block func(name string) state.Block

	// Lock locks what Put stored under name as Terraform would, and returns the
	// lock that is to be told. Nil where the backend's sources are not Locked.
	Lock func(t *testing.T, name string) state.Lock

	// Pattern returns a reference that matches every name with this prefix. Nil
	// where the backend has no patterns.
	Pattern func(prefix string) string

	// Text says that the place keeps text in UTF-8 without NUL, as a database's
	// column does: no other bytes are put there.
	Text bool
}

// content is a state without resources, which every reader takes.
const content = `{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"2f3c","outputs":{},"resources":[]}` + "\n"

// Run checks that the backend keeps the contracts of state.Backend and
// state.Source. At the end it checks that nothing in the store has changed but
// by Put.
func Run(t *testing.T, s Store) {
	t.Helper()
	want := s.Dump(t)
	unchanged := func(t *testing.T) {
		t.Helper()
		if got := s.Dump(t); !maps.Equal(got, want) {
			t.Errorf("reading has changed the store: %q", changed(got, want))
		}
	}
	put := func(t *testing.T, name string, data []byte) string {
		t.Helper()
		unchanged(t)
		ref := s.Put(t, name, data)
		want = s.Dump(t)
		return ref
	}

	t.Run("scheme", func(t *testing.T) {
		scheme := s.Backend.Scheme()
		if scheme == "" || scheme != strings.ToLower(scheme) || strings.ContainsAny(scheme, ":/ ") {
			t.Errorf("Scheme() = %q; want a name in lower case without ://", scheme)
		}
		if ref := s.Ref("any.tfstate"); scheme != "file" && !strings.HasPrefix(ref, scheme+"://") {
			t.Errorf("reference %q has not the backend's scheme %q", ref, scheme)
		}
	})

	t.Run("one reference is one source, named as given", func(t *testing.T) {
		ref := put(t, "named.tfstate", []byte(content))
		src := parse(t, s, ref)
		if src.String() != ref {
			t.Errorf("String() = %q; want %q", src, ref)
		}
	})

	t.Run("content", func(t *testing.T) {
		// more than a buffer or a page, and every byte value
		large := make([]byte, 3<<20+17)
		for i := range large {
			large[i] = byte(i + i>>8 + i>>16)
		}
		if s.Text {
			large = runes(len(large))
		}
		for name, data := range map[string][]byte{
			"small.tfstate": []byte(content),
			"empty.tfstate": {},
			"large.tfstate": large,
		} {
			if got := readAll(t, open(t, parse(t, s, put(t, name, data)))); !bytes.Equal(got, data) {
				t.Errorf("%s: read %d bytes; want the %d bytes that were stored", name, len(got), len(data))
			}
		}
	})

	t.Run("open twice", func(t *testing.T) {
		src := parse(t, s, put(t, "twice.tfstate", []byte(content)))
		a, b := open(t, src), open(t, src)
		half := make([]byte, len(content)/2)
		if _, err := io.ReadFull(a, half); err != nil {
			t.Fatalf("read half: %v", err)
		}
		if got := string(readAll(t, b)); got != content {
			t.Errorf("second reader got %q", got)
		}
		if got := string(half) + string(readAll(t, a)); got != content {
			t.Errorf("first reader got %q", got)
		}
	})

	t.Run("close before the end", func(t *testing.T) {
		src := parse(t, s, put(t, "closed.tfstate", []byte(content)))
		r, err := src.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if got := string(readAll(t, open(t, src))); got != content {
			t.Errorf("after a close, read %q", got)
		}
	})

	t.Run("load", func(t *testing.T) {
		src := parse(t, s, put(t, "load.tfstate", []byte(content)))
		f, err := state.Load(t.Context(), src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if f.Serial != 7 || f.Lineage != "2f3c" {
			t.Errorf("loaded %+v", f)
		}
		_, err = state.Load(t.Context(), src, 10)
		oneLine(t, err, src.String())
		if err != nil && !strings.Contains(err.Error(), "--max-state-size") {
			t.Errorf("over the limit: %v; want the flag that raises it", err)
		}
	})

	t.Run("missing", func(t *testing.T) {
		ref := s.Ref("missing.tfstate")
		src := parse(t, s, ref)
		_, err := src.Open(t.Context())
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open: %v; want fs.ErrNotExist", err)
		}
		oneLine(t, err, ref)
	})

	t.Run("denied", func(t *testing.T) {
		ref := put(t, "denied.tfstate", []byte(content))
		if s.Deny == nil || !s.Deny(t, "denied.tfstate") {
			t.Skip("the store cannot deny")
		}
		want = s.Dump(t)
		_, err := parse(t, s, ref).Open(t.Context())
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("open: %v; want fs.ErrPermission", err)
		}
		oneLine(t, err, ref)
		unchanged(t)
	})
	want = s.Dump(t) // what is denied may be allowed again

	t.Run("ended context", func(t *testing.T) {
		src := parse(t, s, put(t, "ended.tfstate", []byte(content)))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := src.Open(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("open: %v; want context.Canceled", err)
		}
		if _, err := state.Load(ctx, src, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("load: %v; want context.Canceled", err)
		}
	})

	t.Run("blocks", func(t *testing.T) {
		if len(s.Backend.Blocks()) == 0 {
			t.Error("Blocks() is empty; want the types of the blocks that Configure takes")
		}
		if s.Block == nil {
			return
		}
		ref := put(t, "block.tfstate", []byte(content))
		block := s.Block("block.tfstate")
		if !slices.Contains(s.Backend.Blocks(), block.Type) {
			t.Errorf("Blocks() = %q; want %q among them", s.Backend.Blocks(), block.Type)
		}
		found, err := s.Backend.Configure(t.Context(), block)
		if err != nil || len(found) != 1 {
			t.Fatalf("configure: %d sources, %v; want 1", len(found), err)
		}
		if found[0].String() != ref {
			t.Errorf("String() = %q; want %q, as the reference to it", found[0], ref)
		}
		if got := string(readAll(t, open(t, found[0]))); got != content {
			t.Errorf("read %q", got)
		}
	})

	t.Run("lock", func(t *testing.T) {
		src := parse(t, s, put(t, "locked.tfstate", []byte(content)))
		locked, ok := src.(state.Locked)
		if ok != (s.Lock != nil) {
			t.Fatalf("the source is a state.Locked: %v; the store can lock: %v", ok, s.Lock != nil)
		}
		if !ok {
			return
		}
		if got, err := locked.Lock(t.Context()); got != nil || err != nil {
			t.Errorf("before: lock %v, %v; want none", got, err)
		}
		unchanged(t)
		lock := s.Lock(t, "locked.tfstate")
		want = s.Dump(t)
		if got, err := locked.Lock(t.Context()); err != nil || got == nil || *got != lock {
			t.Errorf("lock %+v, %v\nwant %+v", got, err, lock)
		}
		if got := string(readAll(t, open(t, src))); got != content {
			t.Errorf("while locked, read %q", got)
		}
	})

	if s.Pattern != nil {
		t.Run("pattern", func(t *testing.T) {
			var refs []string
			for _, name := range []string{"glob-b.tfstate", "glob-c.tfstate", "glob-a.tfstate"} {
				refs = append(refs, put(t, name, []byte(content)))
			}
			slices.Sort(refs)
			found, err := s.Backend.Parse(t.Context(), s.Pattern("glob-"))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, src := range found {
				names = append(names, src.String())
				if got := string(readAll(t, open(t, src))); got != content {
					t.Errorf("%s: read %q", src, got)
				}
			}
			if !slices.Equal(names, refs) {
				t.Errorf("sources %q; want %q", names, refs)
			}
		})
		t.Run("pattern without a match", func(t *testing.T) {
			ref := s.Pattern("no-such-")
			found, err := s.Backend.Parse(t.Context(), ref)
			if len(found) != 0 {
				t.Errorf("sources %v; want none", found)
			}
			oneLine(t, err, ref)
		})
	}

	t.Run("nothing written", unchanged)
}

// runes returns at least n bytes of UTF-8 that hold every rune but NUL.
func runes(n int) []byte {
	text := make([]byte, 0, n+utf8.UTFMax)
	for r := rune(1); len(text) < n; r = max(1, (r+1)%(unicode.MaxRune+1)) {
		if utf8.ValidRune(r) {
			text = utf8.AppendRune(text, r)
		}
	}
	return text
}

// changed returns the names of which two dumps say something else.
func changed(a, b map[string]string) []string {
	names := make(map[string]bool)
	for _, dump := range []map[string]string{a, b} {
		for name := range dump {
			x, inA := a[name]
			y, inB := b[name]
			if x != y || inA != inB {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func parse(t *testing.T, s Store, ref string) state.Source {
	t.Helper()
	found, err := s.Backend.Parse(t.Context(), ref)
	if err != nil {
		t.Fatalf("parse %q: %v", ref, err)
	}
	if len(found) != 1 {
		t.Fatalf("parse %q: %d sources; want 1", ref, len(found))
	}
	return found[0]
}

func open(t *testing.T, src state.Source) io.Reader {
	t.Helper()
	r, err := src.Open(t.Context())
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return data
}

// oneLine checks that an error is one that a user can act on.
func oneLine(t *testing.T, err error, ref string) {
	t.Helper()
	var e *state.Error
	if !errors.As(err, &e) {
		t.Errorf("error %v (%T); want a *state.Error", err, err)
		return
	}
	text := err.Error()
	if strings.ContainsAny(text, "\r\n") || !strings.Contains(text, ref) || e.Remedy == "" {
		t.Errorf("error %q; want one line that names %q and a remedy", text, ref)
	}
}
