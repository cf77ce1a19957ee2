package tfc

import (
	"context"

	"github.com/hashicorp/go-tfe"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Lock implements state.Locked: a run, a user or a team locks a workspace. Since
// when is known of a run only.
func (s *source) Lock(ctx context.Context) (*state.Lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(s.name, s.host, err, 0)
	}
	c, err := s.b.connect(ctx, s.name, s.host, s.token)
	if err != nil {
		return nil, err
	}
	w, err := s.read(ctx, c, tfe.WSLockedBy, tfe.WSCurrentRun)
	if err != nil {
		return nil, err
	}
	if !w.Locked {
		return nil, nil
	}
	lock := &state.Lock{}
	if w.LockedBy == nil {
		return lock, nil
	}
	switch by := w.LockedBy; {
	case by.Run != nil:
		run := by.Run
		if run.CreatedAt.IsZero() && w.CurrentRun != nil && w.CurrentRun.ID == run.ID {
			run = w.CurrentRun
		}
		lock.ID, lock.Who = run.ID, "run "+run.ID
		if !run.CreatedAt.IsZero() {
			lock.Since = run.CreatedAt.UTC()
			lock.Operation = "OperationTypeApply"
			if run.PlanOnly {
				lock.Operation = "OperationTypePlan"
			}
		}
	case by.User != nil:
		lock.Who = "user " + first(by.User.Username, by.User.ID)
	case by.Team != nil:
		lock.Who = "team " + first(by.Team.Name, by.Team.ID)
	}
	return lock, nil
}
