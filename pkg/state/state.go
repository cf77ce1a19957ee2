// Package state reads Terraform states: where they are (Backend, Source) and
// what they say (Read, File). It knows the format that Terraform since 0.12 and
// OpenTofu write, version 4, and writes nothing.
//
// One backend is one package below this one; package all lists them.
package state

import (
	"context"
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
}

// Resolve returns the sources that the references stand for, in the order of
// the references and each name once. An error is an *Error about the first
// reference that cannot be resolved; nothing is returned with it.
func Resolve(ctx context.Context, backends []Backend, refs ...string) ([]Source, error) {
	byScheme := make(map[string]Backend, len(backends))
	for _, b := range backends {
		byScheme[b.Scheme()] = b
	}
	var sources []Source
	seen := make(map[string]bool)
	for _, ref := range refs {
		scheme := schemeOf(ref)
		b, ok := byScheme[scheme]
		if !ok {
			known := slices.Sorted(maps.Keys(byScheme))
			return nil, &Error{
				Source:  ref,
				Problem: "driftmgr has no state backend for " + strconv.Quote(scheme+"://"),
				Remedy:  "use one of " + strings.Join(known, ", ") + ", or save the state to a file: terraform state pull > FILE",
			}
		}
		found, err := b.Parse(ctx, ref)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if name := s.String(); !seen[name] {
				seen[name] = true
				sources = append(sources, s)
			}
		}
	}
	return sources, nil
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

// Load opens a source and reads the state in it. limit is as for Read; a source
// that knows its size is refused before it is read. It ends soon after ctx does,
// with an error that is ctx's.
func Load(ctx context.Context, s Source, limit int64) (*File, error) {
	r, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if err := checkSize(r, s.String(), limit); err != nil {
		return nil, err
	}
	return Read(contextReader{ctx, r}, s.String(), limit)
}

// contextReader fails as soon as its context has ended.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
