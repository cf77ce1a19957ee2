package drift_test

import (
	"slices"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// TestUnreadStates: what no other state has may be in one that could not be read,
// so nothing is called unmanaged, and nothing is passed over either.
func TestUnreadStates(t *testing.T) {
	managed := []resource.Managed{
		held("test_group", "a", resource.Attrs{"name": "old"}),
		held("test_group", "gone", resource.Attrs{"name": "gone"}),
	}
	inv := cloud(has("test_group", "a", resource.Attrs{"name": "new"}), has("test_group", "b", resource.Attrs{"name": "b"}))
	o := options()
	o.States = []drift.State{{Source: "s"}, {Source: "other", Unread: "may not be read"}}
	r := drift.Compare(managed, inv, o)
	expect(t, r, drift.Drift, "changed test_group.a name", "missing test_group.gone", "unchecked test_group/b", "unchecked /")
	slices.SortFunc(r.Findings, func(a, b drift.Finding) int { return len(a.Source) - len(b.Source) })
	last := r.Findings[len(r.Findings)-1]
	if want := (drift.Finding{Kind: drift.Unchecked, Source: "other", Reason: "may not be read"}); last.Source != want.Source || last.Reason != want.Reason || last.Type != "" || last.Provider != "" {
		t.Errorf("finding %+v, want %+v", last, want)
	}
	if got, want := r.Coverage.States, (drift.Ratio{Checked: 1, Total: 2}); got != want {
		t.Errorf("states %+v, want %+v", got, want)
	}

	o.Unmanaged = false
	inv = cloud(has("test_group", "a", resource.Attrs{"name": "old"}), has("test_group", "b", resource.Attrs{"name": "b"}))
	expect(t, drift.Compare(managed[:1], inv, o), drift.Incomplete, "unchecked /")
}

func TestWarnings(t *testing.T) {
	o := options()
	o.States = []drift.State{{Source: "z", Warnings: []string{"locked by ann"}}, {Source: "a", Warnings: []string{"two", "one"}}}
	r := drift.Compare(nil, cloud(), o)
	expect(t, r, drift.Clean)
	if want := []drift.Warning{{Source: "a", Message: "one"}, {Source: "a", Message: "two"}, {Source: "z", Message: "locked by ann"}}; !slices.Equal(r.Warnings, want) {
		t.Errorf("warnings %+v, want %+v", r.Warnings, want)
	}
}
