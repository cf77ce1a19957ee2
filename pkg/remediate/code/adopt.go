package code

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Adopt edits the code so that it says what is wanted. varFiles are those that
// -var-file names, as keys of f, the last of which wins.
//
// A value is written where the code has a literal: in the resource's block, in a
// local value or in what gives a variable its value, if nothing else uses that.
// A block with count or for_each is edited only where each of its instances wants
// the same, or each.value leads to the instance's own literal. Values that are
// sensitive or look like secrets are never written.
func Adopt(f Files, wants []Want, varFiles []string) Edit {
	a := &adoption{m: newModule(f, varFiles), problem: nil}
	a.problem = a.m.problem()
	for i := range wants {
		a.add(&wants[i])
	}
	for _, b := range a.order {
		a.block(a.blocks[b])
	}
	return a.result(f, wants)
}

type adoption struct {
	m       *module
	problem *refusal

	order  []string
	blocks map[string][]*request
	all    []*request
}

// request is what one instance wants.
type request struct {
	address string
	of      address
	changes []drift.Change
	ordered []string
	refused []*refusal // beside changes; nil: written
}

func (a *adoption) add(want *Want) {
	r := &request{address: want.Address, changes: want.Changes, ordered: want.Ordered, refused: make([]*refusal, len(want.Changes))}
	a.all = append(a.all, r)
	of, err := parseAddress(want.Address)
	r.of = of
	switch {
	case err != nil:
		r.refuse(refuse(place{}, "%s", err))
		return
	case a.problem != nil:
		r.refuse(a.problem)
		return
	case of.data:
		r.refuse(refuse(place{}, "a data source is read, not written"))
		return
	case of.module != "":
		b, bad := a.m.only("module", of.module)
		if bad == nil {
			bad = refuse(b.place(), "it is in a child module: change what this module block passes to it, or the module's own code")
		}
		r.refuse(bad)
		return
	}
	if a.blocks == nil {
		a.blocks = map[string][]*request{}
	}
	base := of.base()
	if a.blocks[base] == nil {
		a.order = append(a.order, base)
	}
	for _, earlier := range a.blocks[base] {
		if earlier.of == of {
			r.refuse(refuse(place{}, "the address was asked for twice"))
			return
		}
	}
	a.blocks[base] = append(a.blocks[base], r)
}

// refuse refuses all of a request.
func (r *request) refuse(why *refusal) {
	for i := range r.refused {
		r.refused[i] = why
	}
}

// block edits one block for all its instances.
func (a *adoption) block(requests []*request) {
	refuseAll := func(why *refusal) {
		for _, r := range requests {
			r.refuse(why)
		}
	}
	first := requests[0]
	b, bad := a.m.only("resource", first.of.typ, first.of.name)
	if bad != nil {
		refuseAll(bad)
		return
	}
	requests = slices.DeleteFunc(requests, func(r *request) bool {
		other := !r.of.fits(b)
		if other {
			r.refuse(refuse(b.place(), "the block makes no such instance: the state is of other code"))
		}
		return other
	})
	if len(requests) == 0 {
		return
	}
	first = requests[0]
	if !first.of.keyed {
		copy(first.refused, a.walker(first).run(first.changes))
		return
	}
	shared := a.shared(b, requests)
	w := a.walker(first)
	w.changes = shared
	refused := w.run(shared)
	for _, r := range requests {
		var own []drift.Change
		var at []int
		for i, c := range r.changes {
			if n := indexChange(shared, c); n >= 0 && (refused[n] == nil || !refused[n].each) {
				r.refused[i] = refused[n]
				continue
			}
			own, at = append(own, c), append(at, i)
		}
		w := a.walker(r)
		w.instance = true
		for n, why := range w.run(own) {
			r.refused[at[n]] = why
		}
	}
}

// shared are the changes that each instance of a block wants.
func (a *adoption) shared(b block, requests []*request) []drift.Change {
	keys, ok := a.m.instances(b)
	if !ok {
		return nil
	}
	for _, key := range keys {
		if !slices.ContainsFunc(requests, func(r *request) bool { return r.of.keyed && r.of.key == key }) {
			return nil
		}
	}
	var shared []drift.Change
	for _, c := range requests[0].changes {
		if !slices.ContainsFunc(requests, func(r *request) bool { return indexChange(r.changes, c) < 0 }) {
			shared = append(shared, c)
		}
	}
	return shared
}

func indexChange(changes []drift.Change, c drift.Change) int {
	return slices.IndexFunc(changes, func(o drift.Change) bool {
		return o.Path == c.Path && o.Sensitive == c.Sensitive && resource.Text(o.Before) == resource.Text(c.Before) && resource.Text(o.After) == resource.Text(c.After) &&
			(o.Before == nil) == (c.Before == nil) && (o.After == nil) == (c.After == nil)
	})
}

func (a *adoption) walker(r *request) *walker {
	return &walker{m: a.m, of: r.of, changes: r.changes, ordered: r.ordered, elements: map[string]element{}}
}

// run writes changes and returns, beside each, why it was not written.
//
// All places are found before the first edit, as an edit may make an element look
// like another. Elements go from the last to the first, and come at the end.
func (w *walker) run(changes []drift.Change) []*refusal {
	refused := make([]*refusal, len(changes))
	for i := range changes {
		refused[i] = w.refusal(&changes[i])
		if refused[i] == nil {
			_, refused[i] = w.walk(&changes[i])
		}
		if refused[i] == nil && w.instance && !w.viaEach {
			refused[i] = w.notAlone()
		}
	}
	w.refuseClaimedTwice()
	order := make([]int, len(changes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		x, y := &changes[i], &changes[j]
		if d := turn(x) - turn(y); d != 0 {
			return d
		}
		if turn(x) == removal {
			return cmp.Compare(w.elements[y.Path].ordinal, w.elements[x.Path].ordinal)
		}
		return 0
	})
	for _, i := range order {
		if refused[i] != nil {
			continue
		}
		s, why := w.walk(&changes[i])
		if why == nil && s != nil && !w.m.apply(s) {
			why = refuse(place{s.file.name, 0}, "the edit would have changed more than the value")
		}
		refused[i] = why
	}
	return refused
}

const (
	replacement = iota
	removal
	addition
)

// turn says when a change is written.
func turn(c *drift.Change) int {
	steps, err := parsePath(c.Path)
	if err != nil || !steps[len(steps)-1].isIndex {
		return replacement
	}
	switch {
	case c.After == nil:
		return removal
	case c.Before == nil:
		return addition
	}
	return replacement
}

// refusal refuses what is never written.
func (w *walker) refusal(c *drift.Change) *refusal {
	if !c.Sensitive && !secret(c.Before) && !secret(c.After) {
		return nil
	}
	r := &refusal{text: "the value is sensitive, and secrets are never written", secret: true}
	if b, bad := w.m.only("resource", w.of.typ, w.of.name); bad == nil {
		r.file, r.line = b.file.name, b.place().line
	}
	return r
}

// notAlone refuses a literal that other instances share.
func (w *walker) notAlone() *refusal {
	b, r := w.m.only("resource", w.of.typ, w.of.name)
	if r != nil {
		return r
	}
	return refuse(b.place(), "the block makes several instances, and not each of them is known to want the same")
}

// refuseClaimedTwice refuses the elements of the code that would be two of the state.
func (w *walker) refuseClaimedTwice() {
	claims := map[string][]string{}
	for at, e := range w.elements {
		if e.refused == nil {
			steps, _ := parsePath(at)
			collection := at[:len(at)-len(fmt.Sprintf("[%d]", steps[len(steps)-1].index))]
			key := fmt.Sprintf("%s[%d]", collection, e.ordinal)
			claims[key] = append(claims[key], at)
		}
	}
	for _, all := range claims {
		for _, at := range all {
			if len(all) > 1 {
				w.elements[at] = element{0, refuse(place{}, "one element in the code could be several of the state")}
			}
		}
	}
}

func (a *adoption) result(f Files, wants []Want) Edit {
	e := newEdit()
	for _, name := range a.m.names {
		if after := a.m.files[name].src; !bytes.Equal(after, f[name]) {
			e.Files[name] = formatted(f[name], after)
		}
	}
	for i, r := range a.all {
		done := len(r.changes) > 0
		for j := range r.changes {
			if r.refused[j] != nil {
				done = false
				e.Hints = append(e.Hints, a.hint(wants[i].Address, r, j))
			}
		}
		if done {
			e.Done = append(e.Done, r.address)
		}
	}
	return e
}

// hint says what is left to write, and why.
func (a *adoption) hint(address string, r *request, i int) Hint {
	why, c := r.refused[i], r.changes[i]
	h := Hint{Address: address, Path: c.Path, File: why.file, Line: why.line}
	if h.File == "" {
		if b, bad := a.m.only("resource", r.of.typ, r.of.name); bad == nil && r.of.module == "" {
			h.File, h.Line = b.file.name, b.place().line
		}
	}
	switch {
	case why.secret || hidden(&c):
		h.Text = fmt.Sprintf("set %s by hand, its value is not shown: %s", c.Path, why.text)
	case c.After == nil:
		h.Text = fmt.Sprintf("remove %s: %s", c.Path, why.text)
	default:
		h.Text = fmt.Sprintf("set %s to %s: %s", c.Path, shown(c.After), why.text)
	}
	h.Text = oneLine(h.Text)
	return h
}

// hidden reports whether the values of a change must not be shown. A name within
// an argument may be a user's key.
func hidden(c *drift.Change) bool {
	if c.Sensitive || secret(c.Before) || secret(c.After) {
		return true
	}
	steps, err := parsePath(c.Path)
	if err != nil {
		return true
	}
	for _, s := range steps[1:] {
		if secretKey(s.key, c.After) || secretKey(s.key, c.Before) {
			return true
		}
	}
	return false
}
