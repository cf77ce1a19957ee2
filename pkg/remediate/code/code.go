// Package code edits the Terraform code of one root module so that it says what
// the cloud has. It is pure: files in, files out; nothing is read or written.
//
// An edit replaces exactly the bytes of a value, or adds or removes one argument,
// one key, one element or one block; everything else stays as its authors wrote
// it. What cannot be edited with certainty is left alone and becomes a [Hint]
// with the place and what to write there.
package code

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// Files are the files of one root module by name: *.tf, *.tofu, terraform.tfvars,
// *.auto.tfvars and those given by -var-file. *.tf.json and *.tfvars.json belong
// here as well: they are read for what they refer to and set, never edited.
type Files map[string][]byte

// Hint is one line for a human: what to write where, and why it was not done.
// It holds no secret.
type Hint struct {
	Address string `json:"address,omitempty"` // the resource's, as Terraform prints it
	Path    string `json:"path,omitempty"`    // as drift.Change has it; empty where the whole resource is meant
	File    string `json:"file,omitempty"`    // empty where no file has the place
	Line    int    `json:"line,omitempty"`    // from 1; 0 where only the file is known
	Text    string `json:"text"`
}

// Want is what the code is to say of one resource instance.
type Want struct {
	// Address is the instance's, as Terraform prints it.
	Address string `json:"address"`

	// Changes are what differs: Before is the state's value, usually what the code
	// says, After the cloud's.
	Changes []drift.Change `json:"changes"`

	// Ordered are the paths, without indices, of collections whose order counts, as
	// a schema says: there an index of a change is the element's place in the code.
	// Any other collection may be a set, whose elements are known by their values.
	Ordered []string `json:"ordered,omitempty"`
}

// Edit is what became of a request.
type Edit struct {
	// Files are those that changed, whole.
	Files Files `json:"-"`

	// Done are the addresses for which the code now says all that was wanted, in
	// the order of the request. Of the others, what could be written was written.
	Done []string `json:"done"`

	// Hints are what is left to do by hand, in the order of the request.
	Hints []Hint `json:"hints"`
}

func newEdit() Edit { return Edit{Files: Files{}, Done: []string{}, Hints: []Hint{}} }

// oneLine is a text without what would end or hide a line: names of a request may
// hold anything.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// refusal is why something was not written, and where.
type refusal struct {
	file   string
	line   int
	text   string
	secret bool // the value must not be shown either
	each   bool // the place differs from instance to instance
}

func refuse(p place, format string, args ...any) *refusal {
	return &refusal{file: p.file, line: p.line, text: fmt.Sprintf(format, args...)}
}

// place is a line of a file.
type place struct {
	file string
	line int
}

func (p place) String() string {
	if p.line == 0 {
		return p.file
	}
	return fmt.Sprintf("%s:%d", p.file, p.line)
}

// Find returns where the block of a resource is, for any of its instances: the
// root module's resource or data block, or for what is in a child module the
// module block that calls it. line is from 1.
func (f Files) Find(address string) (file string, line int, ok bool) {
	a, err := parseAddress(address)
	if err != nil {
		return "", 0, false
	}
	m := newModule(f, nil)
	for _, override := range []bool{false, true} {
		for _, s := range m.config() {
			if s.override != override {
				continue
			}
			if line := s.declares(a); line > 0 {
				return s.name, line, true
			}
		}
	}
	return "", 0, false
}
