package inventory

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// leaving notes which scopes were told that their listings have ended, and how many
// had ended by then.
type leaving struct {
	*tiny
	mu   sync.Mutex
	done []string
}

func (l *leaving) Connect(ctx context.Context, want provider.Want) ([]provider.Scope, error) {
	scopes, err := l.tiny.Connect(ctx, want)
	for i := range scopes {
		region := scopes[i].Region
		scopes[i].Done = func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.done = append(l.done, region)
		}
	}
	return scopes, err
}

// What the types of a scope share is let go of once, after the last of them.
func TestCollectScopeIsDone(t *testing.T) {
	l := &leaving{tiny: world()}
	inv := Collect(t.Context(), Request{Providers: []provider.Provider{l}, Unmanaged: true, Depth: provider.DepthFull, Parallel: 4, Stats: l.stats, Now: time.Now})
	scopes := map[string]bool{}
	for _, row := range inv.Coverage {
		scopes[row.Region] = true
	}
	slices.Sort(l.done)
	if len(l.done) != len(scopes) || len(slices.Compact(slices.Clone(l.done))) != len(scopes) {
		t.Errorf("done: %q; listed in %v", l.done, scopes)
	}
}
