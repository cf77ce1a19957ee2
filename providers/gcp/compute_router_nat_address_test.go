package gcp

import (
	"maps"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// TestAddressesOfNAT tells a change of a NAT's addresses once: on the resource that
// a state has for them, else on the NAT.
func TestAddressesOfNAT(t *testing.T) {
	const key = "projects/p/regions/r/routers/router/nats/nat"
	was, is := []any{"projects/p/regions/r/addresses/a"}, []any{"projects/p/regions/r/addresses/b"}
	nat := resource.Managed{
		Key: resource.Key{Type: "google_compute_router_nat", Account: "p"}, Address: "google_compute_router_nat.nat",
		Attrs: resource.Attrs{"id": "p/r/router/nat", "nat_ips": was},
	}
	addresses := resource.Managed{
		Key: resource.Key{Type: "google_compute_router_nat_address", Account: "p"}, Address: "google_compute_router_nat_address.nat",
		Attrs: resource.Attrs{"id": "projects/p/regions/r/routers/router/nat", "nat_ips": was},
	}
	types := map[string]resource.Type{}
	inv := &inventory.Inventory{}
	for _, k := range []kind{computeRouterNat, computeRouterNatAddress} {
		types[k.Name] = k.Type.Type
		inv.Resources = append(inv.Resources, resource.Resource{Key: resource.Key{Type: k.Name, Account: "p", ID: key}, Object: key, Attrs: resource.Attrs{"nat_ips": is}})
		inv.Coverage = append(inv.Coverage, inventory.Coverage{Type: k.Name, Account: "p", Complete: true})
	}
	for name, tc := range map[string]struct {
		managed []resource.Managed
		want    string
	}{
		"a resource for the addresses": {[]resource.Managed{nat, addresses}, addresses.Address},
		"none":                         {[]resource.Managed{nat}, nat.Address},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range tc.managed {
				tc.managed[i].Attrs = maps.Clone(tc.managed[i].Attrs)
			}
			New(Options{}).Locate(tc.managed, nil)
			found := drift.Compare(tc.managed, inv, drift.Options{Types: types, Schemas: schema.Embedded(), Unmanaged: true}).Findings
			if len(found) != 1 || found[0].Address != tc.want || found[0].Kind != drift.Changed {
				t.Errorf("found %+v", found)
			}
		})
	}
}
