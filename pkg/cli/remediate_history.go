package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/driftmgr/driftmgr/pkg/audit"
	"github.com/driftmgr/driftmgr/pkg/remediate"
)

// forbids is an error where the log says that the plan was applied, or rejected: who
// can write to the plan's folder can take both out of it. In the log it would show.
func (l *auditLog) forbids(file string) (err error) {
	in, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("audit log %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	var out bytes.Buffer
	if err := audit.Export(&out, in, audit.ExportOptions{Format: "json", Plan: l.plan.Manifest.ID}); err != nil {
		return err
	}
	var log struct{ Events []audit.Event }
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		return fmt.Errorf("audit log %s: %w", file, err)
	}
	for _, e := range log.Events {
		switch {
		case e.Digest != l.plan.Digest:
		case e.Action == audit.ActionReject:
			return &remediate.Refused{Reasons: []error{fmt.Errorf("%s rejected it: %s: the audit log says so", e.Actor.Principal, e.Reason)}}
		case e.Action == audit.ActionApply && e.Outcome == "applied":
			return &remediate.Refused{Reasons: []error{errors.New("the plan was applied already, the audit log says: plan again")}}
		}
	}
	return nil
}
