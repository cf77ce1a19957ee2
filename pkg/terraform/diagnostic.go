package terraform

import (
	"errors"
	"strings"
)

// Diagnostic is one error of Terraform's. Its texts may hold values, secrets among
// them: see Plain.
type Diagnostic struct {
	Summary, Detail string

	// Address is the resource instance that it is about; empty for none.
	Address string

	// File is the file in the module that it points to, and Start and End the place
	// in it, in bytes; empty for none.
	File       string
	Start, End int
}

// Plain is the error on one line, without what looks like a secret.
func (d Diagnostic) Plain() string { return redact(d.line(), nil) }

func (d Diagnostic) line() string {
	text := d.Summary
	if detail := strings.Join(strings.Fields(d.Detail), " "); detail != "" {
		text += ": " + detail
	}
	return text
}

// diagnosed is an error of which Terraform said more.
type diagnosed struct {
	error
	all []Diagnostic
}

func (d *diagnosed) Unwrap() error { return d.error }

// Diagnostics are what Terraform said of an error.
func Diagnostics(err error) []Diagnostic {
	if d := (*diagnosed)(nil); errors.As(err, &d) {
		return d.all
	}
	return nil
}

// told is the text of errors, in which a line begins with "Error: " as in Terraform's
// own.
func told(all []Diagnostic) string {
	var b strings.Builder
	for _, d := range all {
		b.WriteString("Error: ")
		if d.Address != "" {
			b.WriteString(d.Address + ": ")
		}
		b.WriteString(d.line() + "\n")
		for line := range strings.Lines(d.Detail) {
			// Set in, so that none of them can pass for a line of Terraform's.
			b.WriteString("  " + strings.TrimRight(line, "\r\n") + "\n")
		}
	}
	return b.String()
}

// saidBy is what a command that failed said: on stderr, or as events on stdout.
func saidBy(err error) (string, []Diagnostic) {
	f := (*failure)(nil)
	if !errors.As(err, &f) {
		return "", nil
	}
	e := &events{}
	for line := range strings.Lines(f.stdout) {
		e.line([]byte(line))
	}
	if len(e.errors) > 0 {
		return told(e.errors), e.errors
	}
	return plain(f.stderr), nil
}
