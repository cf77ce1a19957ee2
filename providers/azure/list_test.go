package azure

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

func TestPages(t *testing.T) {
	w := newWorld(t)
	w.on(vnetsOf(sub1), func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("skip") == "" {
			reply(200, map[string]any{"value": []any{thing(vnetID(sub1, "rg", "a"))}, "nextLink": "https://management.azure.com" + vnetsOf(sub1) + "?api-version=x&skip=1"})(rw, r)
			return
		}
		listed(thing(vnetID(sub1, "rg", "b")))(rw, r)
	})
	r := w.look(t, false, nil, held("azurerm_virtual_network", vnetID(sub1, "rg", "b")))
	r.tells(t)
	if n := w.count("GET " + vnetsOf(sub1)); n != 2 {
		t.Errorf("%d calls, want 2: %q", n, w.calls)
	}
}

// A page that names its next one elsewhere would take the token there.
func TestNextPageElsewhere(t *testing.T) {
	w := newWorld(t)
	w.on(vnetsOf(sub1), reply(200, map[string]any{"value": []any{}, "nextLink": "https://attacker.example/next"}))
	r := w.look(t, false, nil, held("azurerm_virtual_network", vnetID(sub1, "rg", "b")))
	r.tells(t, "unchecked azurerm_virtual_network.b")
	if n := w.count("GET /next"); n != 0 {
		t.Error("the next page was asked for")
	}
}

func TestThrottled(t *testing.T) {
	w := newWorld(t)
	n := 0
	w.on(vnetsOf(sub1), func(rw http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			rw.Header().Set("Retry-After-Ms", "1")
			refuse(429, "TooManyRequests")(rw, r)
			return
		}
		listed(thing(vnetID(sub1, "rg", "a")))(rw, r)
	})
	r := w.look(t, false, nil, held("azurerm_virtual_network", vnetID(sub1, "rg", "a")))
	r.tells(t)
	if r.counts.Throttles != 1 || r.counts.APICalls["Microsoft.Network/virtualNetworks/read"] != 2 {
		t.Errorf("counted %+v", r.counts)
	}
}

// What one subscription refuses says nothing of the others.
func TestDeniedSubscription(t *testing.T) {
	w := newWorld(t)
	w.on(vnetsOf(sub1), listed(thing(vnetID(sub1, "rg", "a"))))
	w.on(vnetsOf(sub2), refuse(403, "AuthorizationFailed"))
	w.on(vnetsOf(sub3), listed(thing(vnetID(sub3, "rg", "other"))))
	r := w.look(t, false, nil,
		held("azurerm_virtual_network", vnetID(sub1, "rg", "a")),
		held("azurerm_virtual_network", vnetID(sub2, "rg", "b")),
		held("azurerm_virtual_network", vnetID(sub3, "rg", "c")))
	r.tells(t, "unchecked azurerm_virtual_network.b", "missing azurerm_virtual_network.c")
	for _, f := range r.report.Findings {
		if f.Kind == drift.Unchecked && f.Reason != "access denied: allow Microsoft.Network/virtualNetworks/read" {
			t.Errorf("reason %q", f.Reason)
		}
	}
}

func TestIDCase(t *testing.T) {
	w := newWorld(t)
	w.on(vnetsOf(sub1), listed(thing("/SUBSCRIPTIONS/"+sub1+"/resourcegroups/RG/providers/microsoft.network/VIRTUALNETWORKS/A")))
	r := w.look(t, true, nil, held("azurerm_virtual_network", vnetID(sub1, "rg", "a")))
	r.tells(t)
}

// A list can lag: what it lacks is asked for by itself, in the list's version.
func TestListLags(t *testing.T) {
	w := newWorld(t)
	id := vnetID(sub1, "rg", "new")
	version := ""
	w.on(id, func(rw http.ResponseWriter, r *http.Request) {
		version = r.URL.Query().Get("api-version")
		reply(200, thing(id))(rw, r)
	})
	r := w.look(t, false, nil, held("azurerm_virtual_network", id), held("azurerm_virtual_network", vnetID(sub1, "rg", "gone")))
	r.tells(t, "missing azurerm_virtual_network.gone")
	if !strings.HasPrefix(version, "20") {
		t.Errorf("asked in version %q", version)
	}
}

// An answer of something on the way to Azure proves nothing.
func TestForeignNotFound(t *testing.T) {
	w := newWorld(t)
	w.on(vnetID(sub1, "rg", "a"), func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "no route", http.StatusNotFound) })
	r := w.look(t, false, nil, held("azurerm_virtual_network", vnetID(sub1, "rg", "a")))
	r.tells(t, "unchecked azurerm_virtual_network.a")
}

func TestGroupGone(t *testing.T) {
	w := newWorld(t)
	var all []string
	for i := range 5 {
		id := vnetID(sub1, "rg-gone", fmt.Sprint("v", i))
		all = append(all, id, id+"/subnets/s")
		for _, id := range all {
			w.on(id, refuse(404, "ResourceGroupNotFound"))
		}
	}
	r := w.look(t, false, nil,
		held("azurerm_virtual_network", all[0]), held("azurerm_virtual_network", all[2]), held("azurerm_virtual_network", all[4]),
		held("azurerm_subnet", all[1]), held("azurerm_subnet", all[3]))
	r.tells(t, "missing azurerm_subnet.s", "missing azurerm_subnet.s",
		"missing azurerm_virtual_network.v0", "missing azurerm_virtual_network.v1", "missing azurerm_virtual_network.v2")
	if n := w.count("GET /subscriptions/" + sub1 + "/resourceGroups/rg-gone/"); n != 1 {
		t.Errorf("%d resources of a group that is gone were asked for: %q", n, w.calls)
	}
}

// Networks are listed once, whatever is made of them.
func TestSharedList(t *testing.T) {
	w := newWorld(t)
	vnet := thing(vnetID(sub1, "rg", "a"))
	vnet["properties"] = map[string]any{"subnets": []any{thing(vnetID(sub1, "rg", "a") + "/subnets/s")}}
	w.on(vnetsOf(sub1), listed(vnet))
	r := w.look(t, false, nil, held("azurerm_virtual_network", vnetID(sub1, "rg", "a")), held("azurerm_subnet", vnetID(sub1, "rg", "a")+"/subnets/s"),
		held("azurerm_subnet_network_security_group_association", vnetID(sub1, "rg", "a")+"/subnets/s"))
	r.tells(t, "missing azurerm_subnet_network_security_group_association.s")
	if n := w.count("GET "); n != 1 {
		t.Errorf("%d calls, want 1: %q", n, w.calls)
	}
}

// Nothing that nobody holds is listed where Resource Graph has none of it.
func TestNoListOfNothing(t *testing.T) {
	w := newWorld(t)
	r := w.look(t, true, []string{sub1})
	r.tells(t)
	if n := w.count("GET /subscriptions/" + sub1 + "/providers/Microsoft.Network/networkSecurityGroups"); n != 0 {
		t.Errorf("security groups were listed: %q", w.calls)
	}
}

// Resource Graph leaves out what the caller may not read, and says nothing.
func TestGraphLeavesOut(t *testing.T) {
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Authorization/permissions",
		reply(200, map[string]any{"value": []any{map[string]any{"actions": []string{"Microsoft.Resources/*", "Microsoft.Network/virtualNetworks/read"}}}}))
	nsgs := "/subscriptions/" + sub1 + "/providers/Microsoft.Network/networkSecurityGroups"
	w.on(nsgs, refuse(403, "AuthorizationFailed"))
	r := w.look(t, true, []string{sub1})
	reasons := map[string]string{}
	for _, row := range r.inv.Coverage {
		reasons[row.Type] = row.Reason
	}
	if got := reasons["azurerm_network_security_group"]; got != "access denied: allow Microsoft.Network/networkSecurityGroups/read" {
		t.Errorf("security groups: %q", got)
	}
	if got := reasons[graphType]; got != "access denied: allow */read" {
		t.Errorf("whatever there is: %q", got)
	}
	if got := reasons["azurerm_virtual_network"]; got != "" {
		t.Errorf("networks: %q", got)
	}
}

// Ten thousand resources in three subscriptions.
func TestFewCalls(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i, sub := range []string{sub1, sub2, sub3} {
		var vnets []any
		for n := range 3334 {
			id := vnetID(sub, fmt.Sprint("rg", i), fmt.Sprint("v", n))
			ids = append(ids, id)
			vnets = append(vnets, thing(id))
		}
		w.on(vnetsOf(sub), listed(vnets...))
	}
	w.on(graphPath, rows(t, ids))
	r := w.look(t, true, []string{sub1, sub2, sub3}, held("azurerm_virtual_network", ids[0]))
	if n := len(r.told()); n != len(ids)-1 {
		t.Errorf("%d findings, want %d: %q", n, len(ids)-1, r.told()[:3])
	}
	// One list of networks, of groups, of permissions, of role assignments and of role
	// definitions each, and eleven pages.
	if n := len(w.calls); n > 3*5+11 {
		slices.Sort(w.calls)
		t.Errorf("%d calls: %q", n, slices.Compact(w.calls))
	}
}

// Nothing but a token is asked for where the subscriptions are known, and all that
// the caller sees where none is.
func TestConnect(t *testing.T) {
	w := newWorld(t)
	w.on("/subscriptions", listed(
		map[string]any{"subscriptionId": strings.ToUpper(sub1), "state": "Enabled"},
		map[string]any{"subscriptionId": sub2, "state": "Deleted"}))
	p := withToken(Options{})
	p.options.Auth.HTTP = &http.Client{Transport: w}
	scopes, err := p.Connect(t.Context(), provider.Want{})
	if err != nil || len(scopes) != 1 || scopes[0].Account != sub1 {
		t.Errorf("scopes %+v, %v", scopes, err)
	}
	w.calls = nil
	scopes, err = p.Connect(t.Context(), provider.Want{Places: []provider.Place{{Account: sub2}, {Account: ""}}})
	if err != nil || len(scopes) != 1 || scopes[0].Account != sub2 || len(w.calls) != 0 {
		t.Errorf("scopes %+v, %v, calls %q", scopes, err, w.calls)
	}
}
