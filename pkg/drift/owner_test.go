package drift_test

import (
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// What a held binding or policy owns is nobody's finding, with or without a reader
// for it, and the members that are held beside it take nothing from it.
func TestOwners(t *testing.T) {
	role := func(a resource.Attrs) string { return a.String("role") }
	all := func(resource.Attrs) string { return "all" }
	owner := func(typ string, key func(resource.Attrs) string) resource.Owner {
		return resource.Owner{
			Type: typ,
			Owns: func(m *resource.Managed) string { return key(m.Attrs) },
			Key:  func(r *resource.Resource) string { return key(r.Attrs) },
		}
	}
	o := referenceOptions()
	o.Types["test_member"] = resource.Type{Name: "test_member", Global: true, Owners: []resource.Owner{owner("test_binding", role), owner("test_policy", all)}}
	key := func(typ, id string) resource.Key { return resource.Key{Type: typ, Account: "1", ID: id} }
	member := func(role, who string) resource.Resource {
		return resource.Resource{Key: key("test_member", role+"/"+who), Attrs: resource.Attrs{"role": role, "member": who}}
	}
	binding := func(role string, who ...any) resource.Resource {
		return resource.Resource{Key: key("test_binding", role), Attrs: resource.Attrs{"role": role, "members": who}}
	}
	held := func(r resource.Resource) resource.Managed {
		return resource.Managed{Key: r.Key, Address: r.Key.Type + "." + r.Key.ID, Attrs: r.Attrs}
	}
	inv := referenceCloud(member("viewer", "ann"), member("viewer", "eve"), binding("viewer", "ann", "eve"), member("owner", "bob"), member("owner", "eve"), binding("owner", "bob", "eve"))

	expect(t, drift.Compare([]resource.Managed{held(binding("owner", "bob")), held(member("viewer", "ann"))}, inv, o),
		drift.Drift, "changed test_binding.owner members[1]", "unmanaged test_member/viewer/eve")
	expect(t, drift.Compare([]resource.Managed{held(binding("owner", "bob")), held(member("owner", "eve")), held(binding("viewer", "ann", "eve"))}, inv, o),
		drift.Drift, "changed test_binding.owner members[1]")
	policy := resource.Managed{Key: key("test_policy", ""), Address: "test_policy.all"}
	expect(t, drift.Compare([]resource.Managed{policy, held(member("viewer", "ann"))}, inv, o),
		drift.Incomplete, "unchecked test_policy.all")
	policy.Data = true
	expect(t, drift.Compare([]resource.Managed{policy, held(member("viewer", "ann")), held(binding("owner", "bob", "eve"))}, inv, o),
		drift.Drift, "unmanaged test_member/viewer/eve")
}
