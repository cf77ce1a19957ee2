package azure

import (
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func serversForTest() collection[armsql.Server] {
	return list("Microsoft.Sql/servers", armsql.NewServersClient, (*armsql.ServersClient).NewListPager,
		func(p armsql.ServersClientListResponse) []*armsql.Server { return p.Value })
}

func databasesForTest() provider.Type {
	return define(
		under(serversForTest(), []string{"azurerm_mssql_server"}, "Microsoft.Sql/servers/databases", armsql.NewDatabasesClient,
			func(c *armsql.DatabasesClient, server *arm.ResourceID) *runtime.Pager[armsql.DatabasesClientListByServerResponse] {
				return c.NewListByServerPager(server.ResourceGroupName, server.Name, nil)
			},
			func(p armsql.DatabasesClientListByServerResponse) []*armsql.Database { return p.Value }),
		provider.Spec[*conn, *armsql.Database]{
			Name:  "azurerm_mssql_database",
			Attrs: func(v *armsql.Database) resource.Attrs { return resource.Attrs{"name": v.Name} },
		})
}

func TestUnder(t *testing.T) {
	const group = "/subscriptions/" + sub1 + "/resourceGroups/rg"
	server := func(name string) string { return group + "/providers/Microsoft.Sql/servers/" + name }
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Sql/servers", listed(thing(server("A")), thing(server("nobodys"))))
	w.on(server("A")+"/databases", listed(thing(server("A")+"/databases/here")))
	w.on(server("A")+"/databases/lagging", reply(200, thing(server("A")+"/databases/lagging")))
	w.on(server("gone")+"/databases", refuse(404, "ParentResourceNotFound"))
	w.on(server("nobodys")+"/databases", listed(thing(server("nobodys")+"/databases/d")))

	typ := databasesForTest()
	p := withToken(Options{})
	p.options.Auth.HTTP = clientOf(w)
	p.types = []provider.Type{typ}
	managed := map[string][]*resource.Managed{}
	for _, m := range []resource.Managed{
		held(typ.Name, server("A")+"/databases/here"), held(typ.Name, server("A")+"/databases/lagging"),
		held(typ.Name, server("A")+"/databases/missing"), held(typ.Name, server("gone")+"/databases/x"), held("azurerm_mssql_server", server("a")),
	} {
		all := []resource.Managed{m}
		p.Locate(all, nil)
		managed[m.Key.Type] = append(managed[m.Key.Type], &all[0])
	}
	list := func(q provider.Query) (names []string, err error) {
		scopes, err := p.Connect(t.Context(), provider.Want{Places: []provider.Place{{Account: sub1}}})
		if err != nil {
			t.Fatal(err)
		}
		w.calls = nil
		for it, err := range typ.List(t.Context(), scopes[0].Conn, q) {
			if err != nil {
				return names, err
			}
			names = append(names, it.Resource.Attrs.String("name"))
		}
		return names, nil
	}
	holding := func(typ string) []*resource.Managed { return managed[typ] }

	names, err := list(provider.Query{Held: holding, Wanted: []string{}})
	if err != nil || len(names) != 2 || names[0] != "here" || names[1] != "lagging" {
		t.Errorf("%q, %v", names, err)
	}
	// Two parents, two databases that the lists lack; none of the parent that is gone.
	if len(w.calls) != 4 {
		t.Errorf("calls %q", w.calls)
	}

	names, err = list(provider.Query{Held: func(string) []*resource.Managed { return nil }, Everything: true})
	if err != nil || len(names) != 2 || names[1] != "d" {
		t.Errorf("everything: %q, %v", names, err)
	}

	w.on(server("A")+"/databases", refuse(403, "AuthorizationFailed"))
	if _, err = list(provider.Query{Held: holding, Wanted: []string{}}); p.Explain(err).Action != "Microsoft.Sql/servers/databases/read" {
		t.Errorf("a denied parent: %v", err)
	}
}

// A parent that is gone, or cannot have children, says nothing of the others'.
func TestUnderOthers(t *testing.T) {
	account := func(name string) string {
		return "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/" + name
	}
	const containers = "/blobServices/default/containers"
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Storage/storageAccounts", listed(thing(account("blobs")), thing(account("files")), thing(account("zgone"))))
	w.on(account("blobs")+containers, listed(thing(account("blobs")+containers+"/here")))
	w.on(account("files")+containers, refuse(400, "FeatureNotSupportedForAccount"))
	w.on(account("zgone")+containers, refuse(404, "ResourceNotFound"))
	lagging := account("blobs") + containers + "/lagging"
	version := ""
	w.on(lagging, func(rw http.ResponseWriter, r *http.Request) {
		version = r.URL.Query().Get("api-version")
		reply(200, thing(lagging))(rw, r)
	})
	const typ = "azurerm_storage_container"
	r := w.look(t, true, nil, held("azurerm_storage_account", account("blobs")), held("azurerm_storage_account", account("files")), held("azurerm_storage_account", account("zgone")),
		held(typ, account("blobs")+containers+"/here"), held(typ, lagging), held(typ, account("blobs")+containers+"/missing"), held(typ, account("zgone")+containers+"/too"))
	r.tells(t, "missing "+typ+".missing", "missing "+typ+".too")
	if version == "" {
		t.Error("asked in no version of the API")
	}
}

// A subscription that never used a service has none of its children either.
func TestUnderUnregistered(t *testing.T) {
	w := newWorld(t)
	for _, list := range []string{"Microsoft.Sql/servers", "Microsoft.Storage/storageAccounts"} {
		w.on("/subscriptions/"+sub1+"/providers/"+list, refuse(409, "SubscriptionNotRegistered"))
	}
	w.look(t, true, []string{sub1}).tells(t)
}
