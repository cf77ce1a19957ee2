// Package archive is the file format of the embedded schemas: a zip with one entry per resource type, named after it.
//
// An entry is text. Each path has one line, below the path that it lies in, with one tab per level:
//
//	name O string
//	setting O block list
//		name R string
//
// that is: last segment, flags ("-" for none), kind. Repeating the whole path instead would make the archives of the widest types
// (aws_quicksight_dashboard: 21056 paths) five times as large.
package archive

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Types is the flattened form of schemas: type name → path → kind and flags.
type Types map[string]map[string][2]string

// Write writes types as an archive. The same types give the same bytes, as long as the compressor of Go's standard
// library stays the same. It is an error if a path is listed without the one it lies in, or is not made of
// names (lower-case letters, digits, underscores) joined by dots.
func Write(w io.Writer, types Types) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if !isName(name) {
			return fmt.Errorf("write schema of %q: not a type name", name)
		}
		text, err := encode(types[name])
		if err != nil {
			return fmt.Errorf("write schema of %s: %w", name, err)
		}
		// No Modified: without a time the entry has no extra field, and no run differs from another.
		e, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return fmt.Errorf("write schema of %s: %w", name, err)
		}
		if _, err := io.WriteString(e, text); err != nil {
			return fmt.Errorf("write schema of %s: %w", name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write schemas: %w", err)
	}
	return nil
}

// Archive gives access to the entries of a written archive. It is safe for concurrent use.
type Archive struct {
	entries map[string]*zip.File
}

// Open reads the index of an archive of size bytes, and no entry.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("open schemas: %w", err)
	}
	a := &Archive{entries: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		a.entries[f.Name] = f
	}
	return a, nil
}

// Names returns the type names in the archive, sorted.
func (a *Archive) Names() []string { return slices.Sorted(maps.Keys(a.entries)) }

// Read decodes one type and calls visit for each of its paths, sorted. It returns false if the archive does not have the type,
// and an error if the entry is damaged or visit returned one, which also ends the reading.
func (a *Archive) Read(name string, visit func(path, kind, flags string) error) (bool, error) {
	f, ok := a.entries[name]
	if !ok {
		return false, nil
	}
	r, err := f.Open()
	if err != nil {
		return true, fmt.Errorf("read schema of %s: %w", name, err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return true, fmt.Errorf("read schema of %s: %w", name, err)
	}
	if err := decode(string(text), visit); err != nil {
		return true, fmt.Errorf("read schema of %s: %w", name, err)
	}
	return true, nil
}

// encode relies on every byte of a name being greater than the dot: sorting then puts what lies within a path right after it.
func encode(paths map[string][2]string) (string, error) {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		segments := strings.Split(path, ".")
		for _, s := range segments {
			if !isName(s) {
				return "", fmt.Errorf("path %q: %q is not a name", path, s)
			}
		}
		depth := len(segments) - 1
		if depth > 0 {
			around := strings.Join(segments[:depth], ".")
			if _, ok := paths[around]; !ok {
				return "", fmt.Errorf("path %q: %q is not listed", path, around)
			}
		}
		kind, flags := paths[path][0], paths[path][1]
		if flags == "" {
			flags = "-"
		}
		if kind == "" || strings.ContainsAny(kind, "\t\n") || strings.ContainsAny(flags, " \t\n") {
			return "", fmt.Errorf("path %q: kind %q and flags %q cannot be written", path, kind, flags)
		}
		fmt.Fprintf(&b, "%s%s %s %s\n", strings.Repeat("\t", depth), segments[depth], flags, kind)
	}
	return b.String(), nil
}

func decode(text string, visit func(path, kind, flags string) error) error {
	var around []string // around[i] is the path the lines with i+1 tabs lie in
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		rest := strings.TrimLeft(line, "\t")
		depth := len(line) - len(rest)
		if depth > len(around) {
			return fmt.Errorf("line %d: lies in no path", n)
		}
		path, fact, _ := strings.Cut(rest, " ")
		flags, kind, ok := strings.Cut(fact, " ")
		if !ok || !isName(path) || flags == "" || kind == "" {
			return fmt.Errorf("line %d: want name, flags and kind", n)
		}
		if depth > 0 {
			path = around[depth-1] + "." + path
		}
		around = append(around[:depth], path)
		if flags == "-" {
			flags = ""
		}
		if err := visit(path, kind, flags); err != nil {
			return err
		}
	}
	return nil
}

func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != ""
}
