package reader

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/driftmgr/driftmgr/internal/world"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// named is one element of a part of the world.
type named[T any] struct {
	id string
	of *T
}

type lister[T any] func(context.Context, cloud, provider.Query) iter.Seq2[named[T], error]

// list reads a part of the world, in the order of its ids.
func list[T any](action string, part func(*world.World) map[string]*T) lister[T] {
	return func(_ context.Context, c cloud, _ provider.Query) iter.Seq2[named[T], error] {
		return func(yield func(named[T], error) bool) {
			w, err := c.read(action)
			if err != nil {
				yield(named[T]{}, err)
				return
			}
			all := part(w)
			for _, id := range slices.Sorted(maps.Keys(all)) {
				if !yield(named[T]{id, all[id]}, nil) {
					return
				}
			}
		}
	}
}

// No schema of these types is embedded in driftmgr. Former makes what it does not
// know comparable, and the rules say what Schemas would.
var server = provider.Define(provider.Spec[cloud, named[world.Server]]{
	Name:    "world_server",
	Actions: []string{"world:ListServers"},
	Global:  true,
	List:    list("world:ListServers", func(w *world.World) map[string]*world.Server { return w.Servers }),
	ID:      func(s named[world.Server]) string { return s.id },
	Attrs: func(n named[world.Server]) resource.Attrs {
		s := n.of
		a := resource.Attrs{
			"name": s.Name, "size": s.Size, "tags": s.Tags, "password": s.Password, "ip": s.IP,
			"network": nil,
		}
		var disks, rules []any
		for _, d := range s.Disks {
			disks = append(disks, map[string]any{"size": d.Size, "kind": d.Kind})
		}
		for _, r := range s.Rules {
			rules = append(rules, map[string]any{"port": r.Port, "cidr": r.CIDR})
		}
		a["disks"], a["rules"] = disks, rules
		if n := s.Network; n != nil {
			a["network"] = map[string]any{"subnet": n.Subnet, "public": n.Public}
		}
		return a
	},
	Former: []string{"name", "size", "tags", "password", "disks", "network", "rules"},
	Rules: map[string]resource.Rule{
		"ip":    resource.Ignore(),
		"token": resource.Ignore(),
		"tags":  resource.AllTags("tags"),
		"rules": resource.Unordered(),
	},
})

var record = provider.Define(provider.Spec[cloud, named[world.Record]]{
	Name:    "world_record",
	Actions: []string{"world:ListRecords"},
	Global:  true,
	List:    list("world:ListRecords", func(w *world.World) map[string]*world.Record { return w.Records }),
	ID:      func(r named[world.Record]) string { return r.id },
	Attrs: func(r named[world.Record]) resource.Attrs {
		return resource.Attrs{"name": r.id, "value": r.of.Value, "ttl": r.of.TTL}
	},
	Former: []string{"name", "value", "ttl"},
	Import: func(r *resource.Resource) string { return "record/" + r.Key.ID },
})

var bucket = provider.Define(provider.Spec[cloud, named[world.Bucket]]{
	Name:    "world_bucket",
	Actions: []string{"world:ListBuckets"},
	Global:  true,
	List:    list("world:ListBuckets", func(w *world.World) map[string]*world.Bucket { return w.Buckets }),
	ID:      func(b named[world.Bucket]) string { return b.id },
	Attrs: func(b named[world.Bucket]) resource.Attrs {
		return resource.Attrs{"name": b.id, "versioning": b.of.Versioning}
	},
	Former: []string{"name", "versioning"},
})
