package azure

import "testing"

// The portal links a component with the app that it watches by a tag.
func TestHiddenLinkOfComponent(t *testing.T) {
	const id = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Insights/components/c"
	component := thing(id)
	component["tags"] = map[string]any{"env": "prod", "hidden-link:/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Web/sites/a": "Resource"}
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Insights/components", listed(component))
	m := held("azurerm_application_insights", id)
	m.Attrs["tags"] = map[string]any{"env": "prod"}
	w.look(t, false, nil, m).tells(t)
	m.Attrs["tags"] = map[string]any{"env": "test"}
	w.look(t, false, nil, m).tells(t, "changed azurerm_application_insights.c")
}
