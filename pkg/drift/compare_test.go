package drift_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// The tests' cloud has groups with rules (declared inline or as resources of
// their own, which a second type sees in its own way), and global roles.
var testTypes = map[string]resource.Type{
	"test_group": {Name: "test_group", Rules: map[string]resource.Rule{
		"tags_all":  resource.AllTags("tags"),
		"policy":    resource.Policy(),
		"kind":      resource.Fold(),
		"limit":     resource.Default(10),
		"unique_id": resource.Identity(),
		"volatile":  resource.Ignore(),
		"listener":  resource.Keyed("port"),
	}, Children: []resource.Child{{Type: "test_unread", Ref: "group", Path: "names"}}},
	"test_rule": {Name: "test_rule", ChildOf: []resource.ChildOf{{Parent: "test_group", Ref: "group", Path: "rules"}}},
	"test_old_rule": {
		Name: "test_old_rule", Facet: true,
		ChildOf:  []resource.ChildOf{{Parent: "test_group", Ref: "group", Path: "rules"}},
		StateIDs: func(a resource.Attrs) []string { return a.Strings("keys") },
	},
	"test_note": {Name: "test_note", ChildOf: []resource.ChildOf{{Parent: "test_group", Ref: "group"}}},
	"test_role": {Name: "test_role", Global: true},
}

func testSchemas() *schema.Schemas {
	return schema.New(map[string]map[string][2]string{
		"test_group": {
			"id": {"string", "C"}, "name": {"string", "R"}, "size": {"number", "O"}, "on": {"bool", "O"}, "limit": {"number", "O"},
			"kind": {"string", "O"}, "policy": {"string", "O"}, "zone": {"string", "OC"}, "arn": {"string", "C"}, "unique_id": {"string", "C"},
			"volatile": {"string", "O"}, "password": {"string", "OS"}, "timeouts": {"block single", "O"},
			"tags": {"map(string)", "O"}, "tags_all": {"map(string)", "OC"}, "env": {"map(string)", "O"},
			"names": {"set(string)", "O"}, "steps": {"list(string)", "O"},
			"rules": {"set(object(object))", "OC"},
			"block": {"block list", "O"}, "block.mode": {"string", "O"}, "block.size": {"number", "OC"}, "block.made": {"string", "C"}, "block.key": {"string", "OS"},
			"listener": {"block list", "O"}, "listener.port": {"number", "R"}, "listener.to": {"string", "O"},
		},
		"test_rule":     {"id": {"string", "C"}, "group": {"string", "R"}, "port": {"number", "O"}},
		"test_old_rule": {"id": {"string", "C"}, "group": {"string", "R"}, "note": {"string", "O"}, "keys": {"list(string)", "O"}},
		"test_note":     {"id": {"string", "C"}, "group": {"string", "R"}},
		"test_role":     {"id": {"string", "C"}, "name": {"string", "R"}},
	})
}

func options() drift.Options {
	return drift.Options{Types: testTypes, Schemas: testSchemas(), Unmanaged: true}
}

// held is a resource of a state in account 1, region r.
func held(typ, id string, attrs resource.Attrs) resource.Managed {
	k := resource.Key{Type: typ, Account: "1", Region: "r", ID: id}
	if testTypes[typ].Global {
		k.Region = ""
	}
	m := resource.Managed{Key: k, Address: typ + "." + id, Source: "s", Attrs: attrs}
	if ids := testTypes[typ].IDs(attrs); testTypes[typ].StateIDs != nil && len(ids) > 0 {
		m.Key.ID, m.More = ids[0], ids[1:]
	}
	return m
}

func has(typ, id string, attrs resource.Attrs) resource.Resource {
	return resource.Resource{Key: held(typ, id, resource.Attrs{}).Key, Attrs: attrs}
}

// cloud is an inventory in which every type was listed completely.
func cloud(resources ...resource.Resource) *inventory.Inventory {
	inv := &inventory.Inventory{Resources: resources}
	for name, t := range testTypes {
		row := inventory.Coverage{Type: name, Account: "1", Region: "r", Complete: true}
		if t.Global {
			row.Region = ""
		}
		inv.Coverage = append(inv.Coverage, row)
	}
	return inv
}

func found(r *drift.Report) []string {
	var out []string
	for _, f := range r.Findings {
		name := f.Address
		if name == "" {
			name = f.Type + "/" + f.ID
		}
		line := string(f.Kind) + " " + name
		for _, c := range f.Changes {
			line += " " + c.Path
		}
		out = append(out, line)
	}
	return out
}

func expect(t *testing.T, r *drift.Report, verdict drift.Verdict, want ...string) {
	t.Helper()
	if got := found(r); !slices.Equal(got, want) {
		t.Errorf("findings\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	if r.Verdict != verdict {
		t.Errorf("verdict %s, want %s", r.Verdict, verdict)
	}
}

func TestAttributes(t *testing.T) {
	type A = resource.Attrs
	object := func(kv ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1]
		}
		return m
	}
	list := func(v ...any) []any { return v }
	tests := map[string]struct {
		state, cloud A
		want         []string // changed paths
	}{
		"equal":                              {A{"name": "a", "size": 1.0}, A{"name": "a", "size": 1.0}, nil},
		"changed":                            {A{"name": "a"}, A{"name": "b"}, []string{"name"}},
		"not read":                           {A{"name": "a", "size": 1.0}, A{"name": "a"}, nil},
		"unknown to the state's provider":    {A{"name": "a"}, A{"name": "a", "size": 1.0}, nil},
		"unknown to the schema":              {A{"name": "a", "new": "x"}, A{"name": "a", "new": "y"}, nil},
		"null is empty text":                 {A{"name": nil}, A{"name": ""}, nil},
		"null is an empty list":              {A{"steps": nil}, A{"steps": list()}, nil},
		"null is an empty map":               {A{"env": nil}, A{"env": object()}, nil},
		"null is not false":                  {A{"on": nil}, A{"on": false}, []string{"on"}},
		"null is not zero":                   {A{"size": nil}, A{"size": 0.0}, []string{"size"}},
		"null is the default":                {A{"limit": nil}, A{"limit": 10.0}, nil},
		"null is not another value":          {A{"limit": nil}, A{"limit": 11.0}, []string{"limit"}},
		"the cloud's null is the default":    {A{"limit": 10.0}, A{"limit": nil}, nil},
		"gone in the cloud":                  {A{"size": 3.0}, A{"size": nil}, []string{"size"}},
		"null on optional and computed":      {A{"zone": nil}, A{"zone": "z"}, nil},
		"set on optional and computed":       {A{"zone": "y"}, A{"zone": "z"}, []string{"zone"}},
		"emptied on optional and computed":   {A{"rules": list()}, A{"rules": list(object("port", 1.0))}, []string{"rules[0]"}},
		"computed only":                      {A{"arn": "x"}, A{"arn": "y"}, nil},
		"ignored":                            {A{"volatile": "x"}, A{"volatile": "y"}, nil},
		"folded":                             {A{"kind": "Big"}, A{"kind": "bIG"}, nil},
		"number as text in an old state":     {A{"size": "3"}, A{"size": 3.0}, nil},
		"timeouts are Terraform's":           {A{"timeouts": object("create", "1m")}, A{"name": "a"}, nil},
		"policy in another order":            {A{"policy": `{"Statement":[{"Effect":"Allow","Action":["b","a"],"Resource":"*"}]}`}, A{"policy": `{"Statement":{"Resource":["*"],"Action":["a","b"],"Effect":"Allow"}}`}, nil},
		"policy that says more":              {A{"policy": `{"Statement":[{"Effect":"Allow","Action":"a","Resource":"*"}]}`}, A{"policy": `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}, []string{"policy"}},
		"set in another order":               {A{"names": list("a", "b")}, A{"names": list("b", "a")}, nil},
		"set with one replaced":              {A{"names": list("a", "b")}, A{"names": list("b", "c")}, []string{"names[0]"}},
		"set with some added":                {A{"names": list("a")}, A{"names": list("c", "a", "b")}, []string{"names[1]", "names[2]"}},
		"set with a duplicate":               {A{"names": list("a")}, A{"names": list("a", "a")}, []string{"names[1]"}},
		"list in another order":              {A{"steps": list("a", "b")}, A{"steps": list("b", "a")}, []string{"steps[0]", "steps[1]"}},
		"list grown":                         {A{"steps": list("a")}, A{"steps": list("a", "b")}, []string{"steps[1]"}},
		"map":                                {A{"env": object("a", "1", "b", "2")}, A{"env": object("a", "1", "b", "3", "c.d", "4")}, []string{"env.b", `env["c.d"]`}},
		"map key gone":                       {A{"env": object("a", "1")}, A{"env": nil}, []string{"env"}},
		"block":                              {A{"block": list(object("mode", "a", "size", 1.0))}, A{"block": list(object("mode", "b", "size", 1.0))}, []string{"block[0].mode"}},
		"block partly read":                  {A{"block": list(object("mode", "a", "size", 1.0))}, A{"block": list(object("mode", "a"))}, nil},
		"block with unset computed":          {A{"block": list(object("mode", "a", "size", nil))}, A{"block": list(object("mode", "a", "size", 5.0))}, nil},
		"block with computed only":           {A{"block": list(object("mode", "a", "made", "x"))}, A{"block": list(object("mode", "a", "made", "y"))}, nil},
		"an empty block is none":             {A{"block": list()}, A{"block": list(object("mode", "", "size", nil))}, nil},
		"block added":                        {A{"block": list()}, A{"block": list(object("mode", "a"))}, []string{"block[0]"}},
		"block gone":                         {A{"block": list(object("mode", "a"))}, A{"block": nil}, []string{"block[0]"}},
		"objects in another order":           {A{"rules": list(object("port", 1.0, "to", "a"), object("port", 2.0, "to", "b"))}, A{"rules": list(object("port", 2.0, "to", "b"), object("port", 1.0, "to", "a"))}, nil},
		"objects partly read":                {A{"rules": list(object("port", 1.0, "to", "a"), object("port", 2.0, "to", "b"))}, A{"rules": list(object("port", 2.0), object("port", 1.0))}, nil},
		"an object changed a little":         {A{"rules": list(object("port", 1.0, "to", "a", "x", "x"))}, A{"rules": list(object("port", 1.0, "to", "b", "x", "x"))}, []string{"rules[0].to"}},
		"an object replaced by another":      {A{"rules": list(object("port", 1.0, "to", "a"))}, A{"rules": list(object("port", 2.0, "to", "b"))}, []string{"rules[0]", "rules[1]"}},
		"keyed list in another order":        {A{"listener": list(object("port", 1.0, "to", "a"), object("port", 2.0, "to", "b"))}, A{"listener": list(object("port", 2.0, "to", "b"), object("port", 1.0, "to", "a"))}, nil},
		"keyed element changed":              {A{"listener": list(object("port", 1.0, "to", "a"), object("port", 2.0, "to", "b"))}, A{"listener": list(object("port", 2.0, "to", "c"), object("port", 1.0, "to", "a"))}, []string{"listener[1].to"}},
		"keyed element replaced":             {A{"listener": list(object("port", 1.0, "to", "a"))}, A{"listener": list(object("port", 2.0, "to", "a"))}, []string{"listener[0]", "listener[1]"}},
		"tag changed, added and removed":     {A{"tags": object("a", "1", "b", "2"), "tags_all": object("a", "1", "b", "2", "team", "x")}, A{"tags_all": object("a", "9", "team", "y", "new", "n")}, []string{"tags.a", "tags.b", "tags.new", "tags_all.team"}},
		"tags without tags_all":              {A{"tags": object("a", "1")}, A{"tags_all": object("a", "2")}, []string{"tags.a"}},
		"null tags":                          {A{"tags": nil, "tags_all": object()}, A{"tags_all": object()}, nil},
		"tags of a default provider setting": {A{"tags": nil, "tags_all": object("team", "x")}, A{"tags_all": object("team", "x")}, nil},
		"a type that has no tags":            {A{"name": "a"}, A{"name": "a", "tags_all": object("x", "y")}, nil},
		"a tag without a value":              {A{"tags": object("a", "")}, A{"tags_all": object()}, []string{"tags.a"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := drift.Compare([]resource.Managed{held("test_group", "g", tt.state)}, cloud(has("test_group", "g", tt.cloud)), options())
			var got []string
			for _, f := range r.Findings {
				if f.Kind != drift.Changed {
					t.Fatalf("%s: %s", f.Kind, f.Reason)
				}
				for _, c := range f.Changes {
					got = append(got, c.Path)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("changed %v, want %v", got, tt.want)
			}
		})
	}
}

func TestChangeHasBothValues(t *testing.T) {
	r := drift.Compare(
		[]resource.Managed{held("test_group", "g", resource.Attrs{"name": "a", "unique_id": "1"})},
		cloud(has("test_group", "g", resource.Attrs{"name": "b", "unique_id": "2"})), options())
	f := r.Findings[0]
	if c := f.Changes[0]; c.Path != "name" || c.Before != "a" || c.After != "b" || c.Sensitive {
		t.Errorf("change %+v", c)
	}
	if !strings.Contains(f.Reason, "replaced") || f.Changes[1].Path != "unique_id" {
		t.Errorf("a replaced resource is not told as such: %+v", f)
	}
}

func TestSecretsAreHidden(t *testing.T) {
	type A = resource.Attrs
	tests := map[string]struct {
		state, cloud A
		marked       []string
	}{
		"the schema says so":              {A{"password": "old"}, A{"password": "new"}, nil},
		"the schema says so of an inner":  {A{"block": []any{}}, A{"block": []any{map[string]any{"mode": "m", "key": "new"}}}, nil},
		"the state says so":               {A{"name": "old"}, A{"name": "new"}, []string{"name"}},
		"the state says so of an inner":   {A{"steps": []any{"old"}}, A{"steps": nil}, []string{"steps[0]"}},
		"the state says so of the outer":  {A{"env": map[string]any{"a": "old"}}, A{"env": map[string]any{"a": "new"}}, []string{"env"}},
		"the key says so":                 {A{"env": map[string]any{"DB_PASSWORD": "old"}}, A{"env": map[string]any{"DB_PASSWORD": "new"}}, nil},
		"the key says so, with a dot":     {A{"env": map[string]any{"token.x": "old"}}, A{"env": map[string]any{"token.x": "new"}}, nil},
		"the key of a tag says so":        {A{"tags": map[string]any{"ApiToken": "old"}}, A{"tags_all": map[string]any{"ApiToken": "new"}}, nil},
		"the key of a new tag says so":    {A{"tags": map[string]any{}}, A{"tags_all": map[string]any{"db.password": "new"}}, nil},
		"the new value is a private key":  {A{"name": "old"}, A{"name": "-----BEGIN RSA PRIVATE KEY-----\nnew"}, nil},
		"the old value is a URL's":        {A{"name": "postgres://app:old@db/x"}, A{"name": "x"}, nil},
		"a document has a named secret":   {A{"name": `{"db_password": "old"}`}, A{"name": `{"db_password": "new"}`}, nil},
		"a document has a name and value": {A{"name": `[{"name":"API_TOKEN","value":"old"}]`}, A{"name": `[]`}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := held("test_group", "g", tt.state)
			m.Sensitive = tt.marked
			r := drift.Compare([]resource.Managed{m}, cloud(has("test_group", "g", tt.cloud)), options())
			if len(r.Findings) != 1 || len(r.Findings[0].Changes) != 1 {
				t.Fatalf("findings %v, want one change", found(r))
			}
			if c := r.Findings[0].Changes[0]; !c.Sensitive || c.Before != nil || c.After != nil {
				t.Errorf("%+v shows a secret", c)
			}
		})
	}
}

func TestMissingOnlyWhereProven(t *testing.T) {
	g := func() resource.Managed { return held("test_group", "g", resource.Attrs{"name": "a"}) }
	edit := func(f func(*resource.Managed)) []resource.Managed { m := g(); f(&m); return []resource.Managed{m} }
	broken := func(reason string) *inventory.Inventory {
		inv := cloud()
		for i := range inv.Coverage {
			if inv.Coverage[i].Type == "test_group" {
				inv.Coverage[i].Complete, inv.Coverage[i].Reason = false, reason
			}
		}
		return inv
	}
	two := cloud()
	two.Coverage = append(two.Coverage, inventory.Coverage{Type: "test_group", Account: "1", Region: "r2", Reason: "denied there"})
	tests := map[string]struct {
		managed []resource.Managed
		inv     *inventory.Inventory
		want    string // the reason; empty for missing
	}{
		"listed completely":               {[]resource.Managed{g()}, cloud(), ""},
		"the listing broke off":           {[]resource.Managed{g()}, broken("access denied: allow x"), "access denied: allow x"},
		"another region's broke off":      {[]resource.Managed{g()}, two, ""},
		"the region is unknown":           {edit(func(m *resource.Managed) { m.Key.Region = "" }), cloud(), "does not say its region"},
		"unknown region, one broke off":   {edit(func(m *resource.Managed) { m.Key.Region = "" }), two, "denied there"},
		"the account is unknown":          {edit(func(m *resource.Managed) { m.Key.Account = "" }), cloud(), "does not say its account"},
		"another account":                 {edit(func(m *resource.Managed) { m.Key.Account = "2" }), cloud(), "account 2 was not looked at: the credentials are for 1"},
		"another region":                  {edit(func(m *resource.Managed) { m.Key.Region = "q" }), cloud(), "region q was not looked at"},
		"the state does not say which":    {edit(func(m *resource.Managed) { m.Key.ID = "" }), cloud(), "does not say which one"},
		"no reader":                       {edit(func(m *resource.Managed) { m.Key.Type = "test_other" }), cloud(), "no reader"},
		"the inventory lacks the type":    {[]resource.Managed{g()}, &inventory.Inventory{}, "does not cover test_group"},
		"nobody could connect":            {[]resource.Managed{g()}, &inventory.Inventory{Coverage: []inventory.Coverage{{Type: "test_group", Reason: "no credentials"}}}, "no credentials"},
		"a global type needs no region":   {[]resource.Managed{held("test_role", "x", resource.Attrs{"name": "x"})}, cloud(), ""},
		"several objects, one of them is": {[]resource.Managed{held("test_old_rule", "", resource.Attrs{"group": "g", "keys": []any{"k1", "k2"}})}, cloud(has("test_old_rule", "k1", resource.Attrs{"group": "g"})), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Unmanaged = false
			r := drift.Compare(tt.managed, tt.inv, o)
			if len(r.Findings) != 1 {
				t.Fatalf("findings %v, want one", found(r))
			}
			f := r.Findings[0]
			if tt.want == "" {
				if f.Kind != drift.Missing || r.Verdict != drift.Drift {
					t.Errorf("%s (%s), want missing", f.Kind, f.Reason)
				}
				return
			}
			if f.Kind != drift.Unchecked || !strings.Contains(f.Reason, tt.want) || r.Verdict != drift.Incomplete {
				t.Errorf("%s (%s), want unchecked for %q", f.Kind, f.Reason, tt.want)
			}
		})
	}
}

func TestSeveralPlaces(t *testing.T) {
	here, there := has("test_group", "g", resource.Attrs{"name": "a"}), has("test_group", "g", resource.Attrs{"name": "b"})
	there.Key.Region = "r2"
	inv := cloud(here, there)
	inv.Coverage = append(inv.Coverage, inventory.Coverage{Type: "test_group", Account: "1", Region: "r2", Complete: true})
	m := held("test_group", "g", resource.Attrs{"name": "a"})
	expect(t, drift.Compare([]resource.Managed{m}, inv, options()), drift.Drift, "unmanaged test_group/g")
	// Which of them is managed is not known, so neither is managed by nobody.
	m.Key.Region = ""
	expect(t, drift.Compare([]resource.Managed{m}, inv, options()), drift.Incomplete, "unchecked test_group.g")
}

func TestOwnership(t *testing.T) {
	type A = resource.Attrs
	rule := func(port float64) map[string]any { return map[string]any{"port": port} }
	group := func(rules ...any) resource.Managed { return held("test_group", "g", A{"name": "g", "rules": rules}) }
	inCloud := func(rules ...any) resource.Resource { return has("test_group", "g", A{"name": "g", "rules": rules}) }
	apiRule := func(id string) resource.Resource {
		r := has("test_rule", id, A{"group": "g", "port": 1.0})
		r.Object = id
		return r
	}
	oldRule := func(id, object, note string) resource.Resource {
		r := has("test_old_rule", id, A{"group": "g", "note": note})
		r.Object = object
		return r
	}
	child := held("test_rule", "r1", A{"group": "g", "port": 1.0})
	old := held("test_old_rule", "", A{"group": "g", "note": "n", "keys": []any{"k1", "k2"}})
	tests := map[string]struct {
		managed []resource.Managed
		cloud   []resource.Resource
		quiet   bool // without --unmanaged
		want    []string
	}{
		"inline, in sync":                       {[]resource.Managed{group(rule(1))}, []resource.Resource{inCloud(rule(1)), apiRule("r1")}, false, nil},
		"inline, one added":                     {[]resource.Managed{group(rule(1))}, []resource.Resource{inCloud(rule(1), rule(2)), apiRule("r1"), apiRule("r2")}, false, []string{"changed test_group.g rules[1]"}},
		"children, in sync":                     {[]resource.Managed{group(), child}, []resource.Resource{inCloud(rule(1)), apiRule("r1")}, false, nil},
		"children, one added beside":            {[]resource.Managed{group(), child}, []resource.Resource{inCloud(rule(1), rule(2)), apiRule("r1"), apiRule("r2")}, false, []string{"unmanaged test_rule/r2"}},
		"the same where unmanaged is not asked": {[]resource.Managed{group(), child}, []resource.Resource{inCloud(rule(1), rule(2)), apiRule("r1"), apiRule("r2")}, true, []string{"unmanaged test_rule/r2"}},
		"children, one removed":                 {[]resource.Managed{group(rule(1)), child}, []resource.Resource{inCloud()}, false, []string{"missing test_rule.r1"}},
		"an unmanaged parent has its children":  {nil, []resource.Resource{inCloud(rule(1)), apiRule("r1")}, false, []string{"unmanaged test_group/g"}},
		"a child of a foreign parent":           {[]resource.Managed{child}, []resource.Resource{inCloud(rule(1), rule(2)), apiRule("r1"), apiRule("r2")}, false, []string{"unmanaged test_group/g"}},
		"two views, managed by one":             {[]resource.Managed{group(), old}, []resource.Resource{inCloud(rule(1)), apiRule("r1"), apiRule("r2"), oldRule("k1", "r1", "n"), oldRule("k2", "r2", "n")}, false, nil},
		"two views, one added":                  {[]resource.Managed{group(), old}, []resource.Resource{inCloud(rule(1)), apiRule("r1"), apiRule("r2"), apiRule("r3"), oldRule("k1", "r1", "n"), oldRule("k2", "r2", "n"), oldRule("k3", "r3", "n")}, false, []string{"unmanaged test_rule/r3"}},
		"one of several objects differs":        {[]resource.Managed{group(), old}, []resource.Resource{inCloud(), oldRule("k1", "r1", "n"), oldRule("k2", "r2", "other")}, false, []string{"changed test_old_rule. note"}},
		"a child that cannot be read": {[]resource.Managed{held("test_group", "g", A{"names": []any{}}), held("test_unread", "u", A{"group": "g"})},
			[]resource.Resource{has("test_group", "g", A{"names": []any{"x"}})}, false, []string{"unchecked test_unread.u"}},
		"a note beside a managed parent": {[]resource.Managed{group()}, []resource.Resource{inCloud(), has("test_note", "n", A{"group": "g"})}, false, []string{"unmanaged test_note/n"}},
		"the same where nobody asks":     {[]resource.Managed{group()}, []resource.Resource{inCloud(), has("test_note", "n", A{"group": "g"})}, true, nil},
		"a note of an unmanaged parent":  {nil, []resource.Resource{inCloud(), has("test_note", "n", A{"group": "g"})}, false, []string{"unmanaged test_group/g"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Unmanaged = !tt.quiet
			verdict := drift.Clean
			if len(tt.want) > 0 {
				verdict = drift.Drift
			}
			if len(tt.want) > 0 && strings.HasPrefix(tt.want[0], "unchecked") {
				verdict = drift.Incomplete
			}
			expect(t, drift.Compare(tt.managed, cloud(tt.cloud...), o), verdict, tt.want...)
		})
	}
}

func TestUnmanaged(t *testing.T) {
	made := has("test_group", "default", resource.Attrs{"name": "d"})
	made.Default = true
	inv := cloud(made, has("test_group", "g", resource.Attrs{"name": "g"}))
	expect(t, drift.Compare(nil, inv, options()), drift.Drift, "unmanaged test_group/g")

	data := held("test_group", "g", resource.Attrs{"name": "g"})
	data.Data = true
	expect(t, drift.Compare([]resource.Managed{data}, inv, options()), drift.Drift, "unmanaged test_group/g")

	o := options()
	o.Unmanaged = false
	expect(t, drift.Compare(nil, inv, o), drift.Clean)

	// What the cloud made can be managed all the same.
	expect(t, drift.Compare([]resource.Managed{held("test_group", "default", resource.Attrs{"name": "x"}), held("test_group", "g", resource.Attrs{"name": "g"})}, inv, options()),
		drift.Drift, "changed test_group.default name")
}

func TestBrokenListingsAreTold(t *testing.T) {
	inv := cloud()
	for i := range inv.Coverage {
		if inv.Coverage[i].Type == "test_role" || inv.Coverage[i].Type == "test_old_rule" {
			inv.Coverage[i].Complete, inv.Coverage[i].Reason = false, "denied"
		}
	}
	// Once for the type, and not for the second view of another type's objects.
	expect(t, drift.Compare(nil, inv, options()), drift.Incomplete, "unchecked test_role/")
	// Not again where a resource's finding names it.
	expect(t, drift.Compare([]resource.Managed{held("test_role", "x", resource.Attrs{"name": "x"})}, inv, options()), drift.Incomplete, "unchecked test_role.x")
	o := options()
	o.Unmanaged = false
	expect(t, drift.Compare(nil, inv, o), drift.Clean)
}

func TestGaps(t *testing.T) {
	r := has("test_group", "g", resource.Attrs{"name": "b"})
	r.Gaps = []resource.Gap{{Paths: []string{"policy", "size"}, Reason: "access denied: allow p"}, {Paths: []string{"env"}, Reason: "access denied: allow e"}}
	m := held("test_group", "g", resource.Attrs{"name": "a", "policy": "{}", "size": 1.0, "env": nil})
	report := drift.Compare([]resource.Managed{m}, cloud(r), options())
	expect(t, report, drift.Drift, "changed test_group.g name", "unchecked test_group.g")
	if got, want := report.Findings[1].Reason, "access denied: allow p; not compared: policy, size"; got != want {
		t.Errorf("reason %q, want %q", got, want)
	}
	if c := report.Coverage.Attributes; c.Checked != 1 || c.Total != 3 {
		t.Errorf("attributes %+v, want 1 of 3", c)
	}
}

func TestSummary(t *testing.T) {
	random := held("test_group", "", nil)
	random.Key = resource.Key{Type: "random_password", ID: "none"}
	managed := []resource.Managed{
		held("test_group", "a", resource.Attrs{"id": "a", "name": "a", "arn": "x", "size": 1.0, "kind": nil}),
		held("test_group", "b", resource.Attrs{"name": "b"}),
		held("test_role", "r", resource.Attrs{"name": "r"}),
		random,
	}
	o := options()
	o.Selected = func(k resource.Key) bool { return k.Type != "test_role" }
	r := drift.Compare(managed, cloud(has("test_group", "a", resource.Attrs{"name": "a"}), has("test_role", "other", nil)), o)
	expect(t, r, drift.Drift, "missing test_group.b")
	want := drift.Summary{Managed: 2, InSync: 1, Missing: 1, StateOnly: 1, LeftOut: 1}
	if r.Summary != want {
		t.Errorf("summary %+v, want %+v", r.Summary, want)
	}
	if c := r.Coverage; c.Types != (drift.Ratio{Checked: 1, Total: 1}) || c.Resources != (drift.Ratio{Checked: 2, Total: 2}) || c.Attributes != (drift.Ratio{Checked: 1, Total: 2}) {
		t.Errorf("coverage %+v", c)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	var managed []resource.Managed
	var resources []resource.Resource
	for _, id := range []string{"a", "b", "c", "d"} {
		managed = append(managed, held("test_group", id, resource.Attrs{"name": id, "env": map[string]any{"x": "1", "y": "2", "z": "3"}}))
		resources = append(resources, has("test_group", id+"x", resource.Attrs{"name": id}), has("test_group", id, resource.Attrs{"name": "other", "env": map[string]any{}}))
	}
	first := found(drift.Compare(managed, cloud(resources...), options()))
	slices.Reverse(managed)
	slices.Reverse(resources)
	if again := found(drift.Compare(managed, cloud(resources...), options())); !slices.Equal(first, again) {
		t.Errorf("%v\nand the other way round\n%v", first, again)
	}
	if len(first) != 8 {
		t.Errorf("%d findings, want 8: %v", len(first), first)
	}
}
