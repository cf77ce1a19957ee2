package inventory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Request says what to read.
type Request struct {
	Providers []provider.Provider

	// Managed are the located resources of the states, Configs what the code says
	// of their providers.
	Managed []resource.Managed
	Configs []resource.ProviderConfig

	// Clouds are the names of the providers to read; empty takes all.
	Clouds []string

	// Unmanaged asks for every resource of every type, not only for what the
	// states name.
	Unmanaged bool

	// Everything asks for all of it in full, as for an inventory without a state.
	Everything bool

	// Depth is provider.DepthFull or provider.DepthList.
	Depth provider.Depth

	// Type restricts the types; nil takes all.
	Type func(name string) bool

	// Regions restricts the regions; empty takes those of the states.
	Regions []string

	// Parallel is the number of calls under way at once, at least 1.
	Parallel int

	// Agree reports whether what a state says and what was read of it are the same:
	// see provider.Query. Nil means that nothing is known to be.
	Agree func(m *resource.Managed, r *resource.Resource) bool

	// Progress is told of each listing that ends; nil tells nobody. It is called
	// by one goroutine at a time.
	Progress func(Progress)

	// Stats is what the providers count in.
	Stats *provider.Stats

	// Now is the clock.
	Now func() time.Time
}

// Progress is how far a pass is.
type Progress struct {
	Done, Listings int // listings ended, and begun or ended so far
	Resources      int
	Last           Coverage
}

// Collect reads the clouds. Whatever goes wrong stands in the coverage or in a
// resource's gaps: one denied call, throttled page or vanished resource ends
// nothing else. Where ctx ends first, what was not read by then is incomplete.
//
// The order of the result is fixed: it does not depend on which call came back
// first.
func Collect(ctx context.Context, r Request) *Inventory {
	begun := r.Now()
	c := &collector{Request: r, held: holdings(r.Managed)}
	c.group.SetLimit(max(1, r.Parallel))
	for _, p := range r.Providers {
		c.connect(ctx, p)
	}
	// Every job's error is in the coverage; the group only waits.
	_ = c.group.Wait()

	inv := &Inventory{
		FormatVersion: FormatVersion,
		TakenAt:       begun.UTC().Truncate(time.Second),
		Resources:     c.resources,
		Coverage:      c.coverage,
	}
	inv.Stats = Stats{Counts: r.Stats.Counts(), Seconds: r.Now().Sub(begun).Seconds(), TakenAt: inv.TakenAt}
	inv.sort()
	return inv
}

func (inv *Inventory) sort() {
	slices.SortStableFunc(inv.Resources, func(a, b resource.Resource) int { return compareKeys(a.Key, b.Key) })
	slices.SortStableFunc(inv.Coverage, func(a, b Coverage) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
}

func compareKeys(a, b resource.Key) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Account, b.Account),
		cmp.Compare(a.Region, b.Region), cmp.Compare(a.ID, b.ID))
}

// place is where a type is held; account and region may be unknown.
type place struct{ typ, account, region string }

// holdings index the states' resources by where they are.
func holdings(managed []resource.Managed) map[place][]*resource.Managed {
	held := map[place][]*resource.Managed{}
	for i := range managed {
		m := &managed[i]
		if m.Data {
			continue
		}
		at := place{m.Key.Type, m.Key.Account, m.Key.Region}
		held[at] = append(held[at], m)
	}
	return held
}

type collector struct {
	Request
	held  map[place][]*resource.Managed
	group errgroup.Group

	mu        sync.Mutex
	pool      resource.Pool
	resources []resource.Resource
	coverage  []Coverage
	listings  int
}

// in returns what the states hold of a type in a scope, including what does not
// say where it is.
func (c *collector) in(typ string, s provider.Scope) []*resource.Managed {
	var out []*resource.Managed
	for _, account := range distinct(s.Account, "") {
		for _, region := range distinct(s.Region, "") {
			out = append(out, c.held[place{typ, account, region}]...)
		}
	}
	return out
}

func distinct(a, b string) []string {
	if a == b {
		return []string{a}
	}
	return []string{a, b}
}

// Types returns the types of a provider that Collect would read.
func (r Request) Types(p provider.Provider) []provider.Type {
	c := &collector{Request: r, held: holdings(r.Managed)}
	return c.wanted(p)
}

// connect starts the listings of one provider.
func (c *collector) connect(ctx context.Context, p provider.Provider) {
	types := c.wanted(p)
	if len(types) == 0 {
		return
	}
	want := c.places(p)
	scopes, err := p.Connect(ctx, want)
	if err != nil {
		reason := p.Explain(err).Reason()
		for _, t := range types {
			c.end(nil, Coverage{Type: t.Name, Reason: reason})
		}
		return
	}
	var listings []func()
	for _, s := range scopes {
		if s.Err != nil {
			reason := p.Explain(s.Err).Reason()
			for _, t := range types {
				c.end(nil, Coverage{Type: t.Name, Account: s.Account, Reason: reason})
			}
			continue
		}
		var left atomic.Int32
		for _, t := range types {
			if t.Global != (s.Region == "") {
				continue
			}
			left.Add(1)
			listings = append(listings, func() {
				c.list(ctx, p, t, s)
				if left.Add(-1) == 0 && s.Done != nil {
					s.Done()
				}
			})
		}
	}
	c.begin(len(listings))
	for _, list := range listings {
		c.group.Go(func() error {
			list()
			return nil
		})
	}
}

// wanted returns the types of a provider that this run reads.
func (c *collector) wanted(p provider.Provider) []provider.Type {
	if len(c.Clouds) > 0 && !slices.Contains(c.Clouds, p.Name()) {
		return nil
	}
	heldTypes, heldPaths := map[string]bool{}, map[inlinePath]bool{}
	for at := range c.held {
		heldTypes[at.typ] = true
	}
	for _, t := range p.Types() {
		if heldTypes[t.Name] {
			for _, path := range inlinePaths(t.Type) {
				heldPaths[path] = true
			}
		}
	}
	var out []provider.Type
	for _, t := range p.Types() {
		if c.Type != nil && !c.Type(t.Name) {
			continue
		}
		// What was added beside managed children is told of even where unmanaged
		// resources were not asked for: no other finding would show it.
		beside := !t.Facet && slices.ContainsFunc(inlinePaths(t.Type), func(p inlinePath) bool { return heldPaths[p] })
		// A facet's objects are told of under another type.
		if c.Unmanaged && !t.Facet || c.Everything || heldTypes[t.Name] || beside {
			out = append(out, t)
		}
	}
	return out
}

// inlinePath is where a parent shows its children.
type inlinePath struct{ parent, path string }

func inlinePaths(t resource.Type) []inlinePath {
	var out []inlinePath
	for _, of := range t.ChildOf {
		if of.Path != "" {
			out = append(out, inlinePath{of.Parent, of.Path})
		}
	}
	return out
}

// places returns where the states hold something of a provider.
func (c *collector) places(p provider.Provider) provider.Want {
	places := map[provider.Place]bool{}
	known, prefixes := map[string]provider.Type{}, map[string]bool{}
	for _, t := range p.Types() {
		known[t.Name] = t
		prefixes[prefix(t.Name)] = true
	}
	unlocated := false
	for at := range c.held {
		if !prefixes[prefix(at.typ)] {
			continue
		}
		// What has no reader still says where to look for what nobody manages.
		places[provider.Place{Account: at.account, Region: at.region}] = true
		t, ok := known[at.typ]
		unlocated = unlocated || ok && at.region == "" && !t.Global
	}
	return provider.Want{
		Places: slices.SortedFunc(maps.Keys(places), func(a, b provider.Place) int {
			return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
		}),
		Unlocated: unlocated,
		Only:      c.Regions,
		Configs:   c.Configs,
	}
}

// prefix is how the types of one provider begin.
func prefix(typ string) string {
	name, _, _ := strings.Cut(typ, "_")
	return name
}

// list reads one type in one scope: the list, then the details of what is held.
func (c *collector) list(ctx context.Context, p provider.Provider, t provider.Type, s provider.Scope) {
	row := Coverage{Type: t.Name, Account: s.Account, Region: s.Region, Complete: true}
	byID := map[string][]*resource.Managed{}
	for _, m := range c.in(t.Name, s) {
		byID[m.Key.ID] = append(byID[m.Key.ID], m)
		for _, id := range m.More {
			byID[id] = append(byID[id], m)
		}
	}
	q := provider.Query{
		Depth:      c.Depth,
		Everything: c.Everything,
		Held:       func(typ string) []*resource.Managed { return c.in(typ, s) },
		Agree:      c.Agree,
	}
	if !c.Unmanaged && !c.Everything && (t.Facet || len(inlinePaths(t.Type)) == 0) {
		row.Targeted = true
		q.Wanted = slices.Sorted(maps.Keys(byID))
		if len(q.Wanted) == 0 {
			c.end(nil, row)
			return
		}
	}

	var (
		found []resource.Resource
		mu    sync.Mutex
		wg    sync.WaitGroup
	)
	read := func(it provider.Item, todo []provider.BoundDetail) {
		res, ok := readDetails(ctx, p, it.Resource, todo)
		if !ok {
			return
		}
		res.Key.Account, res.Key.Region = s.Account, s.Region
		mu.Lock()
		found = append(found, res)
		mu.Unlock()
	}
	listed := map[string]bool{}
	for it, err := range steady(t.List(ctx, s.Conn, q)) {
		if err != nil {
			f := explain(p, err)
			row.Complete, row.Reason = false, f.Reason()
			// A service that an account never enabled has nothing of anybody's in it.
			row.Off = f.Kind == provider.Disabled && t.Global && len(byID) == 0
			break
		}
		if listed[it.Resource.Key.ID] {
			continue // pages shift while they are read
		}
		listed[it.Resource.Key.ID] = true
		todo := c.details(it, byID[it.Resource.Key.ID])
		if len(todo) == 0 {
			read(it, nil)
			continue
		}
		wg.Add(1)
		// A full pool makes the calls right here: a job that waits for a place
		// while holding one could wait for ever.
		if !c.group.TryGo(func() error { defer wg.Done(); read(it, todo); return nil }) {
			read(it, todo)
			wg.Done()
		}
	}
	wg.Wait()
	row.Listed = len(found)
	c.end(found, row)
}

// details returns the calls to make for an item: those that fill something that
// a state holds.
func (c *collector) details(it provider.Item, held []*resource.Managed) []provider.BoundDetail {
	if c.Depth == provider.DepthList {
		return nil
	}
	if c.Everything {
		return it.Details
	}
	var out []provider.BoundDetail
	for _, d := range it.Details {
		if slices.ContainsFunc(held, func(m *resource.Managed) bool { return d.Wanted(m.Attrs) }) {
			out = append(out, d)
		}
	}
	return out
}

// readDetails makes the calls and adds what they say. It returns false where
// the resource vanished since it was listed.
func readDetails(ctx context.Context, p provider.Provider, r resource.Resource, todo []provider.BoundDetail) (resource.Resource, bool) {
	for _, d := range todo {
		attrs, err := d.Read(ctx)
		if err == nil {
			maps.Copy(r.Attrs, attrs)
			continue
		}
		f := p.Explain(err)
		if f.Kind == provider.NotFound {
			return r, false
		}
		r.Gaps = append(r.Gaps, resource.Gap{Paths: d.Paths, Reason: f.Reason()})
	}
	return r, true
}

func (c *collector) begin(listings int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listings += listings
}

// end files what a listing found and how it ended.
func (c *collector) end(found []resource.Resource, row Coverage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range found {
		c.pool.Share(found[i].Attrs)
	}
	c.resources = append(c.resources, found...)
	c.coverage = append(c.coverage, row)
	if c.Progress != nil {
		c.Progress(Progress{Done: len(c.coverage), Listings: max(c.listings, len(c.coverage)), Resources: len(c.resources), Last: row})
	}
}
