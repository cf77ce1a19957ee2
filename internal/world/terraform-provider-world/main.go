// Terraform-provider-world manages a world, for tests: see package world. Terraform
// finds it through dev_overrides, as package worldtest writes them.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
)

// address is what source = "driftmgr/world" means.
const address = "registry.terraform.io/driftmgr/world"

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return worldProvider{} }, providerserver.ServeOpts{Address: address})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
