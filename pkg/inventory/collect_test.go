package inventory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// tiny is a cloud in memory: one account, regions, pages of two, calls that can
// fail.
type tiny struct {
	things []thing

	// fault is asked before each call and may block; nil is none.
	fault func(call string) error

	stats *provider.Stats

	mu      sync.Mutex
	calls   map[string]int
	queries map[string]provider.Query // "TYPE REGION" → what was asked
	running int
	most    int // calls that were under way at once
}

// thing is what the cloud has. Its region is empty where it lives once per
// account.
type thing struct {
	typ, region, id, parent string
	details                 resource.Attrs
}

const tinyAccount = "acc"

var (
	errDenied = errors.New("denied")
	errGone   = errors.New("gone")
	errBroken = errors.New("the cloud is broken")
)

// call is one request to the cloud.
func (w *tiny) call(ctx context.Context, name string) error {
	w.mu.Lock()
	w.calls[name]++
	w.running++
	w.most = max(w.most, w.running)
	w.mu.Unlock()
	w.stats.Call(name, false, 1)
	defer func() {
		w.mu.Lock()
		w.running--
		w.mu.Unlock()
	}()
	if w.fault != nil {
		if err := w.fault(name); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// called returns the calls whose names begin with prefix, sorted.
func (w *tiny) called(prefix string) []string {
	var out []string
	for name := range w.calls {
		if strings.HasPrefix(name, prefix) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// place is the connection to a scope.
type tinyScope struct {
	w      *tiny
	region string
}

const pageSize = 2

func (s tinyScope) list(ctx context.Context, typ string, q provider.Query) iter.Seq2[thing, error] {
	where := s.region
	if where == "" {
		where = "-"
	}
	s.w.mu.Lock()
	s.w.queries[typ+" "+where] = q
	s.w.mu.Unlock()
	return func(yield func(thing, error) bool) {
		var found []thing
		for _, th := range s.w.things {
			if th.typ == typ && th.region == s.region && (q.Wanted == nil || slices.Contains(q.Wanted, th.id)) {
				found = append(found, th)
			}
		}
		for page := 1; page == 1 || len(found) > 0; page++ {
			if err := s.w.call(ctx, fmt.Sprintf("list %s %s %d", typ, where, page)); err != nil {
				yield(thing{}, err)
				return
			}
			for _, th := range found[:min(pageSize, len(found))] {
				if !yield(th, nil) {
					return
				}
			}
			found = found[min(pageSize, len(found)):]
		}
	}
}

func (w *tiny) Name() string                                         { return "t" }
func (w *tiny) Locate([]resource.Managed, []resource.ProviderConfig) {}

func (w *tiny) Actions() []string { return []string{"t:Who"} }

func (w *tiny) Identify(context.Context) (provider.Identity, error) {
	return provider.Identity{Account: tinyAccount}, nil
}

func (w *tiny) Types() []provider.Type {
	define := func(s provider.Spec[tinyScope, thing]) provider.Type {
		s.Actions = []string{"t:List" + s.Name}
		s.List = func(ctx context.Context, c tinyScope, q provider.Query) iter.Seq2[thing, error] {
			return c.list(ctx, s.Name, q)
		}
		s.ID = func(th thing) string { return th.id }
		s.Attrs = func(th thing) resource.Attrs { return resource.Attrs{"name": th.id, "network_id": th.parent} }
		return provider.Define(s)
	}
	detail := func(name string, paths ...string) provider.Detail[tinyScope, thing] {
		return provider.Detail[tinyScope, thing]{Action: "t:Get" + name, Paths: paths, Read: func(ctx context.Context, c tinyScope, th thing) (resource.Attrs, error) {
			if err := c.w.call(ctx, name+" "+th.id); err != nil {
				return nil, err
			}
			a := resource.Attrs{}
			for _, p := range paths {
				a[p] = th.details[p]
			}
			return a, nil
		}}
	}
	rule := []resource.ChildOf{{Parent: "t_network", Ref: "network_id", Path: "rule"}}
	return []provider.Type{
		define(provider.Spec[tinyScope, thing]{Name: "t_network"}),
		define(provider.Spec[tinyScope, thing]{Name: "t_rule", ChildOf: rule}),
		define(provider.Spec[tinyScope, thing]{Name: "t_other_rule", ChildOf: rule}),
		define(provider.Spec[tinyScope, thing]{Name: "t_rule_view", ChildOf: rule, Facet: true}),
		define(provider.Spec[tinyScope, thing]{Name: "t_route", ChildOf: []resource.ChildOf{{Parent: "t_network", Ref: "network_id", Path: "route"}}}),
		define(provider.Spec[tinyScope, thing]{Name: "t_setting", ChildOf: []resource.ChildOf{{Parent: "t_network", Ref: "network_id"}}}),
		define(provider.Spec[tinyScope, thing]{Name: "t_disk", Details: []provider.Detail[tinyScope, thing]{
			detail("size", "size"), detail("speed", "iops", "throughput"),
		}}),
		define(provider.Spec[tinyScope, thing]{Name: "t_role", Global: true}),
	}
}

func (w *tiny) Connect(ctx context.Context, want provider.Want) ([]provider.Scope, error) {
	if err := w.call(ctx, "connect "+strings.Join(want.Accounts(), ",")+" "+strings.Join(want.Regions(tinyAccount), ",")+" "+strings.Join(want.Only, ",")); err != nil {
		return nil, err
	}
	regions := want.Only
	if len(regions) == 0 {
		regions = []string{"r1", "r2"}
	}
	scopes := []provider.Scope{{Account: tinyAccount, Conn: tinyScope{w, ""}}}
	for _, account := range want.Accounts() {
		if account != tinyAccount {
			scopes = append(scopes, provider.Scope{Account: account, Err: errDenied})
		}
	}
	for _, r := range regions {
		scopes = append(scopes, provider.Scope{Account: tinyAccount, Region: r, Conn: tinyScope{w, r}})
	}
	return scopes, nil
}

func (w *tiny) Explain(err error) provider.Failure {
	switch {
	case errors.Is(err, errDenied):
		return provider.Failure{Kind: provider.Denied, Action: "t:Read"}
	case errors.Is(err, errGone):
		return provider.Failure{Kind: provider.NotFound, Detail: "gone"}
	}
	return provider.Failure{Kind: provider.Unavailable, Detail: err.Error()}
}

// world has five networks in r1 and three in r2, some children, disks and roles.
func world() *tiny {
	w := &tiny{stats: &provider.Stats{}, calls: map[string]int{}, queries: map[string]provider.Query{}}
	add := func(typ, region, id, parent string) {
		w.things = append(w.things, thing{typ: typ, region: region, id: id, parent: parent, details: resource.Attrs{"size": 8.0, "iops": 100.0, "throughput": nil}})
	}
	for i := range 5 {
		add("t_network", "r1", fmt.Sprintf("n%d", 5-i), "")
	}
	for i := range 3 {
		add("t_network", "r2", fmt.Sprintf("m%d", i), "")
	}
	add("t_rule", "r1", "rule1", "n1")
	add("t_rule", "r1", "rule2", "n2")
	add("t_other_rule", "r1", "other1", "n1")
	add("t_rule_view", "r1", "view1", "n1")
	add("t_route", "r1", "route1", "n1")
	add("t_setting", "r1", "setting1", "n1")
	for i := range 4 {
		add("t_disk", "r1", fmt.Sprintf("d%d", i), "")
	}
	add("t_role", "", "admin", "")
	return w
}

type request struct {
	ctx                   context.Context
	unmanaged, everything bool
	managed               []resource.Managed
	depth                 provider.Depth
	types                 func(string) bool
	regions               []string
	parallel              int
	fault                 func(call string) error
	progress              func(Progress)
}

func collect(t *testing.T, w *tiny, r request) *Inventory {
	t.Helper()
	w.fault = r.fault
	if r.ctx == nil {
		r.ctx = t.Context()
	}
	if r.depth == "" {
		r.depth = provider.DepthFull
	}
	now := noon.Add(400 * time.Millisecond).In(time.FixedZone("CET", 3600))
	return Collect(r.ctx, Request{
		Providers: []provider.Provider{w}, Managed: r.managed, Unmanaged: r.unmanaged, Everything: r.everything,
		Depth: r.depth, Type: r.types, Regions: r.regions, Parallel: r.parallel, Progress: r.progress, Stats: w.stats,
		Now: func() time.Time {
			defer func() { now = now.Add(1500 * time.Millisecond) }()
			return now
		},
	})
}

func held(typ, region, id string, a resource.Attrs) resource.Managed {
	return resource.Managed{Key: resource.Key{Type: typ, Account: tinyAccount, Region: region, ID: id}, Address: typ + "." + id, Source: "s", Attrs: a}
}

func failing(call string, err error) func(string) error {
	return func(c string) error {
		if c == call {
			return err
		}
		return nil
	}
}

func (inv *Inventory) ids(typ string) []string {
	var out []string
	for _, r := range inv.Resources {
		if r.Key.Type == typ {
			out = append(out, r.Key.ID)
		}
	}
	return out
}

func (inv *Inventory) row(t *testing.T, typ, region string) Coverage {
	t.Helper()
	for _, c := range inv.Coverage {
		if c.Type == typ && c.Region == region {
			return c
		}
	}
	t.Fatalf("no row of %s in %q: %+v", typ, region, inv.Coverage)
	panic("unreachable")
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v; want %+v", what, got, want)
	}
}

func TestCollectUnmanaged(t *testing.T) {
	w := world()
	inv := collect(t, w, request{unmanaged: true, parallel: 4})

	equal(t, "networks", inv.ids("t_network"), []string{"n1", "n2", "n3", "n4", "n5", "m0", "m1", "m2"})
	// All but the facet: its object is told of as a t_rule.
	equal(t, "resources", len(inv.Resources), len(w.things)-1)
	equal(t, "rows", len(inv.Coverage), 6*2+1)
	for _, row := range inv.Coverage {
		if !row.Complete || row.Targeted || row.Reason != "" || row.Account != tinyAccount {
			t.Errorf("%+v", row)
		}
	}
	equal(t, "row", inv.row(t, "t_network", "r1"), Coverage{Type: "t_network", Account: tinyAccount, Region: "r1", Complete: true, Listed: 5})
	equal(t, "row of what lives once", inv.row(t, "t_role", ""), Coverage{Type: "t_role", Account: tinyAccount, Complete: true, Listed: 1})
	equal(t, "pages", w.called("list t_network r1"), []string{"list t_network r1 1", "list t_network r1 2", "list t_network r1 3"})
	equal(t, "the key is completed", inv.Resources[len(inv.Resources)-1].Key.Account, tinyAccount)
	equal(t, "details of what no state holds", append(w.called("size "), w.called("speed ")...), nil)
	equal(t, "format version", inv.FormatVersion, FormatVersion)
	equal(t, "taken at", inv.TakenAt, noon)
	equal(t, "took", inv.Stats.Seconds, 1.5)
	total := 0
	for _, n := range w.calls {
		total += n
	}
	equal(t, "stats", inv.Stats.Total, total)
}

func TestCollectPartialListing(t *testing.T) {
	w := world()
	inv := collect(t, w, request{unmanaged: true, parallel: 4, fault: failing("list t_network r1 2", errBroken)})

	equal(t, "what was read stays", inv.ids("t_network"), []string{"n4", "n5", "m0", "m1", "m2"})
	equal(t, "row", inv.row(t, "t_network", "r1"),
		Coverage{Type: "t_network", Account: tinyAccount, Region: "r1", Listed: 2, Reason: "the cloud is broken"})
	equal(t, "pages", w.called("list t_network r1"), []string{"list t_network r1 1", "list t_network r1 2"})
	incomplete := 0
	for _, row := range inv.Coverage {
		if !row.Complete {
			incomplete++
		}
	}
	equal(t, "incomplete rows", incomplete, 1)
}

func TestCollectDeniedType(t *testing.T) {
	inv := collect(t, world(), request{unmanaged: true, parallel: 4, fault: func(call string) error {
		if strings.HasPrefix(call, "list t_disk ") {
			return errDenied
		}
		return nil
	}})
	for _, region := range []string{"r1", "r2"} {
		equal(t, "row", inv.row(t, "t_disk", region), Coverage{Type: "t_disk", Account: tinyAccount, Region: region, Reason: "access denied: allow t:Read"})
	}
	equal(t, "the others", len(inv.ids("t_network")), 8)
	equal(t, "a complete row", inv.row(t, "t_network", "r1").Complete, true)
}

// Only the account's listing can say that a resource is gone. One that vanishes
// between the listing and its detail is as gone as if it had not been listed.
func TestCollectVanished(t *testing.T) {
	managed := []resource.Managed{held("t_disk", "r1", "d1", resource.Attrs{"size": 8.0}), held("t_disk", "r1", "d2", resource.Attrs{"size": 8.0})}
	inv := collect(t, world(), request{managed: managed, parallel: 4, fault: failing("size d1", errGone)})
	equal(t, "disks", inv.ids("t_disk"), []string{"d2"})
	equal(t, "row", inv.row(t, "t_disk", "r1"), Coverage{Type: "t_disk", Account: tinyAccount, Region: "r1", Complete: true, Targeted: true, Listed: 1})
}

// A listing that ends with "not found" proves nothing.
func TestCollectListingNotFound(t *testing.T) {
	inv := collect(t, world(), request{unmanaged: true, fault: failing("list t_disk r1 1", errGone)})
	equal(t, "row", inv.row(t, "t_disk", "r1"), Coverage{Type: "t_disk", Account: tinyAccount, Region: "r1", Reason: "gone"})
}

func TestCollectDetailFails(t *testing.T) {
	managed := []resource.Managed{held("t_disk", "r1", "d1", resource.Attrs{"size": 8.0, "iops": 100.0})}
	inv := collect(t, world(), request{managed: managed, fault: failing("speed d1", errDenied)})
	equal(t, "disks", len(inv.Resources), 1)
	equal(t, "attributes", inv.Resources[0].Attrs, resource.Attrs{"name": "d1", "network_id": "", "size": 8.0})
	equal(t, "gaps", inv.Resources[0].Gaps, []resource.Gap{{Paths: []string{"iops", "throughput"}, Reason: "access denied: allow t:Read"}})
	equal(t, "row", inv.row(t, "t_disk", "r1").Complete, true)
}

func TestCollectDetails(t *testing.T) {
	managed := []resource.Managed{
		held("t_disk", "r1", "d1", resource.Attrs{"size": 8.0, "iops": nil}),
		held("t_disk", "r1", "d2", resource.Attrs{"throughput": 125.0}),
		held("t_disk", "r1", "d3", resource.Attrs{"name": "d3"}),
		held("t_disk", "r2", "d0", resource.Attrs{"size": 8.0}), // there is none in r2
	}
	for _, tt := range []struct {
		name       string
		depth      provider.Depth
		everything bool
		managed    []resource.Managed
		want       []string
	}{
		{"only those that fill a path that a state holds", provider.DepthFull, false, managed, []string{"size d1", "speed d2"}},
		{"none in the depth list", provider.DepthList, false, managed, nil},
		{"none without a state", provider.DepthFull, false, nil, nil},
		{"all for an inventory", provider.DepthFull, true, nil, []string{"size d0", "size d1", "size d2", "size d3", "speed d0", "speed d1", "speed d2", "speed d3"}},
		{"none for an inventory in the depth list", provider.DepthList, true, managed, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world()
			inv := collect(t, w, request{unmanaged: true, everything: tt.everything, managed: tt.managed, depth: tt.depth, parallel: 3})
			equal(t, "calls", append(w.called("size "), w.called("speed ")...), tt.want)
			for name, n := range w.calls {
				if n != 1 {
					t.Errorf("%s was called %d times", name, n)
				}
			}
			equal(t, "disks", inv.ids("t_disk"), []string{"d0", "d1", "d2", "d3"})
			for _, r := range inv.Resources {
				_, size := r.Attrs["size"]
				equal(t, r.Key.ID+" has a size", size, slices.Contains(tt.want, "size "+r.Key.ID))
				equal(t, r.Key.ID+"'s gaps", r.Gaps, nil)
			}
			equal(t, "the depth in the query", w.queries["t_disk r1"].Depth, tt.depth)
			equal(t, "everything in the query", w.queries["t_disk r1"].Everything, tt.everything)
		})
	}
}

// Without unmanaged resources, a listing asks for what the states name, and a
// type that they do not have is not read.
func TestCollectTargeted(t *testing.T) {
	w := world()
	more := held("t_network", "r1", "n3", nil)
	more.More = []string{"n1", "n9"}
	data := held("t_disk", "r1", "d1", nil)
	data.Data = true
	inv := collect(t, w, request{managed: []resource.Managed{held("t_network", "r1", "n5", nil), more, data}})

	equal(t, "networks", inv.ids("t_network"), []string{"n1", "n3", "n5"})
	equal(t, "wanted", w.queries["t_network r1"].Wanted, []string{"n1", "n3", "n5", "n9"})
	equal(t, "rows", inv.Coverage, []Coverage{
		{Type: "t_network", Account: tinyAccount, Region: "r1", Complete: true, Targeted: true, Listed: 3},
		{Type: "t_network", Account: tinyAccount, Region: "r2", Complete: true, Targeted: true},
	})
	equal(t, "calls", w.called(""), []string{"connect acc r1 ", "list t_network r1 1", "list t_network r1 2"})
	equal(t, "what the states hold", len(w.queries["t_network r1"].Held("t_network")), 2)
	equal(t, "data sources are not held", len(w.queries["t_network r1"].Held("t_disk")), 0)
}

// What does not say where it is, is looked for everywhere.
func TestCollectUnknownPlace(t *testing.T) {
	w := world()
	nowhere := held("t_network", "", "n1", nil)
	nowhere.Key.Account = ""
	region := held("t_network", "", "m1", nil)
	collect(t, w, request{managed: []resource.Managed{nowhere, region, held("t_network", "r2", "m2", nil)}})
	equal(t, "wanted in r1", w.queries["t_network r1"].Wanted, []string{"m1", "n1"})
	equal(t, "wanted in r2", w.queries["t_network r2"].Wanted, []string{"m1", "m2", "n1"})
}

// What was added beside managed children is told of even where unmanaged
// resources were not asked for, so their types are listed whole.
func TestCollectBesideChildren(t *testing.T) {
	w := world()
	inv := collect(t, w, request{managed: []resource.Managed{held("t_rule", "r1", "rule1", nil)}, regions: []string{"r1"}})
	var got []string
	for _, row := range inv.Coverage {
		got = append(got, fmt.Sprintf("%s %t", row.Type, row.Targeted))
	}
	equal(t, "types, and whether only what is named", got, []string{"t_other_rule false", "t_rule false"})
	equal(t, "rules", inv.ids("t_rule"), []string{"rule1", "rule2"})
	equal(t, "others", inv.ids("t_other_rule"), []string{"other1"})

	// A facet is a second view: nobody is told of it twice, so it needs no more
	// than what the states name.
	w = world()
	inv = collect(t, w, request{managed: []resource.Managed{held("t_rule_view", "r1", "view1", nil)}, regions: []string{"r1"}})
	equal(t, "facet", inv.row(t, "t_rule_view", "r1").Targeted, true)
	equal(t, "beside a facet", inv.row(t, "t_rule", "r1").Targeted, false)

	// Where the parent shows nothing, nobody would see what was added.
	inv = collect(t, world(), request{managed: []resource.Managed{held("t_setting", "r1", "setting1", nil)}, regions: []string{"r1"}})
	equal(t, "setting", inv.Coverage, []Coverage{{Type: "t_setting", Account: tinyAccount, Region: "r1", Complete: true, Targeted: true, Listed: 1}})
}

func TestCollectSelection(t *testing.T) {
	w := world()
	inv := collect(t, w, request{unmanaged: true, types: func(name string) bool { return name == "t_disk" }, regions: []string{"r2"}})
	equal(t, "rows", inv.Coverage, []Coverage{{Type: "t_disk", Account: tinyAccount, Region: "r2", Complete: true}})
	equal(t, "calls", w.called(""), []string{"connect   r2", "list t_disk r2 1"})

	w = world()
	inv = collect(t, w, request{unmanaged: true, types: func(string) bool { return false }})
	equal(t, "no type: rows", inv.Coverage, nil)
	equal(t, "no type: calls", w.called(""), nil)
}

func TestCollectCannotConnect(t *testing.T) {
	managed := []resource.Managed{held("t_network", "r1", "n1", nil), held("t_role", "", "admin", nil)}
	var progress []Progress
	inv := collect(t, world(), request{managed: managed, fault: func(string) error { return errBroken }, progress: func(p Progress) { progress = append(progress, p) }})
	equal(t, "rows", inv.Coverage, []Coverage{
		{Type: "t_network", Reason: "the cloud is broken"},
		{Type: "t_role", Reason: "the cloud is broken"},
	})
	equal(t, "resources", len(inv.Resources), 0)
	for i, p := range progress {
		if p.Done != i+1 || p.Listings < p.Done {
			t.Errorf("progress %+v", p)
		}
	}
}

// An account that cannot be entered leaves the others alone, and no call is made
// for it.
func TestCollectClosedAccount(t *testing.T) {
	elsewhere := held("t_disk", "r1", "x", nil)
	elsewhere.Key.Account = "closed"
	w := world()
	inv := collect(t, w, request{managed: []resource.Managed{held("t_disk", "r1", "n1", nil), elsewhere}})
	equal(t, "rows", inv.Coverage, []Coverage{
		{Type: "t_disk", Account: tinyAccount, Region: "r1", Complete: true, Targeted: true},
		{Type: "t_disk", Account: tinyAccount, Region: "r2", Complete: true, Targeted: true},
		{Type: "t_disk", Account: "closed", Reason: "access denied: allow t:Read"},
	})
	equal(t, "connect", w.called("connect"), []string{"connect acc,closed r1 "})
}

// One provider that cannot be reached leaves the others alone.
func TestCollectTwoProviders(t *testing.T) {
	good, bad := world(), world()
	bad.fault = func(string) error { return errBroken }
	for _, providers := range [][]provider.Provider{{good, bad}, {bad, good}} {
		inv := Collect(t.Context(), Request{Providers: providers, Unmanaged: true, Depth: provider.DepthFull, Parallel: 2, Stats: good.stats, Now: time.Now,
			Type: func(name string) bool { return name == "t_role" }})
		equal(t, "rows", inv.Coverage, []Coverage{
			{Type: "t_role", Reason: "the cloud is broken"},
			{Type: "t_role", Account: tinyAccount, Complete: true, Listed: 1},
		})
	}
}

// large has more of everything than fits in any pool.
func large() (*tiny, []resource.Managed) {
	w := world()
	var managed []resource.Managed
	for _, region := range []string{"r1", "r2"} {
		for i := range 150 {
			id := fmt.Sprintf("%s-disk%03d", region, i)
			w.things = append(w.things, thing{typ: "t_disk", region: region, id: id, details: resource.Attrs{"size": float64(i), "iops": 1.0, "throughput": 2.0}})
			managed = append(managed, held("t_disk", region, id, resource.Attrs{"size": 1.0, "iops": 1.0}))
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(w.things), func(i, j int) { w.things[i], w.things[j] = w.things[j], w.things[i] })
	return w, managed
}

// The inventory does not depend on which call comes back first. With one call at
// a time and more details than places nothing waits for ever.
func TestCollectParallel(t *testing.T) {
	fault := func(call string) error {
		switch call {
		case "list t_network r1 2":
			return errDenied
		case "size r1-disk007":
			return errGone
		case "speed r2-disk099":
			return errBroken
		}
		return nil
	}
	var want *Inventory
	for _, parallel := range []int{1, 2, 16, 256, 0, -1} {
		w, managed := large()
		inv := collect(t, w, request{unmanaged: true, managed: managed, parallel: parallel, fault: fault})
		if limit := max(1, parallel); w.most > limit {
			t.Errorf("parallel %d: %d calls were under way at once", parallel, w.most)
		}
		if !slices.IsSortedFunc(inv.Resources, func(a, b resource.Resource) int { return compareKeys(a.Key, b.Key) }) {
			t.Errorf("parallel %d: the resources are not in order", parallel)
		}
		if want == nil {
			want = inv
			if len(inv.ids("t_disk")) != 303 { // the four of world and one less
				t.Errorf("%d disks", len(inv.ids("t_disk")))
			}
			continue
		}
		if !reflect.DeepEqual(inv, want) {
			t.Errorf("parallel %d gives another inventory than 1", parallel)
		}
	}
}

// Five calls are under way at once with five places: each waits for the others.
func TestCollectIsConcurrent(t *testing.T) {
	w := world()
	var managed []resource.Managed
	for i := range 4 {
		managed = append(managed, held("t_disk", "r1", fmt.Sprintf("d%d", i), resource.Attrs{"size": 1.0}))
	}
	var together sync.WaitGroup
	together.Add(4)
	collect(t, w, request{managed: managed, parallel: 5, regions: []string{"r1"}, fault: func(call string) error {
		if strings.HasPrefix(call, "size ") {
			together.Done()
			together.Wait()
		}
		return nil
	}})
	equal(t, "calls", len(w.called("size ")), 4)
}

func TestCollectContextEnds(t *testing.T) {
	check := func(t *testing.T, w *tiny, inv *Inventory, reason string) (incomplete int) {
		t.Helper()
		for _, row := range inv.Coverage {
			if row.Complete {
				continue
			}
			incomplete++
			if row.Reason != reason {
				t.Errorf("%+v; want the reason %q", row, reason)
			}
		}
		// What is not in the inventory is in no complete listing.
		for _, th := range w.things {
			if th.typ == "t_rule_view" {
				continue // a facet that no state holds is not listed
			}
			if row := inv.row(t, th.typ, th.region); row.Complete && !slices.Contains(inv.ids(th.typ), th.id) {
				t.Errorf("%s %s is not in a listing that is complete", th.typ, th.id)
			}
		}
		return incomplete
	}
	t.Run("before it begins", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		inv := collect(t, world(), request{ctx: ctx, unmanaged: true})
		equal(t, "rows", len(inv.Coverage), 7)
		for _, row := range inv.Coverage {
			equal(t, "row", row, Coverage{Type: row.Type, Reason: "context canceled"})
		}
	})
	t.Run("at the deadline", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
		defer cancel()
		inv := collect(t, world(), request{ctx: ctx, unmanaged: true})
		equal(t, "row", inv.row(t, "t_role", ""), Coverage{Type: "t_role", Reason: "context deadline exceeded"})
	})
	for _, parallel := range []int{1, 16} {
		for _, last := range []string{"list t_network r1 2", "size d1", "list t_disk r1 1", "list t_route r2 1"} {
			t.Run(fmt.Sprintf("%d at once, in %s", parallel, last), func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				w := world()
				managed := []resource.Managed{held("t_disk", "r1", "d1", resource.Attrs{"size": 1.0, "iops": 1.0})}
				inv := collect(t, w, request{ctx: ctx, unmanaged: true, managed: managed, parallel: parallel, fault: func(call string) error {
					if call == last {
						cancel()
					}
					return nil
				}})
				equal(t, "rows", len(inv.Coverage), 6*2+1)
				if last == "size d1" {
					for _, r := range inv.Resources {
						if r.Key.ID == "d1" {
							equal(t, "gaps", r.Gaps, []resource.Gap{{Paths: []string{"size"}, Reason: "context canceled"}, {Paths: []string{"iops", "throughput"}, Reason: "context canceled"}})
						}
					}
					if !slices.Contains(inv.ids("t_disk"), "d1") {
						t.Error("a detail that was interrupted loses its disk")
					}
				}
				if n := check(t, w, inv, "context canceled"); n == 0 && last != "size d1" {
					t.Error("every row is complete")
				}
			})
		}
	}
}

// Progress is told of every listing, by one goroutine at a time.
func TestCollectProgress(t *testing.T) {
	w, managed := large()
	var told []Progress
	var busy atomic.Int32
	inv := collect(t, w, request{unmanaged: true, managed: managed, parallel: 16, fault: failing("list t_route r1 1", errDenied), progress: func(p Progress) {
		if busy.Add(1) != 1 {
			t.Error("told by two at once")
		}
		told = append(told, p)
		busy.Add(-1)
	}})
	var last Progress
	rows := map[Coverage]bool{}
	for i, p := range told {
		if p.Done != i+1 || p.Done > p.Listings || p.Listings < last.Listings || p.Resources < last.Resources || rows[p.Last] {
			t.Errorf("%+v after %+v", p, last)
		}
		last = p
		rows[p.Last] = true
	}
	equal(t, "told", len(told), len(inv.Coverage))
	equal(t, "last", []int{last.Done, last.Listings, last.Resources}, []int{len(inv.Coverage), len(inv.Coverage), len(inv.Resources)})
	for _, row := range inv.Coverage {
		if !rows[row] {
			t.Errorf("not told of %+v", row)
		}
	}
	equal(t, "rows", len(slices.Collect(maps.Keys(rows))), len(inv.Coverage))
}

// Something made while an account is read shifts its pages: what stood last on
// one stands first on the next.
func TestCollectAShiftedPage(t *testing.T) {
	w := world()
	for _, th := range w.things {
		if th.typ == "t_network" && th.id == "n1" {
			w.things = append(w.things, th)
		}
	}
	inv := collect(t, w, request{unmanaged: true, regions: []string{"r1"}})
	equal(t, "networks", inv.ids("t_network"), []string{"n1", "n2", "n3", "n4", "n5"})
}
