package inventory

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Probe is what trying to read one type in one scope showed.
type Probe struct {
	Type, Account, Region string

	// Failures are what went wrong, each once.
	Failures []provider.Failure

	// Off is why a service that no state uses is not asked: it is not enabled.
	Off string

	// Untried are the actions that nothing was there to try on: a detail takes a
	// resource.
	Untried []string
}

// Try reads as little as shows what a pass would be refused: of each type in each
// scope the first page, and the details of its first resource. An error is that
// of Connect.
func Try(ctx context.Context, r Request, p provider.Provider) ([]Probe, error) {
	c := &collector{Request: r, held: holdings(r.Managed)}
	types := c.wanted(p)
	if len(types) == 0 {
		return nil, nil
	}
	scopes, err := p.Connect(ctx, c.places(p))
	if err != nil {
		return nil, err
	}
	var (
		mu     sync.Mutex
		probes []Probe
		todo   []func() Probe
	)
	for _, s := range scopes {
		if s.Err != nil {
			probes = append(probes, Probe{Account: s.Account, Failures: []provider.Failure{p.Explain(s.Err)}})
			continue
		}
		for _, t := range types {
			if t.Global == (s.Region == "") {
				todo = append(todo, func() Probe { return c.try(ctx, p, t, s) })
			}
		}
	}
	Each(ctx, r.Parallel, len(todo), func(i int) {
		probe := todo[i]()
		mu.Lock()
		defer mu.Unlock()
		probes = append(probes, probe)
	})
	slices.SortFunc(probes, func(a, b Probe) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	return probes, ctx.Err()
}

func (c *collector) try(ctx context.Context, p provider.Provider, t provider.Type, s provider.Scope) Probe {
	probe := Probe{Type: t.Name, Account: s.Account, Region: s.Region}
	held := func(typ string) []*resource.Managed { return c.in(typ, s) }
	failed := func(err error) {
		f := explain(p, err)
		if f.Kind == provider.Disabled && t.Global && len(held(t.Name)) == 0 {
			probe.Off = f.Reason()
			return
		}
		if f.Kind != provider.NotFound && !slices.Contains(probe.Failures, f) {
			probe.Failures = append(probe.Failures, f)
		}
	}
	var first *provider.Item
	for it, err := range steady(t.List(ctx, s.Conn, provider.Query{Depth: provider.DepthFull, Everything: true, Held: held})) {
		if err != nil {
			failed(err)
		} else {
			first = &it
		}
		break
	}
	switch {
	case first != nil:
		for _, d := range first.Details {
			if _, err := d.Read(ctx); err != nil {
				failed(err)
			}
		}
	case len(probe.Failures) == 0 && probe.Off == "":
		probe.Untried = t.Details
	}
	return probe
}
