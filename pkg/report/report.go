// Package report writes a drift.Report: one file per format, each a function of
// a writer and a report.
package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// Writer writes a report in one format.
type Writer func(w io.Writer, r *drift.Report) error

// Options are what formats for people need to know of where they are shown.
type Options struct {
	// Color allows ANSI colours.
	Color bool
	// All shows every finding of long lists.
	All bool
	// Stats shows what the run cost.
	Stats bool
	// Width is the number of columns; 0 means 80.
	Width int
}

// format is one line of the table.
type format struct {
	name  string
	about string
	make  func(Options) Writer
}

func formats() []format {
	return []format{
		{"text", "for people", text},
		{"json", "for scripts; see report.schema.json", func(Options) Writer { return writeJSON }},
	}
}

// Names returns the formats' names, the default first.
func Names() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// New returns the writer of a format.
func New(name string, o Options) (Writer, error) {
	for _, f := range formats() {
		if f.name == name {
			return f.make(o), nil
		}
	}
	return nil, fmt.Errorf("unknown output format %q: use %s", name, strings.Join(Names(), " or "))
}
