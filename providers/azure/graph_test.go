package azure

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

func TestWhatever(t *testing.T) {
	group := "/subscriptions/" + sub1 + "/resourceGroups/rg"
	nodes := "/subscriptions/" + sub1 + "/resourceGroups/nodes"
	link := group + "/providers/Microsoft.Network/privateLinkServices/Link"
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/resourcegroups", listed(thing(group), map[string]any{"id": nodes, "name": "nodes", "managedBy": group}))
	w.on(graphPath, rows(t, []string{
		link,
		group + "/providers/Microsoft.Network/virtualNetworks/lags",
		group + "/providers/Microsoft.Foo/bars/managed",
		group + "/providers/Microsoft.Insights/actionGroups/Application Insights Smart Detection",
		group + "/providers/Microsoft.Sql/servers/s/databases/master",
		group + "/providers/Microsoft.Compute/disks/vm_OsDisk_1_0123456789abcdef0123456789abcdef",
		nodes + "/providers/Microsoft.Foo/bars/node",
		"/subscriptions/" + sub1 + "/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_westeurope",
	}))
	w.on(vnetsOf(sub1), listed(thing(group+"/providers/Microsoft.Network/virtualNetworks/known")))
	r := w.look(t, true, nil,
		held("azurerm_virtual_network", group+"/providers/Microsoft.Network/virtualNetworks/known"),
		held("azurerm_resource_group", group),
		held("azurerm_foo_bar", group+"/providers/Microsoft.Foo/bars/MANAGED"))
	// What Resource Graph knows and the reader's list does not yet is told of all the same.
	r.tells(t, "unmanaged "+link, "unmanaged "+group+"/providers/Microsoft.Network/virtualNetworks/lags", "unchecked azurerm_foo_bar.MANAGED")
	i := slices.IndexFunc(r.inv.Resources, func(x resource.Resource) bool { return x.Shown == link })
	if got := r.inv.Resources[i]; got.Key.Type != "Microsoft.Network/privateLinkServices" || got.Via != graphType || got.Key.ID != fold(link) {
		t.Errorf("%+v", got)
	}
}

// A subscription that the query is refused for is unchecked, and the others are read.
func TestGraphRefusesOne(t *testing.T) {
	w := newWorld(t)
	ids := []string{vnetID(sub1, "rg", "a"), vnetID(sub3, "rg", "c")}
	w.on(vnetsOf(sub1), listed(thing(ids[0])))
	w.on(vnetsOf(sub3), listed(thing(ids[1])))
	answers := rows(t, ids)
	w.on(graphPath, func(rw http.ResponseWriter, r *http.Request) {
		var q struct{ Subscriptions []string }
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &q)
		if slices.Contains(q.Subscriptions, sub2) {
			refuse(403, "AccessDenied")(rw, r)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answers(rw, r)
	})
	r := w.look(t, true, []string{sub1, sub2, sub3})
	r.tells(t, "unmanaged "+ids[0], "unmanaged "+ids[1], "unchecked "+graphType+" "+sub2)
}

func TestGraphTruncated(t *testing.T) {
	w := newWorld(t)
	w.on(graphPath, reply(200, map[string]any{"count": 0, "totalRecords": 5, "resultTruncated": "true", "data": []any{}}))
	w.look(t, true, []string{sub1}).tells(t, "unchecked "+graphType+" "+sub1)
}

// A cloud that does not have the query refuses it for all alike.
func TestGraphUnoffered(t *testing.T) {
	w := newWorld(t)
	w.on(graphPath, refuse(400, "NoRegisteredProviderFound"))
	r := w.look(t, true, []string{sub1, sub2, sub3})
	r.tells(t, "unchecked "+graphType+" "+sub1, "unchecked "+graphType+" "+sub2, "unchecked "+graphType+" "+sub3)
	if n := w.count("POST "); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// What a service says for no tags takes no row away.
func TestGraphTags(t *testing.T) {
	id := "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Foo/bars/"
	row := func(name string, tags any) map[string]any {
		return map[string]any{"id": id + name, "type": "microsoft.foo/bars", "subscriptionId": sub1, "tags": tags, "managedBy": nil}
	}
	w := newWorld(t)
	w.on(graphPath, reply(200, map[string]any{"resultTruncated": "false", "data": []any{row("a", ""), row("b", map[string]any{"env": "prod"})}}))
	r := w.look(t, true, []string{sub1})
	r.tells(t, "unmanaged "+id+"a", "unmanaged "+id+"b")
	i := slices.IndexFunc(r.inv.Resources, func(x resource.Resource) bool { return x.Shown == id+"b" })
	if tags, _ := r.inv.Resources[i].Attrs["tags"].(map[string]any); tags["env"] != "prod" {
		t.Errorf("tags %v", tags)
	}
}
