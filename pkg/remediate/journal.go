package remediate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// Status is how far the apply of one state has come.
type Status string

const (
	// Pending: nothing was done yet.
	Pending Status = "pending"
	// Started: Terraform was started, and nobody saw it end.
	Started Status = "started"
	// Applied: Terraform has applied; code may be left to be written.
	Applied Status = "applied"
	// Done: everything was done, and what came of it was looked at.
	Done Status = "done"
)

// journal is written before and after everything that changes something, so that a
// run that was ended says where it stands.
type journal struct {
	FormatVersion string  `json:"format_version"`
	Digest        string  `json:"digest"`
	States        []entry `json:"states"` // as in the manifest
}

type entry struct {
	Status Status    `json:"status"`
	Time   time.Time `json:"time"`
}

// journal reads how far the apply has come.
func (s *Sealed) journal() (*journal, error) {
	j := &journal{FormatVersion: FormatVersion, Digest: s.Digest, States: make([]entry, len(s.Manifest.States))}
	for i := range j.States {
		j.States[i].Status = Pending
	}
	data, err := s.read(journalName, maxApproval)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	was := &journal{}
	if err := decodeStrict(data, was); err != nil {
		return nil, fmt.Errorf("%s cannot be read, so that it is not known how far an apply has come: plan again: %w", journalName, err)
	}
	if was.Digest != s.Digest || len(was.States) != len(j.States) {
		return nil, fmt.Errorf("%s is that of another plan: plan again", journalName)
	}
	for _, e := range was.States {
		if !slices.Contains([]Status{Pending, Started, Applied, Done}, e.Status) {
			return nil, fmt.Errorf("%s says %q, which is no status, so that it is not known how far an apply has come: plan again", journalName, e.Status)
		}
	}
	return was, nil
}

// mark writes that a state has come so far.
func (s *Sealed) mark(j *journal, i int, status Status, at time.Time) error {
	j.States[i] = entry{status, at.UTC()}
	data, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return s.write(journalName, append(data, '\n'))
}

// Status is how far the apply of the plan has come: that of the state that is behind.
func (s *Sealed) Status() (Status, error) {
	j, err := s.journal()
	if err != nil {
		return "", err
	}
	status := Done
	for _, e := range j.States {
		if e.Status != Done {
			status = e.Status
			break
		}
	}
	if status == Pending && len(j.States) > 0 && j.States[0].Status == Done {
		status = Applied // of several states some are done
	}
	return status, nil
}
