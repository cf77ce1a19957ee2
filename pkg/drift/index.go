package drift

import "github.com/driftmgr/driftmgr/pkg/resource"

// index finds resources by type and join key. Positions of resources with the
// same type and key, in different accounts or regions, are chained: a chain is
// almost always one long, and an index of a million takes two allocations.
type index struct {
	resources []resource.Resource
	first     map[typeID]int32
	next      []int32 // position+1 of the next of the chain, 0 at its end
}

type typeID struct{ typ, id string }

func newIndex(resources []resource.Resource) index {
	x := index{resources: resources, first: make(map[typeID]int32, len(resources)), next: make([]int32, len(resources))}
	for i := range resources {
		at := typeID{resources[i].Key.Type, resources[i].Key.ID}
		if j, ok := x.first[at]; ok {
			x.next[i] = j + 1
		}
		x.first[at] = int32(i) // an inventory of 2^31 resources fits no memory
	}
	return x
}

// find returns the positions of id where k could be: an account or region that
// k does not name could be any.
func (x index) find(k resource.Key, id string) []int {
	j, ok := x.first[typeID{k.Type, id}]
	if !ok {
		return nil
	}
	var found []int
	for at := j + 1; at > 0; at = x.next[at-1] {
		r := x.resources[at-1].Key
		if (k.Account == "" || r.Account == "" || r.Account == k.Account) && (k.Region == "" || r.Region == "" || r.Region == k.Region) {
			found = append(found, int(at-1))
		}
	}
	return found
}
