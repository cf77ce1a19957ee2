package state

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// DefaultLimit is the size in bytes up to which a state is read when the user
// says nothing else (`--max-state-size`): 128 MiB. Read, a state takes about
// three times its size in memory (BenchmarkRead).
const DefaultLimit int64 = 128 << 20

// File is what one state says.
type File struct {
	// Version is the version of the state's format, always 4.
	Version int

	// TerraformVersion is the version of Terraform or OpenTofu that wrote the
	// state last: "1.11.4".
	TerraformVersion string

	// Serial counts the state's changes, Lineage names the state through all of
	// them.
	Serial  uint64
	Lineage string

	// Managed has one entry per instance, data sources and deposed objects
	// included, in the order of the state. No two have the same address. Key has
	// the type only: finding account, region and id is the provider's part.
	Managed []resource.Managed
}

// Remedies that more than one problem has.
const (
	pullAgain  = "write it again: terraform state pull > FILE"
	pullState  = "name a state, as written by: terraform state pull > FILE"
	restore    = "restore it from a backup or " + pullAgain
	upgrade    = "upgrade driftmgr"
	raiseLimit = "raise the limit with --max-state-size"
)

// Read reads a state of format version 4, as Terraform since 0.12 and OpenTofu
// write it (https://github.com/hashicorp/terraform/blob/main/internal/states/statefile/version4.go).
// name is the source as the user named it. limit is the number of bytes that
// the state may have; 0 means DefaultLimit.
//
// The state is read as a stream of its resources, so that it is not held twice.
// An error is an *Error, and nothing is returned with it: a state is read whole
// or not at all.
func Read(r io.Reader, name string, limit int64) (*File, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	if err := checkSize(r, name, limit); err != nil {
		return nil, err
	}
	rd := &reader{
		name:   name,
		in:     &meter{r: r, limit: limit},
		values: newValues(),
		addrs:  make(map[string]struct{}),
		has:    make(map[string]bool),
	}
	if err := rd.read(); err != nil {
		return nil, err
	}
	return &rd.file, nil
}

// checkSize refuses a reader that knows to be of a regular file (*os.File) and
// too large.
func checkSize(r io.Reader, name string, limit int64) error {
	if limit <= 0 {
		limit = DefaultLimit
	}
	f, ok := r.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() <= limit {
		return nil
	}
	return &Error{
		Source:  name,
		Problem: fmt.Sprintf("has %d bytes, more than the size limit of %d bytes", info.Size(), limit),
		Remedy:  raiseLimit,
	}
}

var errLimit = errors.New("size limit reached")

// meter counts what it reads, stops at the limit, and keeps the error that
// ended the reading, which a decoder may hide.
type meter struct {
	r        io.Reader
	n, limit int64
	err      error
}

func (m *meter) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	if room := m.limit - m.n + 1; int64(len(p)) > room {
		p = p[:room]
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	switch {
	case m.n > m.limit:
		m.err = errLimit
		return n - 1, errLimit
	case err != nil && err != io.EOF:
		m.err = err
	}
	return n, err
}

// reader is one call of Read.
type reader struct {
	name string
	in   *meter
	dec  *json.Decoder
	skip int64 // bytes before the decoder's first one

	values *values
	addrs  map[string]struct{} // every address so far
	has    map[string]bool     // the document's top-level names

	version string // of the format, as written
	file    File
	index   int // of the resource that is being read

	// problem is the first thing found wrong in what is valid JSON. It waits for
	// the end of the document: that may say that this is no state at all.
	problem error
}

func (r *reader) fail(problem, remedy string) error {
	return &Error{Source: r.name, Problem: problem, Remedy: remedy}
}

// read reads the whole document into r.file.
func (r *reader) read() error {
	src, err := r.sniff()
	if err != nil {
		return err
	}
	r.dec = json.NewDecoder(src)
	if _, err := r.dec.Token(); err != nil { // sniff has seen the brace
		return r.syntax(err, false)
	}
	for r.dec.More() {
		key, err := r.dec.Token()
		if err != nil {
			return r.syntax(err, false)
		}
		if err := r.member(key.(string)); err != nil {
			return err
		}
	}
	if _, err := r.dec.Token(); err != nil {
		return r.syntax(err, false)
	}
	end := r.skip + r.dec.InputOffset()
	if _, err := r.dec.Token(); err != io.EOF || r.in.err != nil {
		if r.in.err != nil {
			return r.syntax(r.in.err, false)
		}
		return r.fail(fmt.Sprintf("goes on after the end of the JSON document at byte %d", end), pullAgain)
	}
	return r.judge()
}

// sniff recognises by their first bytes the files that people take for a state,
// and returns the input from the document's opening brace on.
func (r *reader) sniff() (io.Reader, error) {
	src := bufio.NewReaderSize(r.in, 64<<10)
	head, err := src.Peek(8)
	if len(head) == 0 && r.in.err != nil {
		return nil, r.syntax(err, false)
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return nil, r.fail("is compressed with gzip", "decompress it: gunzip < STATE > FILE")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, r.fail("is a zip archive, such as a saved plan", pullState)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, r.fail("is UTF-16 text, as the > of Windows PowerShell writes it", "write it as UTF-8: terraform state pull | Out-File -Encoding utf8 FILE")
	case bytes.HasPrefix(head, []byte("tfstate")):
		return nil, r.fail("has the binary format of Terraform 0.3 or older, which driftmgr does not read", pullState)
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}): // which PowerShell's utf8 begins with
		n, err := src.Discard(3)
		if err != nil {
			return nil, r.syntax(err, false)
		}
		r.skip = int64(n)
	}
	for {
		c, err := src.ReadByte()
		switch {
		case err == io.EOF:
			return nil, r.fail("is empty", pullAgain)
		case err != nil:
			return nil, r.syntax(err, false)
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			r.skip++
			continue
		case c == '{':
			return src, src.UnreadByte()
		case c == '[':
			return nil, r.fail("is not a Terraform state: the document is a list", pullState)
		case c == '<':
			return nil, r.fail("is not JSON: it looks like HTML or XML", pullState)
		case c == 0 || c >= 0x80:
			return nil, r.fail("is not JSON: it is a binary file", pullState)
		}
		return nil, r.fail("is not a JSON object", pullState)
	}
}

// syntax says why the decoder could not go on. whole is true where it was
// decoding a whole value and not one token.
func (r *reader) syntax(err error, whole bool) error {
	switch {
	case errors.Is(r.in.err, errLimit):
		return r.fail(fmt.Sprintf("is larger than the size limit of %d bytes", r.in.limit), raiseLimit)
	case r.in.err != nil:
		return &Error{Source: r.name, Problem: "could not be read: " + r.in.err.Error(), Remedy: "try again", Err: r.in.err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return r.fail(fmt.Sprintf("is cut off at byte %d", r.in.n), pullAgain)
	}
	at := r.dec.InputOffset()
	var bad *json.SyntaxError
	if whole && errors.As(err, &bad) && bad.Offset != at {
		// the decoder counts from its own beginnings: ask again, from the value's
		rest, _ := io.ReadAll(r.dec.Buffered())
		if errors.As(json.Unmarshal(rest, new(json.RawMessage)), &bad) {
			at += bad.Offset - 1
		}
	}
	return r.fail(fmt.Sprintf("is not valid JSON, at byte %d", r.skip+at), pullAgain)
}

// member reads the value of one top-level name. Errors are those after which
// reading cannot go on.
func (r *reader) member(key string) error {
	if r.has[key] {
		r.note(fmt.Sprintf("repeats the name %q", key), restore)
	}
	r.has[key] = true
	if key == "resources" {
		return r.resources()
	}
	var raw json.RawMessage
	var into any = &raw
	switch key {
	case "version", "terraform_version", "serial", "lineage":
	default:
		into = new(skipped)
	}
	if err := r.dec.Decode(into); err != nil {
		return r.syntax(err, true)
	}
	bad := false
	switch key {
	case "version":
		r.version = string(raw)
	case "terraform_version":
		bad = json.Unmarshal(raw, &r.file.TerraformVersion) != nil
	case "lineage":
		bad = json.Unmarshal(raw, &r.file.Lineage) != nil
	case "serial":
		bad = json.Unmarshal(raw, &r.file.Serial) != nil
	}
	if bad {
		want := "text"
		if key == "serial" {
			want = "a whole number"
		}
		r.note(fmt.Sprintf("has a %s that is not %s", key, want), restore)
	}
	return nil
}

// note keeps the first problem for the end of the document.
func (r *reader) note(problem, remedy string) {
	if r.problem == nil {
		r.problem = r.fail(problem, remedy)
	}
}

// resources reads the list of resources one by one.
func (r *reader) resources() error {
	open, err := r.dec.Token()
	if err != nil {
		return r.syntax(err, false)
	}
	delim, nested := open.(json.Delim)
	if open != nil && delim != '[' {
		r.note("has resources that are not a list", restore)
	}
	if !nested {
		return nil
	}
	for r.dec.More() {
		var into any = (*element)(r)
		if delim == '{' {
			if _, err := r.dec.Token(); err != nil {
				return r.syntax(err, false)
			}
			into = new(skipped)
		}
		if err := r.dec.Decode(into); err != nil {
			return r.syntax(err, true)
		}
		r.index++
	}
	if _, err := r.dec.Token(); err != nil {
		return r.syntax(err, false)
	}
	return nil
}

// skipped takes any JSON value and keeps nothing of it.
type skipped struct{}

func (*skipped) UnmarshalJSON([]byte) error { return nil }

// element takes one element of `resources`, without copying it.
type element reader

func (e *element) UnmarshalJSON(src []byte) error {
	r := (*reader)(e)
	if r.problem == nil {
		r.resource(src)
	}
	return nil
}

// judge says, at the end of the document, whether it is a state that can be
// used.
func (r *reader) judge() error {
	for _, sign := range []struct{ name, problem, remedy string }{
		{"encrypted_data", "is encrypted by OpenTofu", "decrypt it: tofu state pull > FILE"},
		{"resource_changes", "is not a Terraform state: it looks like a plan", pullState},
		{"planned_values", "is not a Terraform state: it looks like a plan", pullState},
		{"values", "is not a Terraform state: it looks like the output of terraform show -json", pullState},
		{"resource", "is not a Terraform state: it looks like a Terraform configuration", pullState},
		{"variable", "is not a Terraform state: it looks like a Terraform configuration", pullState},
		{"provider", "is not a Terraform state: it looks like a Terraform configuration", pullState},
		{"terraform", "is not a Terraform state: it looks like a Terraform configuration", pullState},
		{"format_version", "is not a Terraform state: it is a JSON document of another kind", pullState},
	} {
		if r.has[sign.name] {
			return r.fail(sign.problem, sign.remedy)
		}
	}
	if !r.has["version"] || !r.has["serial"] && !r.has["lineage"] && !r.has["terraform_version"] {
		return r.fail("is not a Terraform state: it is JSON without a state's version, serial and lineage", pullState)
	}
	version, err := strconv.ParseUint(r.version, 10, 32)
	switch {
	case err != nil || version == 0:
		return r.fail("is not a Terraform state: its version is not a positive whole number", pullState)
	case r.has["backend"] && version <= 3:
		return r.fail("is Terraform's note of which backend holds the state (.terraform/terraform.tfstate), not the state", pullState)
	case version <= 3:
		return r.fail(fmt.Sprintf("has format version %d, written by Terraform 0.11 or older", version), "convert it with Terraform 0.12 or newer: terraform state pull > FILE")
	case version > 4:
		return r.fail(fmt.Sprintf("has format version %d, newer than driftmgr knows", version), upgrade)
	}
	r.file.Version = int(version)
	return r.problem
}
