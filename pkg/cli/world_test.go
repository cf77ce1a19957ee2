package cli_test

import (
	"context"
	"os"

	"github.com/driftmgr/driftmgr/internal/world/reader"
	"github.com/driftmgr/driftmgr/pkg/cli"
)

// withWorld is driftmgr for which the world in WORLD_FILE is one more cloud.
func withWorld() {
	os.Exit(cli.MainWith(context.Background(), os.Args[1:], cli.System(), "world", "world_", reader.New(os.Getenv("WORLD_FILE"))))
}
