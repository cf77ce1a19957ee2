package inventory

import (
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func try1(t *testing.T, w *tiny, r Request) []Probe {
	t.Helper()
	r.Providers, r.Depth, r.Parallel, r.Stats, r.Now = []provider.Provider{w}, provider.DepthFull, 2, w.stats, time.Now
	probes, err := Try(t.Context(), r, w)
	if err != nil {
		t.Fatal(err)
	}
	return probes
}

// TestTry proves that a probe reads one page and one resource's details.
func TestTry(t *testing.T) {
	w, _ := large()
	probes := try1(t, w, Request{Unmanaged: true, Type: func(name string) bool { return name == "t_disk" }})
	equal(t, "probes", probes, []Probe{
		{Type: "t_disk", Account: tinyAccount, Region: "r1"},
		{Type: "t_disk", Account: tinyAccount, Region: "r2"},
	})
	equal(t, "lists", w.called("list"), []string{"list t_disk r1 1", "list t_disk r2 1"})
	equal(t, "details", len(w.called("size"))+len(w.called("speed")), 4)
}

func TestTryTellsWhatIsDenied(t *testing.T) {
	w := world()
	w.fault = func(call string) error {
		if strings.HasPrefix(call, "list t_role") || strings.HasPrefix(call, "speed") {
			return errDenied
		}
		return nil
	}
	closed := held("t_disk", "r1", "x", resource.Attrs{"size": 1.0})
	closed.Key.Account = "closed"
	probes := try1(t, w, Request{Unmanaged: true, Managed: []resource.Managed{closed}, Type: func(name string) bool { return name == "t_role" || name == "t_disk" }})
	denied := []provider.Failure{{Kind: provider.Denied, Action: "t:Read"}}
	var region string
	for _, th := range w.things {
		if th.typ == "t_disk" {
			region = th.region
		}
	}
	var want []Probe
	want = append(want, Probe{Account: "closed", Failures: denied})
	for _, r := range []string{"r1", "r2"} {
		p := Probe{Type: "t_disk", Account: tinyAccount, Region: r, Untried: []string{"t:Getsize", "t:Getspeed"}}
		if r == region {
			p.Untried, p.Failures = nil, denied
		}
		want = append(want, p)
	}
	want = append(want, Probe{Type: "t_role", Account: tinyAccount, Failures: denied})
	equal(t, "probes", probes, want)
}
