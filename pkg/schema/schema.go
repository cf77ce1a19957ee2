package schema

import (
	"embed"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/driftmgr/driftmgr/pkg/schema/internal/archive"
)

//go:embed data/*.zip
var embedded embed.FS // read-only by its type

// Path is what a schema says about one path.
type Path struct {
	Kind  Kind
	Flags Flags
}

// Required reports whether a configuration must set it.
func (p Path) Required() bool { return p.Flags&FlagRequired != 0 }

// Optional reports whether a configuration may set it, whether or not the provider sets it otherwise.
func (p Path) Optional() bool { return p.Flags&FlagOptional != 0 }

// Computed reports whether the provider may set it, whether or not a configuration may as well.
func (p Path) Computed() bool { return p.Flags&FlagComputed != 0 }

// ComputedOnly reports whether only the provider sets it: no configuration can ask for a value.
func (p Path) ComputedOnly() bool { return p.Computed() && !p.Required() && !p.Optional() }

// OptionalComputed reports whether the provider sets it where the configuration does not.
func (p Path) OptionalComputed() bool { return p.Computed() && p.Optional() }

// Sensitive reports whether the schema marks this very path as sensitive. To decide whether a value may be
// shown use [Type.Sensitive], which sees what lies around it as well.
func (p Path) Sensitive() bool { return p.Flags&FlagSensitive != 0 }

// WriteOnly reports whether states never store it: it is null in each of them.
func (p Path) WriteOnly() bool { return p.Flags&FlagWriteOnly != 0 }

// Deprecated reports whether the provider is to drop it.
func (p Path) Deprecated() bool { return p.Flags&FlagDeprecated != 0 }

// Type is the schema of one resource type. It does not change, and is safe for concurrent use. A nil *Type, which
// [Schemas.Type] returns for an unknown type, knows no paths; its methods may be called.
type Type struct {
	Name string // "aws_vpc"

	paths map[string]Path
}

// Lookup returns what the schema says about path, and false where it does not list path (see the package comment for the
// form of paths and for the ones not listed).
func (t *Type) Lookup(path string) (Path, bool) {
	if t == nil {
		return Path{}, false
	}
	p, ok := t.paths[path]
	return p, ok
}

// Closest returns the longest listed path that is path itself or lies around it, with what the schema says about that one:
// "ingress" for "ingress.from_port", "tags" for "tags.Name". It returns false where not even the first segment is listed.
func (t *Type) Closest(path string) (listed string, p Path, ok bool) {
	for ok := path != ""; ok; path, ok = parent(path) {
		if p, ok := t.Lookup(path); ok {
			return path, p, true
		}
	}
	return "", Path{}, false
}

// Sensitive reports whether the schema marks path, or something around it, as sensitive or write-only. It is false for an
// unknown path, so it is one reason to hide a value and never a proof that it may be shown.
func (t *Type) Sensitive(path string) bool {
	for ok := path != ""; ok; path, ok = parent(path) {
		if p, _ := t.Lookup(path); p.Sensitive() || p.WriteOnly() {
			return true
		}
	}
	return false
}

// Paths yields every listed path in the order of their bytes; what lies within a block follows it.
func (t *Type) Paths() iter.Seq2[string, Path] {
	return func(yield func(string, Path) bool) {
		if t == nil {
			return
		}
		for _, path := range slices.Sorted(maps.Keys(t.paths)) {
			if !yield(path, t.paths[path]) {
				return
			}
		}
	}
}

func parent(path string) (string, bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", false
	}
	return path[:i], true
}

// Schemas is a set of resource types. It is safe for concurrent use and keeps every type it has decoded, so share one.
type Schemas struct {
	decoded sync.Map // name → *Type

	mu       sync.Mutex                  // held while decoding
	archives map[string]*archive.Archive // by provider, as far as opened; nil: there is no archive to look into
}

// Embedded returns the types embedded in the binary: those of the aws, azurerm and google providers. It does no work;
// opening an archive and decoding is left to the first call of [Schemas.Type] that needs it.
func Embedded() *Schemas {
	return &Schemas{archives: map[string]*archive.Archive{}}
}

// New returns the types of a literal, for tests: type name → path → kind and flags, such as
//
//	{"aws_vpc": {"arn": {"string", "C"}, "tags": {"map(string)", "O"}}}
//
// It panics at an unknown flag.
func New(types map[string]map[string][2]string) *Schemas {
	s := &Schemas{}
	for name, paths := range types {
		t := &Type{Name: name, paths: make(map[string]Path, len(paths))}
		for path, fact := range paths {
			if err := t.add(path, fact[0], fact[1]); err != nil {
				panic(err)
			}
		}
		s.decoded.Store(name, t)
	}
	return s
}

// Type returns the schema of the resource type called name, and nil where it is not known. It panics if the archive
// embedded in the binary is damaged, rather than answer that nothing is sensitive.
func (s *Schemas) Type(name string) *Type {
	if t, ok := s.decoded.Load(name); ok {
		return t.(*Type)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.decoded.Load(name); ok {
		return t.(*Type)
	}
	a, err := s.archive(name)
	if err != nil {
		panic(err)
	}
	if a == nil {
		return nil
	}
	t := &Type{Name: name, paths: map[string]Path{}}
	found, err := a.Read(name, t.add)
	if err != nil {
		panic(err)
	}
	if !found {
		return nil
	}
	s.decoded.Store(name, t)
	return t
}

func (t *Type) add(path, kind, flags string) error {
	f, err := ParseFlags(flags)
	if err != nil {
		return fmt.Errorf("%s.%s: %w", t.Name, path, err)
	}
	t.paths[path] = Path{Kind: Kind(kind), Flags: f}
	return nil
}

// archive returns the archive that has the type called name if any has, opening it first; nil if there is none of its provider.
func (s *Schemas) archive(name string) (*archive.Archive, error) {
	provider, _, _ := strings.Cut(name, "_")
	if a, ok := s.archives[provider]; ok || s.archives == nil {
		return a, nil
	}
	f, err := embedded.Open("data/" + provider + ".zip")
	if err != nil {
		return nil, nil // there is no such file, which is the one way to fail
	}
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open embedded schemas of %s: %w", provider, err)
	}
	a, err := archive.Open(f.(io.ReaderAt), info.Size())
	if err != nil {
		return nil, fmt.Errorf("open embedded schemas of %s: %w", provider, err)
	}
	s.archives[provider] = a
	return a, nil
}
