package drift

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// Options are what Compare has to know beside the two sides.
type Options struct {
	// Types are the readable types by name.
	Types map[string]resource.Type

	// Schemas are the providers' schemas.
	Schemas *schema.Schemas

	// States are those that the run was asked about, the managed resources' and
	// those that could not be read.
	States []State

	// Unmanaged asks for what no state manages. What was added beside managed
	// children of a managed parent is told of without it.
	Unmanaged bool

	// Selected restricts what is compared; nil selects everything. Whatever is
	// not selected still counts as managed.
	Selected func(resource.Key) bool
}

// Compare matches what the states hold with what the clouds have.
//
// The states must have been located (provider.Locate). Data sources are passed
// over. The result does not depend on the order of the arguments' elements.
func Compare(managed []resource.Managed, inv *inventory.Inventory, o Options) *Report {
	c := newComparison(managed, inv, o)
	for i := range managed {
		if !managed[i].Data {
			c.managed(&managed[i])
		}
	}
	c.states()
	c.unmanaged()
	c.listings()
	return c.finish()
}

// comparison is the state of one Compare.
type comparison struct {
	Options
	inv    *inventory.Inventory
	index  index
	owners owners
	rows   map[string][]int // type → rows of inv.Coverage

	matched []bool          // by position in inv.Resources
	objects map[string]bool // Objects that a state manages
	seen    map[string]bool // Objects and join keys that a listing of Any has no need to tell
	held    map[string]bool // of these, the states' join keys
	told    map[int]bool    // rows that some finding names

	report   Report
	unread   bool            // a state could not be read
	types    map[string]bool // the states' types → all of their resources checked
	accounts map[string]bool // accounts that were looked at
}

func newComparison(managed []resource.Managed, inv *inventory.Inventory, o Options) *comparison {
	c := &comparison{
		Options:  o,
		inv:      inv,
		index:    newIndex(inv.Resources),
		owners:   newOwners(managed, o.Types),
		rows:     map[string][]int{},
		matched:  make([]bool, len(inv.Resources)),
		objects:  map[string]bool{},
		told:     map[int]bool{},
		types:    map[string]bool{},
		accounts: map[string]bool{},
	}
	for i, row := range inv.Coverage {
		c.rows[row.Type] = append(c.rows[row.Type], i)
		if row.Account != "" {
			c.accounts[row.Account] = true
		}
	}
	if slices.ContainsFunc(inv.Resources, func(r resource.Resource) bool { return r.Via != "" }) {
		c.seen, c.held = known(managed, inv.Resources)
	}
	c.unread = slices.ContainsFunc(o.States, func(s State) bool { return s.Unread != "" })
	c.report.FormatVersion = FormatVersion
	c.report.Findings = []Finding{}
	return c
}

// known returns what is a state's or a reader's, of which a listing of whatever
// there is tells nothing new, and of that what is a state's.
func known(managed []resource.Managed, resources []resource.Resource) (ids, held map[string]bool) {
	ids, held = map[string]bool{}, map[string]bool{}
	for i := range managed {
		if m := &managed[i]; !m.Data && m.Key.ID != "" {
			ids[m.Key.ID], held[m.Key.ID] = true, true
		}
	}
	for i := range resources {
		if r := &resources[i]; r.Via == "" && r.Object != "" {
			ids[r.Object] = true
		}
	}
	return ids, held
}

// managed judges one resource of a state.
func (c *comparison) managed(m *resource.Managed) {
	found, gone, reason := c.find(m)
	for _, i := range found {
		c.matched[i] = true
		if o := c.inv.Resources[i].Object; o != "" {
			c.objects[o] = true
		}
	}
	if _, readable := c.Types[m.Key.Type]; !readable && m.Key.ID != "" {
		c.objects[m.Key.ID] = true // another type may show the same object
	}
	if c.Selected != nil && !c.Selected(m.Key) {
		c.report.Summary.LeftOut++
		return
	}
	if stateOnly(m) {
		c.report.Summary.StateOnly++
		return
	}
	c.report.Summary.Managed++
	switch {
	case reason != "":
		f := managedFinding(Unchecked, m)
		f.Reason = reason
		c.add(f)
		c.types[m.Key.Type] = false
	case len(gone) > 0:
		f := managedFinding(Missing, m)
		if len(found) > 0 {
			f.Reason = "part of it is gone: " + strings.Join(gone, ", ")
		}
		c.add(f)
		c.checked(m.Key.Type)
	default:
		c.matchedWith(m, found)
		c.checked(m.Key.Type)
	}
}

// matchedWith compares a resource of a state with the ones that the cloud has
// of it: several where it stands for several objects.
func (c *comparison) matchedWith(m *resource.Managed, found []int) {
	changed := managedFinding(Changed, m)
	first := &c.inv.Resources[found[0]]
	changed.Account, changed.Region = first.Key.Account, first.Key.Region
	gaps := map[string][]string{}
	a := c.attributes(m)
	for _, i := range found {
		r := &c.inv.Resources[i]
		a.compare(r)
		for _, g := range r.Gaps {
			if held := a.holds(g.Paths); len(held) > 0 {
				gaps[g.Reason] = append(gaps[g.Reason], held...)
			}
		}
	}
	changed.Changes = a.changes
	slices.SortStableFunc(changed.Changes, func(x, y Change) int { return cmp.Compare(x.Path, y.Path) })
	changed.Changes = slices.CompactFunc(changed.Changes, func(x, y Change) bool { return x.Path == y.Path })
	if a.replaced != "" {
		changed.Reason = fmt.Sprintf("replaced: %s is another one", a.replaced)
	}
	if len(changed.Changes) > 0 {
		c.add(changed)
	}
	for _, reason := range sortedKeys(gaps) {
		f := changed
		f.Kind, f.Changes = Unchecked, nil
		paths := gaps[reason]
		slices.Sort(paths)
		f.Reason = fmt.Sprintf("%s; not compared: %s", reason, strings.Join(slices.Compact(paths), ", "))
		c.add(f)
	}
	if len(changed.Changes) == 0 && len(gaps) == 0 {
		c.report.Summary.InSync++
	}
	c.report.Coverage.Attributes.Total += a.held
	c.report.Coverage.Attributes.Checked += a.compared
}

// find returns the positions of what the cloud has of m, and the join keys of it
// that are proven to be gone. A reason says that it cannot be told.
func (c *comparison) find(m *resource.Managed) (found []int, gone []string, reason string) {
	k := m.Key
	typ, known := c.Types[k.Type]
	switch {
	case !known:
		return nil, nil, "driftmgr has no reader for the type yet: see driftmgr types"
	case k.ID == "":
		return nil, nil, "the state does not say which one it is"
	}
	one := func(id string) {
		switch at := c.index.find(k, id); {
		case len(at) == 1:
			found = append(found, at[0])
		case len(at) > 1:
			found = append(found, at...) // one of them is managed: none is nobody's
			reason = id + " exists in several places and the state does not say which one it is"
		default:
			gone = append(gone, id)
		}
	}
	one(k.ID)
	for _, id := range m.More {
		one(id)
	}
	if len(gone) > 0 && reason == "" {
		reason = c.unproven(k, typ.Global)
	}
	return found, gone, reason
}

// unproven says why the absence of k from the inventory proves nothing; "" where
// it does.
func (c *comparison) unproven(k resource.Key, global bool) string {
	rows := c.rows[k.Type]
	if len(rows) == 0 {
		return "the inventory does not cover " + k.Type
	}
	proven := false
	inAccount, inRegion := false, false
	for _, i := range rows {
		row := c.inv.Coverage[i]
		if row.Account != "" && k.Account != "" && row.Account != k.Account {
			continue
		}
		inAccount = true
		if row.Account != "" && row.Region != "" && k.Region != "" && row.Region != k.Region {
			continue
		}
		inRegion = true
		if !row.Complete {
			c.told[i] = true
			return row.Reason
		}
		proven = true
	}
	switch {
	case !inAccount:
		return fmt.Sprintf("account %s was not looked at: the credentials are for %s", k.Account, strings.Join(sortedKeys(c.accounts), ", "))
	case !inRegion:
		return fmt.Sprintf("region %s was not looked at", k.Region)
	case k.Region == "" && !global:
		return "not found, and the state does not say its region: name it with --region"
	case k.Account == "":
		return "not found, and the state does not say its account"
	case !proven:
		return "not looked at"
	}
	return ""
}

// unmanaged tells of what no state has.
func (c *comparison) unmanaged() {
	for i := range c.inv.Resources {
		r := &c.inv.Resources[i]
		typ, known := c.Types[cmp.Or(r.Via, r.Key.Type)]
		switch {
		case c.matched[i], r.Default, !known, typ.Facet:
			continue
		case r.Via != "" && (c.seen[r.Object] || r.Within != "" && !c.held[r.Within]):
			continue
		case r.Object != "" && c.objects[r.Object]:
			continue
		case c.Selected != nil && !c.Selected(r.Key):
			continue
		case !c.owners.tell(typ, r, c.Unmanaged):
			continue
		}
		if r.Object != "" {
			c.objects[r.Object] = true
		}
		c.add(c.nobodys(r))
	}
}

// listings tells of the listings that broke off, where no resource's finding
// did: what nobody manages there is unknown.
func (c *comparison) listings() {
	for i, row := range c.inv.Coverage {
		k := resource.Key{Type: row.Type, Account: row.Account, Region: row.Region}
		switch {
		case row.Complete, c.told[i], !c.Unmanaged:
			continue
		case row.Off && !c.Types[row.Type].Any:
			continue
		case row.Off:
			c.report.Warnings = append(c.report.Warnings, Warning{
				Account: row.Account,
				Message: "what nobody manages was looked for only among the types that have a reader: " + row.Reason,
			})
			continue
		case c.Types[row.Type].Facet, c.Selected != nil && !c.Selected(k):
			continue
		}
		f := finding(Unchecked, k)
		f.Reason = row.Reason
		c.add(f)
	}
}

func (c *comparison) add(f Finding) { c.report.Findings = append(c.report.Findings, f) }

func (c *comparison) checked(typ string) {
	if _, ok := c.types[typ]; !ok {
		c.types[typ] = true
	}
	c.report.Coverage.Resources.Checked++
}

func (c *comparison) finish() *Report {
	r := &c.report
	s := &r.Summary
	r.Verdict = Clean
	for _, f := range r.Findings {
		switch f.Kind {
		case Changed:
			s.Changed++
		case Missing:
			s.Missing++
		case Unmanaged:
			s.Unmanaged++
		case Unchecked:
			s.Unchecked++
		}
	}
	switch {
	case s.Changed+s.Missing+s.Unmanaged > 0:
		r.Verdict = Drift
	case s.Unchecked > 0:
		r.Verdict = Incomplete
	}
	slices.SortStableFunc(r.Findings, compareFindings)
	slices.SortStableFunc(r.Warnings, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Account, b.Account), strings.Compare(a.Message, b.Message))
	})
	for _, complete := range c.types {
		r.Coverage.Types.Total++
		if complete {
			r.Coverage.Types.Checked++
		}
	}
	r.Coverage.Resources.Total = s.Managed
	r.Coverage.Listings = c.inv.Coverage
	if r.Coverage.Listings == nil {
		r.Coverage.Listings = []inventory.Coverage{}
	}
	return r
}

func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(slices.Index(Kinds(), a.Kind), slices.Index(Kinds(), b.Kind)),
		cmp.Compare(a.Source, b.Source),
		cmp.Compare(a.Address, b.Address),
		cmp.Compare(a.Type, b.Type),
		cmp.Compare(a.Account, b.Account),
		cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.Reason, b.Reason),
	)
}

// stateOnlyProviders make resources that live in the state and nowhere else, so
// there is nothing to compare them with.
var stateOnlyProviders = []string{"null", "random", "terraform", "time", "tls"}

func stateOnly(m *resource.Managed) bool {
	return slices.Contains(stateOnlyProviders, providerOf(m.Key.Type))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
