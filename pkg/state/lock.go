package state

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Locked is a source whose place can be locked by Terraform. Reading needs no
// lock; one that is held says that somebody may be changing the state and the
// cloud right now.
type Locked interface {
	// Lock returns the lock that is held right now, nil where there is none. Like
	// Open it changes nothing. Errors are an *Error.
	Lock(ctx context.Context) (*Lock, error)
}

// Lock is a lock on a state, as Terraform describes it. What is not known is
// empty.
type Lock struct {
	ID        string
	Operation string    // OperationTypeApply
	Who       string    // user@host
	Since     time.Time // UTC
}

// ParseLock reads Terraform's lock info, JSON
// (https://github.com/hashicorp/terraform/blob/main/internal/states/statemgr/locker.go).
// A document that cannot be read is still a lock: one of which nothing is known.
func ParseLock(data []byte) *Lock {
	var info struct {
		ID, Operation, Who string
		Created            time.Time
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return &Lock{}
	}
	return &Lock{ID: info.ID, Operation: info.Operation, Who: info.Who, Since: info.Created.UTC()}
}

// String is the lock in a few words: "locked by ann@ci for apply since
// 2026-11-02T10:00:00Z".
func (l *Lock) String() string {
	var b strings.Builder
	b.WriteString("locked")
	if l.Who != "" {
		fmt.Fprintf(&b, " by %s", l.Who)
	}
	if op := strings.ToLower(strings.TrimPrefix(l.Operation, "OperationType")); op != "" {
		fmt.Fprintf(&b, " for %s", op)
	}
	if !l.Since.IsZero() {
		fmt.Fprintf(&b, " since %s", l.Since.Format(time.RFC3339))
	}
	return oneLine(b.String())
}
