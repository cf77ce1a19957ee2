package state

import (
	"io/fs"
	"strconv"
	"strings"
	"unicode"
)

// ErrNone is that a place is there and no state was ever written to it: nothing
// is managed by it. It is fs.ErrNotExist as well, which alone may mean that the
// place was named wrong.
var ErrNone error = noneError{}

type noneError struct{}

func (noneError) Error() string        { return "no state yet" }
func (noneError) Is(target error) bool { return target == fs.ErrNotExist }

// Error says in one line why a state could not be read: "state NAME: PROBLEM;
// REMEDY". It never holds a value of an attribute.
type Error struct {
	// Source is the place, as the user named it.
	Source string

	// Problem is what is wrong, in lower case: "is empty".
	Problem string

	// Remedy is what the user can do, in lower case.
	Remedy string

	// Err is the cause, where there is one that a caller may want to recognise
	// (fs.ErrNotExist, fs.ErrPermission, a context's error). Its text is part of
	// Problem where it adds something.
	Err error
}

// Error returns the one line.
func (e *Error) Error() string {
	return oneLine("state "+e.Source+": ") + e.Reason()
}

// Reason is the line without the source.
func (e *Error) Reason() string {
	text := e.Problem
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return oneLine(text)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Ended is the error of a place that was not opened because a context has ended;
// err is the context's.
func Ended(source string, err error) *Error {
	return &Error{Source: source, Problem: "was not opened: " + err.Error(), Err: err}
}

// Masked is a reference, or a text that was meant to be one, without what may be
// a secret: for errors about references that cannot be read. *** stands for what
// is before an @; parameters are left out.
func Masked(ref string) string {
	scheme, rest, ok := strings.Cut(ref, "://")
	if ok {
		scheme += "://"
	} else {
		scheme, rest = "", ref
	}
	place := rest
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		place = rest[:i]
	}
	if strings.Contains(rest[len(place):], "@") {
		return scheme + "***" // a ? in a password, or an @ in a parameter
	}
	if at := strings.LastIndexByte(place, '@'); at >= 0 {
		place = "***" + place[at:]
	}
	return scheme + place
}

// oneLine keeps a text on one line and free of control characters: names and
// causes come from elsewhere.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, unprintable) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
