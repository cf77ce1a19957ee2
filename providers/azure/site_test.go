package azure

import (
	"encoding/json"
	"strings"
	"testing"
)

func siteID(name string) string {
	return "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Web/sites/" + name
}

// Each site is told of once: as what it is, or, where that has no reader, among
// whatever there is.
func TestKindsOfSites(t *testing.T) {
	kinds := map[string]string{
		"linux": "app,linux,container", "windows": "app", "function": "functionapp,linux", "winfunction": "functionapp",
		"logic": "functionapp,workflowapp", "flex": "functionapp,linux", "mine": "app",
	}
	w := newWorld(t)
	var all []any
	var ids []string
	for name, kind := range kinds {
		site := thing(siteID(name))
		site["kind"] = kind
		if name == "flex" {
			site["properties"] = map[string]any{"functionAppConfig": map[string]any{}}
		}
		all, ids = append(all, site), append(ids, siteID(name))
	}
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Web/sites", listed(all...))
	w.on(graphPath, rows(t, ids))

	r := w.look(t, true, []string{sub1}, held("azurerm_linux_web_app", siteID("mine")))
	got := map[string]string{}
	for _, f := range r.report.Findings {
		if got[f.ID] != "" {
			t.Errorf("%s is told twice", f.ID)
		}
		got[f.ID] = f.Type
	}
	want := map[string]string{
		siteID("linux"): "azurerm_linux_web_app", siteID("windows"): "azurerm_windows_web_app",
		siteID("function"): "azurerm_linux_function_app", siteID("winfunction"): "azurerm_windows_function_app",
		siteID("logic"): "Microsoft.Web/sites", siteID("flex"): "Microsoft.Web/sites",
	}
	for id, typ := range want {
		if got[id] != typ {
			t.Errorf("%s is %q, want %q", id, got[id], typ)
		}
	}
	if len(got) != len(want) {
		t.Errorf("told %v", got)
	}
}

// Whatever a site's configuration says, its settings are in no inventory, and
// nothing is posted.
func TestSettingsOfSitesAreNotRead(t *testing.T) {
	w := newWorld(t)
	site := thing(siteID("web"))
	site["kind"] = "app,linux"
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Web/sites", listed(site))
	w.on(siteID("web")+"/config/web", reply(200, map[string]any{"properties": map[string]any{
		"alwaysOn": true, "publishingUsername": "$hunter2",
		"appSettings":          []any{map[string]any{"name": "PASSWORD", "value": "hunter2"}},
		"connectionStrings":    []any{map[string]any{"name": "db", "connectionString": "hunter2"}},
		"azureStorageAccounts": map[string]any{"s": map[string]any{"accessKey": "hunter2"}},
		"machineKey":           map[string]any{"decryptionKey": "hunter2"},
	}}))
	m := held("azurerm_linux_web_app", siteID("web"))
	m.Attrs["site_config"] = []any{map[string]any{"always_on": false}}
	m.Attrs["app_settings"] = map[string]any{"PASSWORD": "hunter1"}
	r := w.look(t, false, []string{sub1}, m)
	r.tells(t, "changed azurerm_linux_web_app.web")
	if b, err := json.Marshal(r.inv); err != nil || strings.Contains(string(b), "hunter") {
		t.Errorf("the inventory has a secret: %s, %v", b, err)
	}
	if w.count("POST "+siteID("web")) != 0 || w.count("GET "+siteID("web")+"/config/appsettings") != 0 {
		t.Errorf("calls %q", w.calls)
	}
}

func TestLinuxStack(t *testing.T) {
	for fx, want := range map[string]string{
		"NODE|20-lts":                     "node_version=20-lts",
		"DOTNETCORE|8.0":                  "dotnet_version=8.0",
		"PYTHON|3.11":                     "python_version=3.11",
		"PHP|8.2":                         "php_version=8.2",
		"GO|1.19":                         "go_version=1.19",
		"JAVA|17-java17":                  "java_server=JAVA java_server_version=17 java_version=17",
		"JAVA|8u242-jre8":                 "java_server=JAVA java_server_version=8u242 java_version=8",
		"TOMCAT|9.0-jre8":                 "java_server=TOMCAT java_server_version=9.0 java_version=8",
		"JBOSSEAP|7-java11":               "java_server=JBOSSEAP java_server_version=7 java_version=11",
		"DOCKER|registry.example.com/a:1": "docker_image_name=registry.example.com/a:1",
		"COMPOSE|dmVyc2lvbjogJzMnCg==":    "",
		"":                                "",
	} {
		got := []string{}
		for _, block := range linuxStack(fx) {
			for _, name := range []string{"docker_image_name", "dotnet_version", "go_version", "java_server", "java_server_version", "java_version", "node_version", "php_version", "python_version"} {
				if v := block.(map[string]any)[name]; v != nil {
					got = append(got, name+"="+v.(string))
				}
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q is %q, want %q", fx, s, want)
		}
	}
}
