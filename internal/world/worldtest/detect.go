package worldtest

import (
	"os"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/internal/world/reader"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// Managed reads the module's state, with its resources located in the world.
func (r *Root) Managed(t testing.TB) []resource.Managed {
	t.Helper()
	f, err := os.Open(r.State())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	s, err := state.Read(f, r.State(), 0)
	if err != nil {
		t.Fatal(err)
	}
	reader.New(r.File).Locate(s.Managed, nil)
	return s.Managed
}

// Detect compares the module's state with the world, with a look for what nobody
// manages. With reader.Schemas it knows of each attribute what the provider says;
// with schema.Embedded it knows what the binary does, which is less.
func (r *Root) Detect(t testing.TB, schemas *schema.Schemas) *drift.Report {
	t.Helper()
	managed := r.Managed(t)
	p := reader.New(r.File)
	inv := inventory.Collect(t.Context(), inventory.Request{
		Providers: []provider.Provider{p},
		Managed:   managed,
		Unmanaged: true,
		Depth:     provider.DepthFull,
		Parallel:  1,
		Stats:     &provider.Stats{},
		Now:       time.Now,
	})
	types := map[string]resource.Type{}
	for _, typ := range p.Types() {
		types[typ.Name] = typ.Type
	}
	return drift.Compare(managed, inv, drift.Options{Types: types, Schemas: schemas, Unmanaged: true})
}
