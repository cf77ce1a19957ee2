//go:build e2e

package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// reading says how Terraform's verdict on a cloud is read. It is the gold data's
// README in code.
type reading struct {
	// shows are the attributes of a parent in which the provider also shows what a
	// type of its own is for.
	shows []shown

	// collections name the type of what is made in a collection of the API.
	collections map[string]string

	// same are the mutations that change how the cloud writes something and not what
	// it means, by the beginning of their names. Terraform tells of some.
	same []string

	// silent are the other mutations of which nothing is to be told, with the reason.
	silent map[string]string
}

// shown is an attribute of a parent that lists children.
type shown struct{ parent, attribute, child string }

// verdict is what Terraform says of one resource.
type verdict struct {
	Address string
	Kind    string
	Paths   []struct {
		Path     string
		Computed bool
	}
}

// operation is one step of a mutation; Azure's server calls the place id, Google
// Cloud's path.
type operation struct {
	ID, Path string
	Create   json.RawMessage
	Set      struct{ Bindings []binding }
}

type binding struct {
	Role    string
	Members []string
}

// wanted derives from Terraform's verdict on a mutation what driftmgr is to say:
//
//   - what only the provider computes is no change, but the labels that somebody
//     added by hand, which Terraform sees only there, are one of the labels;
//   - what a state manages by a resource of its own is told of there and not in the
//     parent's list;
//   - what was made beside managed resources is unmanaged, which Terraform cannot
//     see, or a change of the parent that lists it where no state manages its like;
//   - another way to write the same thing is nothing.
func (rd reading) wanted(t *testing.T, e *estate, name string) []finding {
	t.Helper()
	for _, prefix := range rd.same {
		if strings.HasPrefix(name, prefix) {
			return nil
		}
	}
	var verdicts []verdict
	if err := json.Unmarshal(read(t, filepath.Join(e.dir, "expected", name+".json")), &verdicts); err != nil {
		t.Fatal(err)
	}
	var out []finding
	for _, v := range verdicts {
		paths := rd.paths(e, v)
		if v.Kind == "missing" || len(paths) > 0 {
			out = append(out, finding{v.Kind + " " + v.Address, strings.Join(paths, " ")})
		}
	}
	out = append(out, rd.unmanaged(t, e, e.mutations[name])...)
	if _, silent := rd.silent[name]; silent != (len(out) == 0) {
		t.Fatalf("%s wants %v: is the reading wrong?", name, out)
	}
	return out
}

// paths are the top-level paths of a verdict that are to be told.
func (rd reading) paths(e *estate, v verdict) []string {
	var out []string
	for _, p := range v.Paths {
		path := p.Path
		if p.Computed {
			labels, ok := strings.CutPrefix(path, "effective_")
			if !ok {
				continue
			}
			path = labels
		}
		if !slices.Contains(out, path) && !rd.ofChildren(e, v.Address, path) {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// ofChildren reports whether the state manages what an attribute shows by resources
// of their own.
func (rd reading) ofChildren(e *estate, address, path string) bool {
	typ, _, _ := strings.Cut(address, ".")
	for _, s := range rd.shows {
		if s.parent == typ && s.attribute == path {
			return slices.ContainsFunc(e.held, func(parent instance) bool {
				return parent.address == address && e.holds(s.child, parent.id)
			})
		}
	}
	return false
}

// holds reports whether the state has a resource of a type below an id.
func (e *estate) holds(typ, parent string) bool {
	return slices.ContainsFunc(e.held, func(i instance) bool {
		return i.typ == typ && strings.HasPrefix(strings.ToLower(i.id), strings.ToLower(parent)+"/")
	})
}

// unmanaged are the findings of what a mutation makes.
func (rd reading) unmanaged(t *testing.T, e *estate, m change) []finding {
	t.Helper()
	var ops []operation
	if err := json.Unmarshal(m.Ops, &ops); err != nil {
		t.Fatal(err)
	}
	was := e.places(t)
	var out []finding
	for _, op := range ops {
		place := strings.ToLower(op.ID + op.Path)
		_, there := was[place]
		switch {
		case strings.HasSuffix(place, "#iam"):
			out = append(out, e.members(t, was[place], op.Set.Bindings)...)
		case op.Create == nil || there:
		default:
			segments := strings.Split(op.ID+op.Path, "/")
			collection := segments[len(segments)-2]
			typ, ok := rd.collections[collection]
			if !ok {
				t.Fatalf("no type is known of %s", op.ID+op.Path)
			}
			parent := strings.TrimSuffix(place, strings.ToLower("/"+collection+"/"+segments[len(segments)-1]))
			if rd.inParent(typ) && !e.holds(typ, parent) {
				continue // the parent's change
			}
			out = append(out, finding{what: "unmanaged " + typ + " " + placeOf(typ, place)})
		}
	}
	return out
}

func (rd reading) inParent(typ string) bool {
	return slices.ContainsFunc(rd.shows, func(s shown) bool { return s.child == typ })
}

// places are the documents of the world that the state was made in, by their
// lower-cased id or path.
func (e *estate) places(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	var documents map[string]json.RawMessage
	if err := json.Unmarshal(e.start, &documents); err != nil {
		t.Fatal(err)
	}
	out := map[string]json.RawMessage{}
	for path, document := range documents {
		out[strings.ToLower(path)] = document
	}
	if list, ok := documents["resources"]; ok {
		var resources []struct{ ID string }
		if err := json.Unmarshal(list, &resources); err != nil {
			t.Fatal(err)
		}
		for _, r := range resources {
			out[strings.ToLower(r.ID)] = nil
		}
	}
	return out
}

// members are those that were given a role of the project and that no state
// manages. A binding that a state manages has all members of its role.
func (e *estate) members(t *testing.T, before json.RawMessage, after []binding) []finding {
	t.Helper()
	var policy struct{ Bindings []binding }
	if err := json.Unmarshal(before, &policy); err != nil {
		t.Fatal(err)
	}
	had := map[string]bool{}
	for _, b := range policy.Bindings {
		for _, member := range b.Members {
			had[b.Role+"/"+member] = true
		}
	}
	var out []finding
	for _, b := range after {
		whole := slices.ContainsFunc(e.held, func(i instance) bool {
			return i.typ == "google_project_iam_binding" && strings.HasSuffix(i.id, "/"+b.Role)
		})
		for _, member := range b.Members {
			if !had[b.Role+"/"+member] && !whole {
				const typ = "google_project_iam_member"
				out = append(out, finding{what: "unmanaged " + typ + " " + placeOf(typ, b.Role+"/"+member)})
			}
		}
	}
	return out
}

// placeOf is the part of an id by which a reader of the report knows an unmanaged
// resource: of Azure's the whole, of Google's the name, of a member its role too.
func placeOf(typ, id string) string {
	id = strings.ToLower(strings.ReplaceAll(id, " ", "/"))
	switch {
	case strings.HasPrefix(typ, "azurerm_"):
		return id
	case strings.Contains(typ, "_iam_"):
		return id[max(0, strings.Index(id, "roles/")):]
	}
	return id[strings.LastIndexByte(id, '/')+1:]
}

// placed is told with what is unmanaged named by its place.
func placed(r *drift.Report) []finding {
	var unmanaged []finding
	rest := *r
	rest.Findings = slices.Clone(r.Findings)
	rest.Findings = slices.DeleteFunc(rest.Findings, func(f drift.Finding) bool {
		if f.Kind != drift.Unmanaged {
			return false
		}
		unmanaged = append(unmanaged, finding{what: "unmanaged " + f.Type + " " + placeOf(f.Type, f.ID)})
		return true
	})
	return append(told(&rest), unmanaged...)
}

// nothingUnchecked proves that everything was checked.
func nothingUnchecked(t *testing.T, r *drift.Report) {
	t.Helper()
	reasons := map[string][]string{}
	for _, f := range r.Findings {
		if f.Kind == drift.Unchecked {
			reasons[f.Reason] = append(reasons[f.Reason], cmp.Or(f.Address, f.Type))
		}
	}
	for _, reason := range sorted(reasons) {
		what := reasons[reason]
		t.Errorf("%d unchecked: %s: %s", len(what), reason, strings.Join(what[:min(len(what), 3)], ", "))
	}
	if c := r.Coverage.Resources; c.Checked != c.Total {
		t.Errorf("%d of %d resources were checked", c.Checked, c.Total)
	}
}

// everyTypeRead proves that each type of the state has a reader.
func everyTypeRead(t *testing.T, e *estate, want int) {
	t.Helper()
	var listed struct{ Types []struct{ Type string } }
	out, _ := run(t, "types", "--output", "json")
	if err := json.Unmarshal(out, &listed); err != nil {
		t.Fatal(err)
	}
	readable := map[string]bool{}
	for _, l := range listed.Types {
		readable[l.Type] = true
	}
	types, unread := map[string]bool{}, []string{}
	for _, i := range e.held {
		if !types[i.typ] && !readable[i.typ] {
			unread = append(unread, i.typ)
		}
		types[i.typ] = true
	}
	if len(types) != want {
		t.Errorf("the state has %d types, want %d", len(types), want)
	}
	if len(unread) > 0 {
		slices.Sort(unread)
		t.Errorf("%d of %d types have no reader: %s", len(unread), want, strings.Join(unread, " "))
	}
}

// sameCount proves that --stats counts what the server saw, and says how many calls
// that were.
func sameCount(t *testing.T, r *drift.Report, calls []string, terraform int) {
	t.Helper()
	if r.Stats == nil || r.Stats.Total != len(calls) {
		t.Errorf("--stats says %+v, the server saw %d calls:\n%s", r.Stats, len(calls), strings.Join(calls, "\n"))
		return
	}
	var actions []string
	for action, n := range r.Stats.APICalls {
		actions = append(actions, fmt.Sprintf("%d %s", n, action))
	}
	slices.Sort(actions)
	t.Logf("%d API calls, Terraform makes %d: %s", len(calls), terraform, strings.Join(actions, ", "))
}

// cleanRuns proves that nothing is told of a world that is as the state says, in
// each of the ways to run, and returns the report of the plain one with the calls
// that it made.
func cleanRuns(t *testing.T, e *estate, elsewhere map[string]string) (*drift.Report, []string) {
	t.Helper()
	e.renew(t)
	var r *drift.Report
	calls := e.during(t, func() { r = detect(t, e.state(), "--stats") })
	nothing(t, r)
	t.Run("targeted", func(t *testing.T) { nothing(t, detect(t, e.state(), "--unmanaged=false")) })
	t.Run("depth list", func(t *testing.T) { nothing(t, detect(t, e.state(), "--depth", "list")) })
	t.Run("offline", func(t *testing.T) {
		inv := filepath.Join(t.TempDir(), "inventory.jsonl")
		run(t, "inventory", e.state(), "--output", inv)
		for name, value := range elsewhere {
			t.Setenv(name, value)
		}
		nothing(t, detect(t, e.state(), "--inventory", inv))
	})
	return r, calls
}

// nothing proves that a report tells of nothing and that everything was checked.
func nothing(t *testing.T, r *drift.Report) {
	t.Helper()
	compareFindings(t, nil, placed(r))
	nothingUnchecked(t, r)
}

// mutated proves that each mutation is told of as Terraform's verdict reads.
func (rd reading) mutated(t *testing.T, e *estate) {
	t.Helper()
	for _, name := range sorted(e.mutations) {
		t.Run(name, func(t *testing.T) {
			want := rd.wanted(t, e, name)
			e.renew(t)
			e.mutate(t, name)
			r := detect(t, e.state())
			compareFindings(t, want, placed(r))
			nothingUnchecked(t, r)
			t.Run("targeted", func(t *testing.T) {
				r := detect(t, e.state(), "--unmanaged=false")
				// What was added beside managed children is told of in any case.
				got := slices.DeleteFunc(placed(r), func(f finding) bool { return isUnmanaged(f) && slices.Contains(want, f) })
				compareFindings(t, slices.DeleteFunc(slices.Clone(want), isUnmanaged), got)
				nothingUnchecked(t, r)
			})
			if t.Failed() {
				t.Logf("what was done: %s", e.mutations[name].Doc)
			}
		})
	}
}

// isUnmanaged reports whether a finding is of something that no state manages.
func isUnmanaged(f finding) bool { return strings.HasPrefix(f.what, "unmanaged ") }

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
