// Package audit keeps the record of remediation: one line for each plan,
// approval, rejection, apply and verification, in a file that is only ever
// appended to, each line chained to the one before it by its hash.
//
// A line is the JSON object of an [Event]: the fields in the order of the struct,
// each present, no space between tokens, in strings nothing escaped but the
// quotation mark and the backslash, the time in UTC as RFC 3339 has it, and a
// newline after it. Its hash is the SHA-256, in lower-case hexadecimal digits, of
// the line without the newline and without the member "hash" (and the comma
// before it). Its prev is the hash of the line before, that of the first line
// [Genesis]. No other program is needed to check a line:
//
//	sed -n 7p audit.log | sed 's/,"hash":"[0-9a-f]*"}$/}/' | tr -d '\n' | sha256sum
//
// The chain alone does not tell that lines at the end are gone. So the place and
// the hash of the last line are kept beside the log, in FILE.head ([HeadFile]).
// Before a line is written, the head announces it under "next"; after it, the head
// is the line. So a crash at any moment leaves a log that agrees with its head, a
// line that nobody announced does not, and nothing but the announced line itself,
// whose writer never heard that it was written, can go unnoticed.
//
// Whoever can write both files can write another history, or none: start a log
// anew. What they cannot change is what was noted elsewhere: send the lines to
// another machine's syslog ([Options.Syslog]), or keep the hash of a line and check
// against it ([VerifyAgainst]).
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// FormatVersion is that of the lines and of the head: audit.schema.json.
const FormatVersion = "1.0"

// Genesis is the prev of the first line.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

const (
	// maxLine is how many bytes a line has at most: more than the longest fields
	// make of it, so that what is longer was not written by Append.
	maxLine = 32 << 10

	maxReason = 1000 // characters
	maxName   = 256
	maxWord   = 64 // of an outcome
)

// Action is what was done.
type Action string

// The actions. What came of each says the outcome.
const (
	ActionPlan    Action = "plan"    // a proposal was made
	ActionApprove Action = "approve" // somebody signed it
	ActionReject  Action = "reject"  // somebody turned it down
	ActionApply   Action = "apply"   // it was, or was not, carried out
	ActionVerify  Action = "verify"  // what the cloud has after it
	ActionAuto    Action = "auto"    // the policy let it go on, or not, without an approval
)

// Actions returns every action.
func Actions() []Action {
	return []Action{ActionPlan, ActionApprove, ActionReject, ActionApply, ActionVerify, ActionAuto}
}

// Actor is who did it. What is not known is empty, but not both Name and
// Principal.
type Actor struct {
	Name        string `json:"name"`        // as the system or the CI knows them
	Principal   string `json:"principal"`   // of allowed_signers: alice@example.com
	Fingerprint string `json:"fingerprint"` // of the key that signed: SHA256:…
	Host        string `json:"host"`        // where driftmgr ran
}

// Event is one line. Append sets FormatVersion, Seq, Prev and Hash.
type Event struct {
	FormatVersion string    `json:"format_version"`
	Seq           uint64    `json:"seq"`  // 1, 2, 3, …
	Time          time.Time `json:"time"` // the caller's; written in UTC
	Action        Action    `json:"action"`
	Actor         Actor     `json:"actor"`

	// Plan is the plan's id, Digest what was approved and applied ("sha256:" and 64
	// hexadecimal digits). Both are empty where there is none.
	Plan   string `json:"plan"`
	Digest string `json:"digest"`

	// Outcome is one lower-case word of what came of the action: written, approved,
	// refused, started, applied, failed, clean, drift.
	Outcome string `json:"outcome"`

	// Reason is one line. Who appends masks secrets in it.
	Reason string `json:"reason"`

	Prev string `json:"prev"`
	Hash string `json:"hash"`
}

// normalize returns e as it is written: without what would break a line, a
// terminal or a table. What identifies something is refused instead, since half an
// id would be another one's.
func normalize(e Event) (Event, error) {
	switch {
	case !slices.Contains(Actions(), e.Action):
		return Event{}, fmt.Errorf("audit event: action %q is none of %v", e.Action, Actions())
	case e.Time.IsZero():
		return Event{}, errors.New("audit event: it has no time: set it")
	case !isWord(e.Outcome):
		return Event{}, fmt.Errorf("audit event: outcome %.80q is not a word of at most %d lower-case letters, digits, - and _", e.Outcome, maxWord)
	case e.Plan != clean(e.Plan, maxName):
		return Event{}, fmt.Errorf("audit event: plan %.80q is not one line of at most %d characters", e.Plan, maxName)
	case e.Digest != "" && !isDigest(e.Digest):
		return Event{}, fmt.Errorf(`audit event: digest %.80q is not "sha256:" and 64 hexadecimal digits`, e.Digest)
	}
	e.FormatVersion = FormatVersion
	e.Time = e.Time.Round(0).UTC() // without the monotonic reading, which is not written
	e.Reason = clean(e.Reason, maxReason)
	for _, s := range []*string{&e.Actor.Name, &e.Actor.Principal, &e.Actor.Fingerprint, &e.Actor.Host} {
		*s = clean(*s, maxName)
	}
	if e.Actor.Name == "" && e.Actor.Principal == "" {
		return Event{}, errors.New("audit event: it has no actor: set its name or its principal")
	}
	return e, nil
}

// clean returns s as one line of at most limit characters, the last of which is an
// ellipsis where some were cut off. Spaces are joined; what is not seen, and what
// turns the direction of the text, is left out.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > limit {
		r = append(r[:limit-1], '…')
	}
	return string(r)
}

func isWord(s string) bool {
	return s != "" && len(s) <= maxWord && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func isDigest(s string) bool {
	hash, ok := strings.CutPrefix(s, "sha256:")
	return ok && isHash(hash)
}

func isHash(s string) bool {
	return len(s) == len(Genesis) && strings.Trim(s, "0123456789abcdef") == ""
}

// encode returns the JSON of v in the form of a line, without the newline.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// sum returns the hash of e, whatever e.Hash says.
func sum(e Event) (string, error) {
	e.Hash = ""
	line, err := encode(e)
	if err != nil {
		return "", err
	}
	body := append(bytes.TrimSuffix(line, []byte(`,"hash":""}`)), '}')
	hash := sha256.Sum256(body)
	return hex.EncodeToString(hash[:]), nil
}

// seal returns e as the line after last, and that line with its newline.
func seal(e Event, last position) (Event, []byte, error) {
	e.Seq, e.Prev = last.Seq+1, last.Hash
	var err error
	if e.Hash, err = sum(e); err != nil {
		return Event{}, nil, fmt.Errorf("audit event: %w", err)
	}
	line, err := encode(e)
	if err != nil {
		return Event{}, nil, fmt.Errorf("audit event: %w", err)
	}
	if len(line) > maxLine {
		return Event{}, nil, fmt.Errorf("audit event: its line has %d bytes, more than %d", len(line), maxLine)
	}
	return e, append(line, '\n'), nil
}

// parse reads a line, without its newline. It does not look at the hash. The error
// says what is wrong with the line and none of what is in it.
func parse(line []byte) (Event, error) {
	var e Event
	if len(line) > maxLine {
		return e, errors.New("it is longer than any line that was written")
	}
	if json.Unmarshal(line, &e) != nil {
		return e, errors.New("it is not the JSON of an event")
	}
	if e.FormatVersion != FormatVersion {
		return e, fmt.Errorf("its format_version is not %s", FormatVersion)
	}
	// Whatever else the line says or however else it says the same, it was not
	// written so: a field more, a field twice, a space, an escape, another zone.
	same, err := encode(e)
	if err != nil || !bytes.Equal(same, line) {
		return e, errors.New("it has not the form in which lines are written")
	}
	return e, nil
}
