// Driftmgr tells what differs between Terraform states and the clouds.
package main

import (
	"context"
	"os"

	"github.com/driftmgr/driftmgr/pkg/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System()))
}
