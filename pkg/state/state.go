// Package state reads Terraform states: where they are (Backend, Block, Source) and
// what they say (Read, File). It knows the format that Terraform since 0.12 and
// OpenTofu write, version 4, and writes nothing.
//
// One backend is one package below this one; package all lists them.
package state

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Source is one place that one state is read from.
type Source interface {
	// String is the place as the user named it, for messages and for
	// resource.Managed.Source. Where one reference stands for several states it
	// is this one's own name, in the same style. It holds no credentials.
	String() string

	// Open returns the state's bytes as they are stored. The caller closes the
	// reader. Each call reads the place anew, except where the place can be read
	// only once (standard input), which then says so.
	//
	// Open and the reads never create, change or lock anything. A place that
	// holds nothing fails with an error that is fs.ErrNotExist, one that this
	// user may not read with fs.ErrPermission, an ended ctx with ctx's error.
	// Errors are an *Error: one line that names the source and says what to do.
	//
	// ctx holds for the opening and, where the backend can, for the reads.
	Open(ctx context.Context) (io.ReadCloser, error)
}

// Backend is one kind of place that states are kept in.
type Backend interface {
	// Scheme is what precedes "://" in a reference: lower case, without "://".
	// The backend of the scheme "file" also gets the references that have none.
	Scheme() string

	// Parse returns the sources that a reference stands for, at least one, in
	// ascending order of their names. ref is the whole reference, scheme
	// included.
	//
	// A reference to exactly one state is not looked up: whether anything is
	// there is for Source.Open to say. A pattern is looked up, hence ctx, and it
	// is an error when it matches nothing or when a part of it could not be
	// looked into. Errors are an *Error.
	Parse(ctx context.Context, ref string) ([]Source, error)

	// Blocks are the types of Terraform's backend blocks (Block.Type) that
	// Configure takes: s3.
	Blocks() []string

	// Configure returns the sources that a block stands for: one, that of the
	// selected workspace, unless the block itself stands for several workspaces.
	// The names are those that references to the same states have. Credentials
	// that the block or the environment gives are used as Terraform uses them,
	// where driftmgr's own configuration names none for the backend. Errors are an
	// *Error whose Source is the block's directory.
	Configure(ctx context.Context, b Block) ([]Source, error)
}

// Block is a backend as the code of a root module configures it: its `backend` or
// `cloud` block, completed by what -backend-config and the environment add.
type Block struct {
	// Type is the block's label, as Terraform knows it: s3, azurerm, remote. That
	// of a `cloud` block is cloud.
	Type string

	// Attrs are the arguments under their names in Terraform's documentation, in
	// JSON's shape. A nested block is a []any of map[string]any, as it can stand
	// there several times; an argument that is an object is a map[string]any. A
	// number or truth value may be text, as -backend-config gives it. What is not
	// set, or null, is absent.
	Attrs map[string]any

	// Workspace is the selected workspace: default.
	Workspace string

	// Dir is the root module's directory, which relative paths start from.
	Dir string
}

// Resolve returns the sources that the references stand for, in the order of
// the references and each name once, and an *Error for each reference that
// cannot be resolved. One that cannot takes nothing from the others.
func Resolve(ctx context.Context, backends []Backend, refs ...string) ([]Source, []error) {
	byScheme := make(map[string]Backend, len(backends))
	for _, b := range backends {
		byScheme[b.Scheme()] = b
	}
	var sources []Source
	var failures []error
	for _, ref := range refs {
		scheme := schemeOf(ref)
		b, ok := byScheme[scheme]
		if !ok {
			known := slices.Sorted(maps.Keys(byScheme))
			failures = append(failures, &Error{
				Source:  Masked(ref),
				Problem: "driftmgr has no state backend for " + strconv.Quote(scheme+"://"),
				Remedy:  "use one of " + strings.Join(known, ", ") + ", or save the state to a file: terraform state pull > FILE",
			})
			continue
		}
		found, err := b.Parse(ctx, ref)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		sources = append(sources, found...)
	}
	return Distinct(sources), failures
}

// Distinct leaves out the sources whose name an earlier one has.
func Distinct(sources []Source) []Source {
	seen := make(map[string]bool, len(sources))
	return slices.DeleteFunc(sources, func(s Source) bool {
		name := s.String()
		repeated := seen[name]
		seen[name] = true
		return repeated
	})
}

// schemeOf returns the scheme of a reference, "file" where it has none
// (RFC 3986, section 3.1). A path such as ./a://b has none.
func schemeOf(ref string) string {
	scheme, _, ok := strings.Cut(ref, "://")
	if !ok || scheme == "" {
		return "file"
	}
	for i, c := range []byte(scheme) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(c))) {
			return "file"
		}
	}
	return strings.ToLower(scheme)
}

// attempts is how often a state is read whose stream breaks off.
const attempts = 3

// Load opens a source and reads the state in it. limit is as for Read; a source
// that knows its size is refused before it is read. A stream that breaks off is
// read anew, from its beginning, a few times. Load ends soon after ctx does, with
// an error that is ctx's.
func Load(ctx context.Context, s Source, limit int64) (*File, error) {
	var broken error
	for range attempts {
		f, broke, err := load(ctx, s, limit)
		switch ended := ctx.Err(); {
		case err != nil && ended != nil && !errors.Is(err, ended):
			return nil, Ended(s.String(), ended)
		case err == nil || ended != nil:
			return f, err
		case broken != nil && !broke:
			return nil, broken // cannot be opened again: what came first says why
		case !broke:
			return nil, err
		}
		broken = err
	}
	return nil, broken
}

// load makes one attempt. broke is true where it failed because the stream did.
func load(ctx context.Context, s Source, limit int64) (f *File, broke bool, err error) {
	r, err := s.Open(ctx)
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	if err := checkSize(r, s.String(), limit); err != nil {
		return nil, false, err
	}
	stream := &stream{ctx: ctx, r: r}
	f, err = Read(stream, s.String(), limit)
	return f, err != nil && stream.broke, err
}

// stream fails as soon as its context has ended, and remembers that it failed.
type stream struct {
	ctx   context.Context
	r     io.Reader
	broke bool
}

func (s *stream) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.broke = true
	}
	return n, err
}
