package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// place is where a value comes from.
type place struct {
	kind string // one of fromDefault …
	name string // of the file, the variable or the flag
	line int    // of the file; 0: the file as a whole
}

const (
	fromDefault     = "default"
	fromFile        = "file"
	fromEnvironment = "environment"
	fromFlag        = "flag"
)

func (p place) String() string {
	switch p.kind {
	case fromFile:
		if p.line == 0 {
			return p.name
		}
		return p.name + ":" + strconv.Itoa(p.line)
	case fromEnvironment:
		return "environment " + p.name
	case fromFlag:
		return "flag --" + p.name
	}
	return p.kind
}

// flaw is what is wrong with a value and what to do about it. Neither holds a
// secret.
type flaw struct{ problem, remedy string }

// problem is a flaw in its place.
type problem struct {
	place
	key string // empty: the file as a whole
	flaw
}

// lead is what a problem's line begins with: what to edit.
func (p problem) lead() string {
	switch p.kind {
	case fromFlag:
		return p.name + " "
	case fromEnvironment:
		return p.name + ": "
	}
	if p.key == "" {
		return p.place.String() + ": "
	}
	return p.place.String() + ": " + oneWord(p.key) + ": "
}

func (p problem) text() string {
	if p.remedy == "" {
		return p.problem
	}
	return p.problem + ": " + p.remedy
}

func (p problem) String() string { return p.lead() + p.text() }

// err is the problem as the error of a command, which says how many others there
// are.
func (p problem) err(others int) error {
	s := p.String()
	if p.kind == fromFile {
		s = "configuration " + s
	}
	if others > 0 {
		s += fmt.Sprintf(" (and %d more: driftmgr config validate)", others)
	}
	return errors.New(s)
}

// sortProblems puts the problems of the file, by line, before the others.
func sortProblems(problems []problem) {
	slices.SortStableFunc(problems, func(a, b problem) int {
		return cmp.Or(-cmp.Compare(order(a.kind), order(b.kind)), cmp.Compare(a.line, b.line))
	})
}

func order(kind string) int {
	return slices.Index([]string{fromFlag, fromEnvironment, fromFile}, kind)
}

const masked = "(secret)"

// shown is a value in a message: quoted where that helps, and masked where it is
// or looks like a secret.
func shown(secret bool, value string) string {
	if secret || resource.SecretValue(value) {
		return masked
	}
	if _, err := strconv.ParseFloat(value, 64); err == nil || value == "true" || value == "false" {
		return value
	}
	return short(strconv.Quote(value))
}

// oneWord is a name that somebody wrote, as it may stand in a line.
func oneWord(name string) string {
	if resource.SecretValue(name) {
		return masked
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) || name == "" {
		name = strconv.Quote(name)
	}
	return short(name)
}

func short(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// didYouMean names the known key that is nearest to one that is not, with a
// prefix.
func didYouMean(key string, known map[string]any, prefix string) string {
	const longest = 100 // no name of ours is, and a long one takes its time
	if len(key) > longest {
		return ""
	}
	best, least := "", len(key)/2+1
	for k := range known {
		if d := levenshtein.ComputeDistance(key, k); d < least || d == least && k < best {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + prefix + best + "?"
}
