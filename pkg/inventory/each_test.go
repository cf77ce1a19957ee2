package inventory

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestEach(t *testing.T) {
	var running, most atomic.Int32
	done := make([]bool, 50)
	Each(t.Context(), 4, len(done), func(i int) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(time.Millisecond)
		done[i] = true
		running.Add(-1)
	})
	if slices.Contains(done, false) {
		t.Errorf("done %v", done)
	}
	if n := most.Load(); n < 2 || n > 4 {
		t.Errorf("%d at once; want 2 to 4", n)
	}
}

func TestEachEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	Each(ctx, 2, 1000, func(int) {
		calls.Add(1)
		cancel()
	})
	if n := calls.Load(); n == 0 || n > 3 {
		t.Errorf("%d calls; want those under way when it ended", n)
	}
}
