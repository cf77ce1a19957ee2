package reader

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/internal/world"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

const address = `provider["registry.terraform.io/driftmgr/world"]`

// held is what a state says of the world that fill makes.
func held() []resource.Managed {
	return []resource.Managed{
		{
			Key: resource.Key{Type: "world_server"}, Address: "world_server.web", Provider: address, Sensitive: []string{"password", "token"},
			Attrs: resource.Attrs{
				"id": "srv-1", "name": "web", "size": "small", "tags": map[string]any{"env": "prod", "team": "a"}, "password": "hunter-two-2",
				"ip": "10.0.0.1", "token": "tok-srv-1-9d41c7e2",
				"disks":   []any{map[string]any{"size": 10.0, "kind": "ssd"}, map[string]any{"size": 20.0, "kind": "hdd"}},
				"network": map[string]any{"subnet": "a", "public": nil},
				"rules":   []any{map[string]any{"port": 22.0, "cidr": "10.0.0.0/8"}, map[string]any{"port": 80.0, "cidr": "0.0.0.0/0"}},
			},
		},
		{
			Key: resource.Key{Type: "world_server"}, Address: "world_server.bare", Provider: address, Sensitive: []string{"password", "token"},
			Attrs: resource.Attrs{"id": "srv-2", "name": "bare", "size": "small", "ip": "10.0.0.2", "token": "tok-srv-2-9d41c7e2"},
			Unset: []string{"disks", "network", "password", "rules", "tags"},
		},
		{
			Key: resource.Key{Type: "world_record"}, Address: "world_record.www", Provider: address,
			Attrs: resource.Attrs{"id": "www", "name": "www", "value": "10.0.0.1"}, Unset: []string{"ttl"},
		},
		{
			Key: resource.Key{Type: "world_bucket"}, Address: "world_bucket.logs", Provider: address,
			Attrs: resource.Attrs{"id": "logs", "name": "logs", "versioning": true},
		},
	}
}

func fill(w *world.World) {
	password, yes := "hunter-two-2", true
	w.AddServer(world.ServerSpec{
		Name: "web", Tags: map[string]string{"env": "prod", "team": "a"}, Password: &password,
		Disks:   []world.Disk{{Size: 10, Kind: "ssd"}, {Size: 20, Kind: "hdd"}},
		Network: &world.Network{Subnet: "a"},
		Rules:   []world.Rule{{Port: 80, CIDR: "0.0.0.0/0"}, {Port: 22, CIDR: "10.0.0.0/8"}},
	})
	w.AddServer(world.ServerSpec{Name: "bare"})
	w.Records["www"] = &world.Record{Value: "10.0.0.1"}
	w.Buckets["logs"] = &world.Bucket{Versioning: &yes}
}

// detect compares held with the world in a file.
func detect(t *testing.T, file string, schemas *schema.Schemas) *drift.Report {
	t.Helper()
	p := New(file)
	managed := held()
	p.Locate(managed, nil)
	inv := inventory.Collect(t.Context(), inventory.Request{
		Providers: []provider.Provider{p},
		Managed:   managed,
		Unmanaged: true,
		Depth:     provider.DepthFull,
		Stats:     &provider.Stats{},
		Now:       func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	})
	types := map[string]resource.Type{}
	for _, typ := range p.Types() {
		types[typ.Name] = typ.Type
	}
	return drift.Compare(managed, inv, drift.Options{Types: types, Schemas: schemas, Unmanaged: true})
}

// told are the findings in short, in the order of the report.
func told(r *drift.Report) []string {
	out := []string{}
	for _, f := range r.Findings {
		s := string(f.Kind) + " " + f.Address
		if f.Address == "" {
			s = string(f.Kind) + " " + f.Type + " " + f.ImportID
		}
		for _, c := range f.Changes {
			s += " " + c.Path
		}
		out = append(out, s)
	}
	return out
}

// TestDetect proves each kind of a change to be found, alone, with the provider's
// schemas and with those of the binary, which has none of these types.
func TestDetect(t *testing.T) {
	secret, ttl := "swordfish-99", int64(60)
	for _, c := range []struct {
		name   string
		change func(*world.World)
		want   []string
	}{
		{"nothing", func(*world.World) {}, nil},
		{"another order of rules", func(w *world.World) { slices.Reverse(w.Servers["srv-1"].Rules) }, nil},
		{"empty for null", func(w *world.World) {
			w.Servers["srv-2"].Tags = map[string]string{}
			w.Servers["srv-2"].Rules = []world.Rule{}
			w.Servers["srv-2"].Disks = []world.Disk{}
		}, nil},
		{"what no configuration asks for", func(w *world.World) {
			w.Servers["srv-1"].IP, w.Servers["srv-1"].Token = "10.9.9.9", "another"
			w.Buckets["logs"].Locked = true
		}, nil},
		{"size", func(w *world.World) { w.Servers["srv-1"].Size = "large" }, []string{"changed world_server.web size"}},
		{"name", func(w *world.World) { w.Servers["srv-1"].Name = "www" }, []string{"changed world_server.web name"}},
		{"tag changed", func(w *world.World) { w.Servers["srv-1"].Tags["env"] = "test" }, []string{"changed world_server.web tags.env"}},
		{"tag added", func(w *world.World) { w.Servers["srv-1"].Tags["by"] = "hand" }, []string{"changed world_server.web tags.by"}},
		{"tag removed", func(w *world.World) { delete(w.Servers["srv-1"].Tags, "team") }, []string{"changed world_server.web tags.team"}},
		{"first tag", func(w *world.World) { w.Servers["srv-2"].Tags = map[string]string{"by": "hand"} }, []string{"changed world_server.bare tags.by"}},
		{"all tags removed", func(w *world.World) { w.Servers["srv-1"].Tags = nil }, []string{"changed world_server.web tags.env tags.team"}},
		{"password changed", func(w *world.World) { w.Servers["srv-1"].Password = &secret }, []string{"changed world_server.web password"}},
		{"password removed", func(w *world.World) { w.Servers["srv-1"].Password = nil }, []string{"changed world_server.web password"}},
		{"password set", func(w *world.World) { w.Servers["srv-2"].Password = &secret }, []string{"changed world_server.bare password"}},
		{"disk", func(w *world.World) { w.Servers["srv-1"].Disks[1].Size = 30 }, []string{"changed world_server.web disks[1].size"}},
		{"order of disks", func(w *world.World) { slices.Reverse(w.Servers["srv-1"].Disks) }, []string{"changed world_server.web disks[0].kind disks[0].size disks[1].kind disks[1].size"}},
		{"disk added", func(w *world.World) {
			w.Servers["srv-1"].Disks = append(w.Servers["srv-1"].Disks, world.Disk{Size: 1})
		}, []string{"changed world_server.web disks[2]"}},
		{"subnet", func(w *world.World) { w.Servers["srv-1"].Network.Subnet = "b" }, []string{"changed world_server.web network.subnet"}},
		{"network removed", func(w *world.World) { w.Servers["srv-1"].Network = nil }, []string{"changed world_server.web network"}},
		{"network set", func(w *world.World) { w.Servers["srv-2"].Network = &world.Network{Subnet: "a"} }, []string{"changed world_server.bare network"}},
		{"rule changed", func(w *world.World) { w.Servers["srv-1"].Rules[1].CIDR = "0.0.0.0/0" }, []string{"changed world_server.web rules[0].cidr"}},
		{"rule added", func(w *world.World) {
			w.Servers["srv-1"].Rules = append(w.Servers["srv-1"].Rules, world.Rule{Port: 443, CIDR: "0.0.0.0/0"})
		}, []string{"changed world_server.web rules[2]"}},
		{"rules removed", func(w *world.World) { w.Servers["srv-1"].Rules = nil }, []string{"changed world_server.web rules[0] rules[1]"}},
		{"record", func(w *world.World) { w.Records["www"] = &world.Record{Value: "10.0.0.9", TTL: &ttl} }, []string{"changed world_record.www ttl value"}},
		{"bucket", func(w *world.World) { w.Buckets["logs"].Versioning = nil }, []string{"changed world_bucket.logs versioning"}},
		{"gone", func(w *world.World) { clear(w.Servers); clear(w.Records); clear(w.Buckets) },
			[]string{"missing world_bucket.logs", "missing world_record.www", "missing world_server.bare", "missing world_server.web"}},
		{"by hand", func(w *world.World) {
			w.AddServer(world.ServerSpec{Name: "db", Password: &secret})
			w.Records["db"] = &world.Record{}
			w.Buckets["b"] = &world.Bucket{}
		}, []string{"unmanaged world_bucket b", "unmanaged world_record record/db", "unmanaged world_server srv-3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "world.json")
			err := world.Update(file, func(w *world.World) error {
				fill(w)
				c.change(w)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for name, schemas := range map[string]*schema.Schemas{"provider's schemas": Schemas(), "embedded schemas": schema.Embedded()} {
				r := detect(t, file, schemas)
				if got := told(r); !slices.Equal(got, c.want) {
					t.Errorf("%s: told %q; want %q", name, got, c.want)
				}
				out, err := json.Marshal(r)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range []string{secret, "hunter-two-2", "tok-srv-", "another"} {
					if strings.Contains(string(out), s) {
						t.Errorf("%s: the report says %s", name, s)
					}
				}
			}
		})
	}
}

// A world that cannot be read proves nothing.
func TestUnreadable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.json")
	want := []string{"unchecked world_bucket.logs", "unchecked world_record.www", "unchecked world_server.bare", "unchecked world_server.web"}
	for _, content := range []string{"", "{"} {
		if content != "" {
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r := detect(t, file, Schemas())
		if got := told(r); !slices.Equal(got, want) {
			t.Errorf("%q: told %q; want %q", content, got, want)
		}
		for _, f := range r.Findings {
			if !strings.Contains(f.Reason, "world:List") {
				t.Errorf("%s: the reason does not name the call: %s", f.Address, f.Reason)
			}
		}
		if _, err := New(file).Identify(t.Context()); err == nil {
			t.Errorf("%q: identified", content)
		}
	}
}

func TestLocate(t *testing.T) {
	managed := append(held(),
		resource.Managed{Key: resource.Key{Type: "world_planet"}, Attrs: resource.Attrs{"id": "mars"}},
		resource.Managed{Key: resource.Key{Type: "aws_vpc"}, Attrs: resource.Attrs{"id": "vpc-1"}},
		resource.Managed{Key: resource.Key{Type: "world_server"}, Data: true, Attrs: resource.Attrs{"id": "srv-1"}},
	)
	New("").Locate(managed, nil)
	var got []string
	for _, m := range managed {
		got = append(got, m.Key.String())
	}
	want := []string{
		"world_server world/srv-1", "world_server world/srv-2", "world_record world/www", "world_bucket world/logs",
		"world_planet world/mars", "aws_vpc ", "world_server ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

// TestRead proves that whatever a server has is read under the names of its
// schema, but for its token.
func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.json")
	err := world.Update(file, func(w *world.World) error { fill(w); return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range New(file).Types() {
		for it, err := range typ.List(t.Context(), cloud{file}, provider.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for path := range Schemas().Type(typ.Name).Paths() {
				if !strings.Contains(path, ".") && path != "id" && path != "token" {
					want = append(want, path)
				}
			}
			if got := slices.Sorted(maps.Keys(it.Resource.Attrs)); !slices.Equal(got, want) {
				t.Errorf("%s: read %q; want %q", typ.Name, got, want)
			}
		}
	}
}
