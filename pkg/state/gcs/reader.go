package gcs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"cloud.google.com/go/storage"
)

// reader is a download.
type reader struct {
	*storage.Reader
	name string
	n    int64
}

// Read returns what came, or in a few words why nothing does.
func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n += int64(n)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, &brokenError{n: r.n, err: err}
}

// WriteTo would go past Read.
func (r *reader) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{r})
}

// Stat lets an object that is too large be refused before it is read.
func (r *reader) Stat() (fs.FileInfo, error) {
	if r.Attrs.Size < 0 || r.Attrs.ContentEncoding != "" {
		return nil, errors.ErrUnsupported // what is stored has another size
	}
	return info{path.Base(r.name), r.Attrs}, nil
}

// info is an object as a file.
type info struct {
	name  string
	attrs storage.ReaderObjectAttrs
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.attrs.Size }
func (i info) Mode() fs.FileMode  { return 0o444 }
func (i info) ModTime() time.Time { return i.attrs.LastModified }
func (i info) IsDir() bool        { return false }
func (i info) Sys() any           { return nil }

// brokenError is a download that has not come to its end.
type brokenError struct {
	n   int64
	err error
}

func (e *brokenError) Error() string {
	text := "the download broke off"
	switch {
	case errors.Is(e.err, storage.ErrObjectNotExist):
		text = "the object was replaced while it was read"
	case errors.Is(e.err, io.EOF), errors.Is(e.err, io.ErrUnexpectedEOF), errors.Is(e.err, errBudget):
	case strings.Contains(e.err.Error(), "bad CRC"):
		text = "the content does not have its checksum"
	default:
		text = explain(e.err).Problem
	}
	return fmt.Sprintf("%s after %d bytes", text, e.n)
}

// Unwrap returns the context's error where it was that.
func (e *brokenError) Unwrap() error { return sentinel(e.err) }
