package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/report"
)

func formatNames() string { return strings.Join(report.Names(), ", ") }

// outputs are where a report goes.
type outputs struct {
	a    *app
	list []output
}

type output struct {
	file  string // empty: stdout
	write report.Writer
}

// openOutputs parses FORMAT[=FILE] arguments, so that a mistake is told before
// the clouds are read.
func (a *app) openOutputs(args []string, o report.Options) (outputs, error) {
	if len(args) == 0 {
		args = []string{report.Names()[0]}
	}
	out := outputs{a: a}
	toStdout := 0
	for _, arg := range args {
		name, file, hasFile := strings.Cut(arg, "=")
		if hasFile && file == "" {
			return out, fmt.Errorf("output %q names no file: write %s=FILE", arg, name)
		}
		options := o
		if hasFile {
			options.Color, options.Width = false, 0
			if err := writable(file); err != nil {
				return out, err
			}
			if slices.ContainsFunc(out.list, func(o output) bool { return o.file != "" && filepath.Clean(o.file) == filepath.Clean(file) }) {
				return out, fmt.Errorf("two outputs to %s: give each a file of its own", file)
			}
		} else if toStdout++; toStdout > 1 {
			return out, errors.New("two outputs to stdout: give all but one a file, as in --output json=drift.json")
		}
		w, err := report.New(name, options)
		if err != nil {
			return out, err
		}
		out.list = append(out.list, output{file, w})
	}
	return out, nil
}

// writable finds out before the clouds are read whether a file can be written.
func writable(file string) error {
	info, err := os.Stat(filepath.Dir(file))
	if err != nil || !info.IsDir() {
		return fmt.Errorf("output file %s: there is no folder %s", file, filepath.Dir(file))
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return fmt.Errorf("output file %s is a folder: name a file in it", file)
	}
	return nil
}

// spare refuses to write over what is read.
func (o outputs) spare(inputs ...string) error {
	for _, out := range o.list {
		if err := spare(out.file, inputs...); err != nil {
			return err
		}
	}
	return nil
}

// spare refuses a file to be written that is one of those that are read.
func spare(file string, inputs ...string) error {
	to, err := os.Stat(file)
	if file == "" || err != nil {
		return nil
	}
	for _, in := range inputs {
		if from, err := os.Stat(strings.TrimPrefix(in, "file://")); err == nil && os.SameFile(from, to) {
			return fmt.Errorf("output file %s is what is read: name another", file)
		}
	}
	return nil
}

func (o outputs) write(r *drift.Report) error {
	for _, out := range o.list {
		var buf bytes.Buffer
		if err := out.write(&buf, r); err != nil {
			return err
		}
		if out.file == "" {
			if _, err := o.a.Out.Write(buf.Bytes()); err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
			continue
		}
		if err := replaceFile(out.file, buf.Bytes()); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(o.a.Err, "driftmgr: wrote %s\n", out.file)
	}
	return nil
}

// replaceFile writes a file whole or leaves the old one. A new one is its owner's
// alone, a replaced one keeps its mode. A link stays one, and what is no file,
// such as /dev/stdout or a pipe, is written to.
func replaceFile(name string, data []byte) error {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		if err := os.WriteFile(name, data, 0); err != nil {
			return fmt.Errorf("write %w", err)
		}
		return nil
	}
	mode := fs.FileMode(0o600)
	file := name
	if target, err := filepath.EvalSymlinks(name); err == nil {
		file = target
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".driftmgr-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = tmp.Write(data)
	if cerr := tmp.Chmod(mode); err == nil {
		err = cerr
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
