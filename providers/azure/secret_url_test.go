package azure

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWithoutSecret(t *testing.T) {
	const hook = "https://user:pw@hooks.example.com/services/T0/B0/secret?code=abc"
	got := withoutSecret(hook)
	if !strings.HasPrefix(got, "https://hooks.example.com/#sha256:") || strings.Contains(got, "secret") || strings.Contains(got, "pw") {
		t.Errorf("%s shows too much, or not the host", got)
	}
	if again := withoutSecret(got); again != got {
		t.Errorf("%s became %s", got, again)
	}
	if withoutSecret(hook+"d") == got {
		t.Error("another code is the same URL")
	}
	if got := withoutSecret("no url"); strings.Contains(got, "no url") {
		t.Errorf("%s shows what it does not know", got)
	}
}

// A receiver that comes or goes is shown as a whole.
func TestWebhooksAreHidden(t *testing.T) {
	const id = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Insights/actionGroups/ag"
	webhook := func(name, uri string) map[string]any {
		return map[string]any{"name": name, "service_uri": "https://" + uri}
	}
	w := newWorld(t)
	group := thing(id)
	group["properties"] = map[string]any{"webhookReceivers": []any{
		map[string]any{"name": "came", "serviceUri": "https://came.example/s3cr3t"},
		map[string]any{"name": "changed", "serviceUri": "https://new.example/s3cr3t"},
	}}
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Insights/actionGroups", listed(group))
	m := held("azurerm_monitor_action_group", id)
	m.Attrs["webhook_receiver"] = []any{webhook("gone", "gone.example/s3cr3t"), webhook("changed", "old.example/s3cr3t")}
	r := w.look(t, false, nil, m)
	told, err := json.Marshal(r.report.Findings)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(told), "s3cr3t") {
		t.Errorf("a webhook is told: %s", told)
	}
	for _, host := range []string{"came.example", "gone.example", "old.example", "new.example"} {
		if !strings.Contains(string(told), host) {
			t.Errorf("no change of %s: %s", host, told)
		}
	}
}
