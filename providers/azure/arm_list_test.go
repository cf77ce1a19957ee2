package azure

import (
	"net/http"
	"testing"
)

func TestListAtAVersion(t *testing.T) {
	const group = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.ServiceBus/namespaces/"
	const all = "/subscriptions/" + sub1 + "/providers/Microsoft.ServiceBus/namespaces"
	w := newWorld(t)
	w.on(all, func(rw http.ResponseWriter, r *http.Request) {
		if v := r.URL.Query().Get("api-version"); v != "2024-01-01" {
			t.Errorf("asked in version %q", v)
		}
		if r.URL.Query().Get("skip") == "" {
			reply(200, map[string]any{"value": []any{thing(group + "a")}, "nextLink": "https://management.azure.com" + all + "?api-version=2024-01-01&skip=1"})(rw, r)
			return
		}
		listed(thing(group+"b"))(rw, r)
	})
	w.on(group+"lagging", func(rw http.ResponseWriter, r *http.Request) {
		if v := r.URL.Query().Get("api-version"); v != "2024-01-01" {
			t.Errorf("confirmed in version %q", v)
		}
		reply(200, thing(group+"lagging"))(rw, r)
	})
	w.on(group+"gone", refuse(404, "ResourceNotFound"))
	const typ = "azurerm_servicebus_namespace"
	w.look(t, false, nil, held(typ, group+"b"), held(typ, group+"lagging"), held(typ, group+"gone")).tells(t, "missing "+typ+".gone")

	w.on(all, reply(200, map[string]any{"value": []any{}, "nextLink": "https://attacker.example/next"}))
	w.look(t, false, nil, held(typ, group+"b")).tells(t, "unchecked "+typ+".b")

	w.on(all, refuse(403, "AuthorizationFailed"))
	w.look(t, false, nil, held(typ, group+"b")).tells(t, "unchecked "+typ+".b")
}

// A cloud that is behind the others answers in an older version of the API.
func TestListAtAnOlderVersion(t *testing.T) {
	w := newWorld(t)
	const path = "/subscriptions/" + sub1 + "/providers/Microsoft.ContainerRegistry/registries"
	id := appGroup + "/providers/Microsoft.ContainerRegistry/registries/acr"
	w.on(path, byVersion(map[string]any{"2022-12-01": map[string]any{"value": []any{thing(id)}}}))
	w.look(t, false, nil, held("azurerm_container_registry", id), held("azurerm_container_registry", id+"2")).
		tells(t, "missing azurerm_container_registry.acr2")
}

// byVersion knows only these versions of the API.
func byVersion(bodies map[string]any) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		body, ok := bodies[r.URL.Query().Get("api-version")]
		if !ok {
			refuse(400, "NoRegisteredProviderFound")(rw, r)
			return
		}
		reply(200, body)(rw, r)
	}
}
