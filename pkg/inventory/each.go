package inventory

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Each calls do for 0 to n-1, parallel of them at once, and returns when all have
// returned. Calls that have not begun when ctx ends are not made.
func Each(ctx context.Context, parallel, n int, do func(i int)) {
	var group errgroup.Group
	group.SetLimit(max(1, parallel))
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			if ctx.Err() == nil {
				do(i)
			}
			return nil
		})
	}
	// No call has an error to return; the group only waits.
	_ = group.Wait()
}
