package cli

import (
	"context"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// MainWith is Main with one more cloud, whose types begin with the prefix.
func MainWith(ctx context.Context, args []string, streams Streams, name, prefix string, p provider.Provider) int {
	a := newApp(streams)
	a.more = []cloud{{name, prefix, p}}
	return a.main(ctx, args)
}
