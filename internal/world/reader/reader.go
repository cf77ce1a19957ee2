// Package reader reads a world for driftmgr, as the packages below providers read
// a cloud. It is one account without regions.
package reader

import (
	"context"
	"fmt"
	"strings"

	"github.com/driftmgr/driftmgr/internal/world"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Account is the only one.
const Account = "world"

// New returns the provider of the world in a file. The file is read by each
// listing, and one that cannot be read proves nothing.
func New(file string) provider.Provider { return cloud{file: file} }

type cloud struct{ file string }

func (cloud) Name() string { return "world" }

func (cloud) Types() []provider.Type { return []provider.Type{bucket, record, server} }

// Locate implements provider.Provider.
func (c cloud) Locate(managed []resource.Managed, _ []resource.ProviderConfig) {
	types := map[string]resource.Type{}
	for _, t := range c.Types() {
		types[t.Name] = t.Type
	}
	for i := range managed {
		m := &managed[i]
		if m.Data || !strings.HasPrefix(m.Key.Type, "world_") {
			continue
		}
		m.Key.Account, m.Key.Region = Account, ""
		if ids := types[m.Key.Type].IDs(m.Attrs); len(ids) > 0 {
			m.Key.ID, m.More = ids[0], ids[1:]
		}
	}
}

// Connect implements provider.Provider.
func (c cloud) Connect(context.Context, provider.Want) ([]provider.Scope, error) {
	return []provider.Scope{{Account: Account, Conn: c}}, nil
}

// Actions implements provider.Provider.
func (cloud) Actions() []string { return []string{"world:Identify"} }

// Identify implements provider.Provider.
func (c cloud) Identify(context.Context) (provider.Identity, error) {
	if _, err := c.read("world:Identify"); err != nil {
		return provider.Identity{}, err
	}
	return provider.Identity{Principal: "a test", Account: Account}, nil
}

// Explain implements provider.Provider.
func (cloud) Explain(err error) provider.Failure {
	return provider.Failure{Kind: provider.Unavailable, Detail: err.Error()}
}

func (c cloud) read(action string) (*world.World, error) {
	w, err := world.Read(c.file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	return w, nil
}
