package drift_test

import (
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// A cloud that writes one reference in several ways, leaves false and 0 out of its
// answers, and can list what has no reader.
func referenceOptions() drift.Options {
	fold := resource.Fold()
	fold.Same = func(state, cloud any) bool {
		return strings.HasSuffix(strings.ToLower(cloud.(string)), "/"+strings.ToLower(state.(string)))
	}
	return drift.Options{
		Unmanaged: true,
		Types: map[string]resource.Type{
			"test_link":    {Name: "test_link", Global: true, Former: []string{"old"}, Strings: fold, ZeroIsNull: true, Rules: map[string]resource.Rule{"exact": resource.Space()}},
			"test_binding": {Name: "test_binding", Global: true, Facet: true},
			"test_member":  {Name: "test_member", Global: true},
			"cloud/Any":    {Name: "cloud/Any", Global: true, Any: true},
		},
		Schemas: schema.New(map[string]map[string][2]string{
			"test_link": {
				"to": {"string", "O"}, "exact": {"string", "O"}, "all": {"set(string)", "O"}, "list": {"list(string)", "O"},
				"on": {"bool", "O"}, "size": {"number", "O"},
				"block": {"block list", "O"}, "block.to": {"string", "O"}, "block.on": {"bool", "O"},
				"rules": {"block set", "O"}, "rules.to": {"string", "O"}, "rules.port": {"number", "O"},
			},
			"test_binding": {"role": {"string", "R"}, "members": {"set(string)", "R"}},
			"test_member":  {"role": {"string", "R"}, "member": {"string", "R"}},
		}),
	}
}

func referenceCloud(resources ...resource.Resource) *inventory.Inventory {
	inv := &inventory.Inventory{Resources: resources}
	for name := range referenceOptions().Types {
		inv.Coverage = append(inv.Coverage, inventory.Coverage{Type: name, Account: "1", Complete: true})
	}
	return inv
}

func TestReferences(t *testing.T) {
	type A = resource.Attrs
	one := func(v ...any) []any { return v }
	object := func(to string, more any) map[string]any { return map[string]any{"to": to, "port": more} }
	for name, tt := range map[string]struct {
		state, cloud A
		want         string
	}{
		"another way to write it":     {A{"to": "/A/b"}, A{"to": "/a/B"}, ""},
		"cut short":                   {A{"to": "b"}, A{"to": "/a/B"}, ""},
		"another thing":               {A{"to": "/a/b"}, A{"to": "/a/c"}, "to"},
		"a rule of its own":           {A{"exact": "/A"}, A{"exact": "/a"}, "exact"},
		"a rule of its own, the same": {A{"exact": "/a "}, A{"exact": "/a"}, ""},
		"in a list":                   {A{"list": one("/A", "x")}, A{"list": one("/a", "y")}, "list[1]"},
		"in a set":                    {A{"all": one("/A", "c")}, A{"all": one("/b/C", "/a")}, ""},
		"in a set, another":           {A{"all": one("/A", "c")}, A{"all": one("/b/D", "/a")}, "all[1]"},
		"in a block":                  {A{"block": one(map[string]any{"to": "/A"})}, A{"block": one(map[string]any{"to": "/a"})}, ""},
		"in a set of blocks":          {A{"rules": one(object("/A", 1.0), object("/B", 2.0))}, A{"rules": one(object("/b", 2.0), object("/a", 1.0))}, ""},
		"false is null":               {A{"on": false}, A{"on": nil}, ""},
		"null is false":               {A{"on": nil}, A{"on": false}, ""},
		"0 is null":                   {A{"size": 0.0}, A{"size": nil}, ""},
		"true is not null":            {A{"on": true}, A{"on": nil}, "on"},
		"null is not 7":               {A{"size": nil}, A{"size": 7.0}, "size"},
		"a former name":               {A{"old": "a"}, A{"old": "b", "to": "b"}, "old"},
		"a former name not held":      {A{"to": "b"}, A{"old": "b", "to": "b"}, ""},
		"a name nobody knows":         {A{"new": "a"}, A{"new": "b"}, ""},
		"a block of zeros is none":    {A{"block": one()}, A{"block": one(map[string]any{"to": "", "on": false})}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := resource.Managed{Key: resource.Key{Type: "test_link", Account: "1", ID: "l"}, Address: "test_link.l", Attrs: tt.state}
			r := drift.Compare([]resource.Managed{m}, referenceCloud(resource.Resource{Key: m.Key, Attrs: tt.cloud}), referenceOptions())
			if tt.want == "" {
				expect(t, r, drift.Clean)
				return
			}
			expect(t, r, drift.Drift, "changed test_link.l "+tt.want)
		})
	}
}

func TestShownValuesStayAsTheyWere(t *testing.T) {
	m := resource.Managed{Key: resource.Key{Type: "test_link", Account: "1", ID: "/l"}, Address: "test_link.l", Attrs: resource.Attrs{"id": "/L", "to": "/Old"}}
	there := resource.Resource{Key: m.Key, Shown: "/L", Attrs: resource.Attrs{"to": "/New"}}
	nobodys := resource.Resource{Key: resource.Key{Type: "test_link", Account: "1", ID: "/n"}, Shown: "/N"}
	r := drift.Compare([]resource.Managed{m}, referenceCloud(there, nobodys), referenceOptions())
	expect(t, r, drift.Drift, "changed test_link.l to", "unmanaged test_link//N")
	if c := r.Findings[0].Changes[0]; c.Before != "/Old" || c.After != "/New" || r.Findings[0].ID != "/L" {
		t.Errorf("shown as %v, from %v to %v", r.Findings[0].ID, c.Before, c.After)
	}
}

func TestAnyTellsOnlyWhatIsNew(t *testing.T) {
	anything := func(typ, id string) resource.Resource {
		return resource.Resource{Key: resource.Key{Type: typ, Account: "1", ID: "//" + id}, Object: id, Via: "cloud/Any"}
	}
	part := func(id, of string) resource.Resource {
		r := anything("svc.googleapis.com/Part", id)
		r.Within = of
		return r
	}
	made := anything("svc.googleapis.com/Made", "made")
	made.Default = true
	inv := referenceCloud(
		anything("svc.googleapis.com/New", "new"), anything("svc.googleapis.com/Held", "held"), anything("svc.googleapis.com/Read", "read"), made,
		part("new/part", "new"), part("held/part", "held"),
		resource.Resource{Key: resource.Key{Type: "test_link", Account: "1", ID: "read"}, Object: "read"},
		resource.Resource{Key: resource.Key{Type: "test_link", Account: "1", ID: "other"}, Object: "another-way"},
	)
	managed := []resource.Managed{
		{Key: resource.Key{Type: "test_link", Account: "1", ID: "read"}, Address: "test_link.read"},
		{Key: resource.Key{Type: "test_unread", Account: "1", ID: "held"}, Address: "test_unread.held"},
		{Key: resource.Key{Type: "test_unread", Account: "1", ID: "another-way"}, Address: "test_unread.other"},
	}
	r := drift.Compare(managed, inv, referenceOptions())
	expect(t, r, drift.Drift, "unmanaged svc.googleapis.com/New///new", "unmanaged svc.googleapis.com/Part///held/part", "unchecked test_unread.held", "unchecked test_unread.other")
	if r.Findings[0].Provider != "google" {
		t.Errorf("the provider is %q", r.Findings[0].Provider)
	}
}

func TestAServiceThatIsOff(t *testing.T) {
	inv := referenceCloud()
	for i := range inv.Coverage {
		if typ := inv.Coverage[i].Type; typ == "cloud/Any" || typ == "test_link" {
			inv.Coverage[i].Complete, inv.Coverage[i].Off, inv.Coverage[i].Reason = false, true, "not enabled: the inventory"
		}
	}
	r := drift.Compare(nil, inv, referenceOptions())
	expect(t, r, drift.Clean)
	if len(r.Warnings) != 1 || r.Warnings[0].Account != "1" || !strings.Contains(r.Warnings[0].Message, "not enabled: the inventory") {
		t.Errorf("warnings %+v", r.Warnings)
	}
}
