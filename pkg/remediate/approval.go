package remediate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Namespace is that of the signatures, as in ssh-keygen -n: a signature that was made
// for something else is none of a plan.
const Namespace = "driftmgr-plan"

// Decision is what somebody signed about a plan.
type Decision string

const (
	// Authored: the signer made the plan. It approves nothing.
	Authored Decision = "authored"
	// Approved: the signer wants exactly this plan to be applied.
	Approved Decision = "approved"
	// Rejected: the signer wants it not to be applied, whoever approved it.
	Rejected Decision = "rejected"
)

// Statement is what is signed, as the bytes of its file.
type Statement struct {
	FormatVersion string    `json:"format_version"`
	Plan          string    `json:"plan"`   // its id
	Digest        string    `json:"digest"` // of its manifest
	Decision      Decision  `json:"decision"`
	Reason        string    `json:"reason"`
	Time          time.Time `json:"time"`
}

// Signed is a statement with who signed it.
type Signed struct {
	Statement
	File string // in the plan

	// Principals are the signer's names in allowed_signers, Fingerprint is the key's.
	Principals  []string
	Fingerprint string

	// Err says why it does not count; then Principals may be empty.
	Err error
}

// Principal is the first name of the signer.
func (s Signed) Principal() string {
	if len(s.Principals) == 0 {
		return "an unknown signer"
	}
	return s.Principals[0]
}

// Verifier says who signed a message, in Namespace. An error says why the signature
// proves nobody.
type Verifier func(message, signature []byte) (principals []string, fingerprint string, err error)

// Signer makes an armored signature in Namespace.
type Signer func(message []byte) (signature []byte, err error)

// Sign adds a statement about the plan, signed. name is a word for its file, such as
// the signer's fingerprint.
func (s *Sealed) Sign(decision Decision, reason string, at time.Time, name string, sign Signer) error {
	data, err := json.MarshalIndent(Statement{
		FormatVersion: FormatVersion,
		Plan:          s.Manifest.ID,
		Digest:        s.Digest,
		Decision:      decision,
		Reason:        reason,
		Time:          at.UTC().Truncate(time.Second),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the approval: %w", err)
	}
	data = append(data, '\n')
	signature, err := sign(data)
	if err != nil {
		return err
	}
	file := approvalsDir + "/" + at.UTC().Format("20060102T150405.000Z") + "-" + string(decision) + "-" + word(name) + ".json"
	// The signature first: a statement without one would be told as broken.
	if err := s.write(file+".sig", signature); err != nil {
		return err
	}
	return s.write(file, data)
}

// exactly reports whether JSON says what a value does and nothing else, but for blanks.
func exactly(data []byte, v any) bool {
	var compact bytes.Buffer
	again, err := json.Marshal(v)
	return err == nil && json.Compact(&compact, data) == nil && bytes.Equal(compact.Bytes(), again)
}

// word is a text as part of a file's name.
func word(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '-'
	}, text)
	return text[:min(len(text), 24)]
}

// maxApproval bounds what is read of one statement or signature, in bytes.
const maxApproval = 1 << 20

// Statements reads what was signed about the plan, in the order of the files' names,
// which is that of time. One that does not count is told with its Err.
func (s *Sealed) Statements(verify Verifier) ([]Signed, error) {
	info, err := s.root.Lstat(approvalsDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the approvals: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder: the plan was altered", filepath.Join(s.Dir, approvalsDir))
	}
	dir, err := s.root.Open(approvalsDir)
	if err != nil {
		return nil, fmt.Errorf("read the approvals: %w", err)
	}
	entries, err := dir.ReadDir(-1)
	_ = dir.Close()
	if err != nil {
		return nil, fmt.Errorf("read the approvals: %w", err)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	var all []Signed
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") {
			all = append(all, s.statement(approvalsDir+"/"+e.Name(), verify))
		}
	}
	return all, nil
}

func (s *Sealed) statement(file string, verify Verifier) Signed {
	out := Signed{File: file}
	data, err := s.read(file, maxApproval)
	if err != nil {
		out.Err = err
		return out
	}
	if err := decodeStrict(data, &out.Statement); err != nil {
		out.Err = fmt.Errorf("is no statement about a plan: %w", err)
		return out
	}
	signature, err := s.read(file+".sig", maxApproval)
	if err != nil {
		out.Err = errors.New("is not signed")
		return out
	}
	out.Principals, out.Fingerprint, out.Err = verify(data, signature)
	switch {
	case out.Err != nil:
	case out.Digest != s.Digest || out.Plan != s.Manifest.ID:
		out.Err = errors.New("is about another plan")
	case out.FormatVersion != FormatVersion:
		out.Err = fmt.Errorf("has the format %q, and this driftmgr reads %s", out.FormatVersion, FormatVersion)
	case !slices.Contains([]Decision{Authored, Approved, Rejected}, out.Decision):
		out.Err = fmt.Errorf("says %q, which is nothing that can be signed", out.Decision)
	case !exactly(data, out.Statement):
		out.Err = errors.New("is no statement about a plan: it has a key twice, or in another form")
	}
	return out
}
