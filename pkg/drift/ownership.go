package drift

import "github.com/driftmgr/driftmgr/pkg/resource"

// owners answers the questions of resource.ChildOf for one set of states.
type owners struct {
	parents map[slot]bool // resources that a state holds (path "")
	paths   map[slot]bool // paths of parents that held children own
	claims  map[claim]bool

	// ownable are the types and paths in paths, wherever: a look there first
	// spares most of the looks for a slot.
	ownable map[[2]string]bool
}

// claim is what a held owner says that it owns: see resource.Owner.
type claim struct{ typ, owner, key string }

// slot is a resource, or one path of it.
type slot struct{ typ, account, region, id, path string }

func newOwners(managed []resource.Managed, types map[string]resource.Type) owners {
	o := owners{parents: map[slot]bool{}, paths: map[slot]bool{}, claims: map[claim]bool{}, ownable: map[[2]string]bool{}}
	isParent := map[string]bool{}
	childOf := map[string][]resource.ChildOf{}
	type owned struct {
		typ string
		by  resource.Owner
	}
	ownerOf := map[string][]owned{}
	for _, t := range types {
		for _, by := range t.Owners {
			ownerOf[by.Type] = append(ownerOf[by.Type], owned{t.Name, by})
		}
		childOf[t.Name] = append(childOf[t.Name], t.ChildOf...)
		for _, of := range t.ChildOf {
			isParent[of.Parent] = true
		}
		for _, c := range t.Children {
			childOf[c.Type] = append(childOf[c.Type], resource.ChildOf{Parent: t.Name, Ref: c.Ref, Path: c.Path, ParentOf: c.ParentOf})
		}
	}
	for i := range managed {
		m := &managed[i]
		if m.Data {
			continue
		}
		if isParent[m.Key.Type] {
			o.parents[at(m.Key, m.Key.Type, m.Key.ID, "")] = true
		}
		for _, child := range ownerOf[m.Key.Type] {
			if key := child.by.Owns(m); key != "" {
				o.claims[claim{child.typ, m.Key.Type, key}] = true
			}
		}
		for _, of := range childOf[m.Key.Type] {
			if id, ok := of.Of(m.Attrs); ok && of.Path != "" {
				s := at(m.Key, of.Parent, id, of.Path)
				if types[of.Parent].Global {
					s.region = "" // a child without a reader does not say that it is global
				}
				o.paths[s] = true
				o.ownable[[2]string{of.Parent, of.Path}] = true
			}
		}
	}
	return o
}

// at is the slot of a parent in the place of k: a child lives where its parent
// does.
func at(k resource.Key, typ, id, path string) slot {
	return slot{typ, k.Account, k.Region, id, path}
}

// has looks in the place of s and where a state does not say the place.
func has(m map[slot]bool, s slot) bool {
	if len(m) == 0 {
		return false
	}
	if m[s] {
		return true
	}
	noRegion, nowhere := s, s
	noRegion.region = ""
	nowhere.region, nowhere.account = "", ""
	return m[noRegion] || m[nowhere]
}

// owned reports whether a path of a managed resource belongs to children.
func (o owners) owned(k resource.Key, path string) bool {
	return o.ownable[[2]string{k.Type, path}] && has(o.paths, at(k, k.Type, k.ID, path))
}

// tell reports whether an unmatched resource of the cloud is a finding of its
// own. Where a child can have parents of several types, the managed one counts.
func (o owners) tell(t resource.Type, r *resource.Resource, unmanaged bool) bool {
	for _, by := range t.Owners {
		if key := by.Key(r); key != "" && o.claims[claim{t.Name, by.Type, key}] {
			return false // told of as the owner's change
		}
	}
	child, parent, shown := false, false, false
	for _, of := range t.ChildOf {
		id, ok := of.Of(r.Attrs)
		if !ok {
			continue
		}
		child = true
		if !has(o.parents, at(r.Key, of.Parent, id, "")) {
			continue
		}
		parent = true
		if of.Path == "" {
			continue
		}
		shown = true
		// Beside managed children it is a finding in any case: the parent's path
		// is not compared, so nothing else would tell of it.
		if has(o.paths, at(r.Key, of.Parent, id, of.Path)) {
			return true
		}
	}
	switch {
	case child && !parent: // told of with the parent
		return false
	case shown: // told of as the parent's change
		return false
	}
	return unmanaged
}
