package azure

import (
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// What a resource without a reader decides is not its parent's drift, and without it
// it is.
func TestDecidedByOthers(t *testing.T) {
	const group = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/"
	tests := map[string]struct {
		typ, id string // of the parent
		list    string
		cloud   map[string]any // what the API says of it
		state   resource.Attrs
		child   resource.Managed
	}{
		"workers of a plan": {
			"azurerm_service_plan", group + "Microsoft.Web/serverFarms/p", "Microsoft.Web/serverfarms",
			map[string]any{"sku": map[string]any{"capacity": 5}}, resource.Attrs{"worker_count": 2.0},
			holding("azurerm_monitor_autoscale_setting", "target_resource_id", group+"Microsoft.Web/serverfarms/P"),
		},
		"units of a namespace": {
			"azurerm_servicebus_namespace", group + "Microsoft.ServiceBus/namespaces/n", "Microsoft.ServiceBus/namespaces",
			map[string]any{"sku": map[string]any{"capacity": 4}}, resource.Attrs{"capacity": 1.0},
			holding("azurerm_monitor_autoscale_setting", "target_resource_id", group+"Microsoft.ServiceBus/namespaces/n"),
		},
		"name servers of a network": {
			"azurerm_virtual_network", vnetID(sub1, "rg", "v"), "Microsoft.Network/virtualNetworks",
			map[string]any{"properties": map[string]any{"dhcpOptions": map[string]any{"dnsServers": []string{"10.0.0.4"}}}}, resource.Attrs{"dns_servers": []any{}},
			holding("azurerm_virtual_network_dns_servers", "virtual_network_id", vnetID(sub1, "RG", "v")),
		},
		"key of a server": {
			"azurerm_mssql_server", group + "Microsoft.Sql/servers/s", "Microsoft.Sql/servers",
			map[string]any{"properties": map[string]any{"keyId": "https://kv.vault.azure.net/keys/k/1"}}, resource.Attrs{"transparent_data_encryption_key_vault_key_id": ""},
			holding("azurerm_mssql_server_transparent_data_encryption", "server_id", group+"Microsoft.Sql/servers/s"),
		},
		"network of an app": {
			"azurerm_linux_web_app", group + "Microsoft.Web/sites/a", "Microsoft.Web/sites",
			map[string]any{"kind": "app,linux", "properties": map[string]any{"virtualNetworkSubnetId": vnetID(sub1, "rg", "v") + "/subnets/s"}}, resource.Attrs{"virtual_network_subnet_id": ""},
			holding("azurerm_app_service_virtual_network_swift_connection", "app_service_id", group+"Microsoft.Web/sites/a"),
		},
		"subnet of azapi": {
			"azurerm_virtual_network", vnetID(sub1, "rg", "v"), "Microsoft.Network/virtualNetworks",
			map[string]any{"properties": map[string]any{"subnets": []any{thing(vnetID(sub1, "rg", "v") + "/subnets/s")}}}, resource.Attrs{"subnet": []any{}},
			holding("azapi_resource", "id", vnetID(sub1, "rg", "V")+"/subnets/s"),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			object := thing(tt.id)
			for k, v := range tt.cloud {
				object[k] = v
			}
			w := newWorld(t)
			w.on("/subscriptions/"+sub1+"/providers/"+tt.list, listed(object))
			parent := held(tt.typ, tt.id)
			for k, v := range tt.state {
				parent.Attrs[k] = v
			}
			w.look(t, false, []string{sub1}, parent, tt.child).tells(t, "unchecked "+tt.child.Address)
			w.look(t, false, []string{sub1}, parent).tells(t, "changed "+parent.Address)
			// Another's child decides nothing.
			tt.child = holding(tt.child.Key.Type, "id", vnetID(sub1, "rg", "other")+"/subnets/s")
			w.look(t, false, []string{sub1}, parent, tt.child).tells(t, "changed "+parent.Address, "unchecked "+tt.child.Address)
		})
	}
}

// holding is a resource of which a state holds one attribute and an id.
func holding(typ, name, value string) resource.Managed {
	m := held(typ, "/subscriptions/"+sub1+"/x")
	m.Attrs[name] = value
	return m
}
