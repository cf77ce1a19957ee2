package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// HeadFile returns the name of the file that says how a log ends.
func HeadFile(file string) string { return file + ".head" }

// position is a line's place in the chain.
type position struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}

// head says how the log ends: with seq 0 and Genesis before the first line.
type head struct {
	FormatVersion string `json:"format_version"`
	position

	// Next is the line that is being written. It stays when its writer is killed:
	// then the log ends either way.
	Next *position `json:"next,omitempty"`
}

// parseHead reads what writeHead wrote.
func parseHead(text []byte) (head, error) {
	var h head
	if json.Unmarshal(text, &h) != nil {
		return h, errors.New("it is not the JSON of a head")
	}
	if h.FormatVersion != FormatVersion {
		return h, fmt.Errorf("its format_version is not %s", FormatVersion)
	}
	same, err := encode(h)
	switch {
	case err != nil || !bytes.Equal(append(same, '\n'), text),
		!isHash(h.Hash), (h.Seq == 0) != (h.Hash == Genesis),
		h.Next != nil && (h.Next.Seq != h.Seq+1 || !isHash(h.Next.Hash)):
		return h, errors.New("it has not the form in which heads are written")
	}
	return h, nil
}

// readHead returns the head of a log: nil where there is none.
func readHead(file string) (*head, error) {
	f, err := openRegular(HeadFile(file), os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxLine))
	if err != nil {
		return nil, err
	}
	h, err := parseHead(text)
	if err != nil {
		return nil, tampered(fmt.Errorf("%s is damaged (%w)", HeadFile(file), err))
	}
	return &h, nil
}

// writeHead replaces the head as a whole: there is the old one or the new one,
// after a crash too.
func writeHead(file string, h head) error {
	h.FormatVersion = FormatVersion
	text, err := encode(h)
	if err != nil {
		return err
	}
	// Who holds the log's lock is alone with this name. What is left under it is a
	// killed process's; O_EXCL follows no link.
	name := HeadFile(file) + ".new"
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	tmp, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(text, '\n'))
	if err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(name, HeadFile(file))
	}
	if err != nil {
		os.Remove(name) //nolint:errcheck // the first error is the one to tell
		return err
	}
	return syncDir(filepath.Dir(file))
}

// syncDir makes a rename in dir outlast a power failure.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // which cannot, and does so itself
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // it was only read
	return d.Sync()
}
