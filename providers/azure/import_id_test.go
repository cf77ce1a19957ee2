package azure

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// documented is an import id as the section Import of a type's page has it, with <>
// for a name, and the names of a resource of the type's fixture that has one.
type documented struct{ typ, form, names string }

const inGroup = "/subscriptions/<subscription>/resourceGroups/<>/providers/"

// Source: https://registry.terraform.io/providers/hashicorp/azurerm/5.2.0/docs
var documentedIDs = []documented{
	{"azurerm_resource_group", "/subscriptions/<subscription>/resourceGroups/<>", "rg-data"},
	{"azurerm_dns_aaaa_record", inGroup + "Microsoft.Network/dnsZones/<>/AAAA/<>", "rg-app example.com www"},
	{"azurerm_dns_a_record", inGroup + "Microsoft.Network/dnsZones/<>/A/<>", "rg-app example.com www"},
	{"azurerm_dns_caa_record", inGroup + "Microsoft.Network/dnsZones/<>/CAA/<>", "rg-app example.com @"},
	{"azurerm_dns_cname_record", inGroup + "Microsoft.Network/dnsZones/<>/CNAME/<>", "rg-app example.com tm"},
	{"azurerm_dns_mx_record", inGroup + "Microsoft.Network/dnsZones/<>/MX/<>", "rg-app example.com @"},
	{"azurerm_dns_ns_record", inGroup + "Microsoft.Network/dnsZones/<>/NS/<>", "rg-app example.com sub"},
	{"azurerm_dns_ptr_record", inGroup + "Microsoft.Network/dnsZones/<>/PTR/<>", "rg-app example.com 10"},
	{"azurerm_dns_srv_record", inGroup + "Microsoft.Network/dnsZones/<>/SRV/<>", "rg-app example.com _sip._tcp"},
	{"azurerm_dns_txt_record", inGroup + "Microsoft.Network/dnsZones/<>/TXT/<>", "rg-app example.com @"},
	{"azurerm_dns_zone", inGroup + "Microsoft.Network/dnsZones/<>", "rg-app example.com"},
	{"azurerm_private_dns_aaaa_record", inGroup + "Microsoft.Network/privateDnsZones/<>/AAAA/<>", "rg-app internal.example.com db"},
	{"azurerm_private_dns_a_record", inGroup + "Microsoft.Network/privateDnsZones/<>/A/<>", "rg-app internal.example.com db"},
	{"azurerm_private_dns_cname_record", inGroup + "Microsoft.Network/privateDnsZones/<>/CNAME/<>", "rg-app internal.example.com docs"},
	{"azurerm_private_dns_mx_record", inGroup + "Microsoft.Network/privateDnsZones/<>/MX/<>", "rg-app internal.example.com @"},
	{"azurerm_private_dns_ptr_record", inGroup + "Microsoft.Network/privateDnsZones/<>/PTR/<>", "rg-app internal.example.com 10"},
	{"azurerm_private_dns_srv_record", inGroup + "Microsoft.Network/privateDnsZones/<>/SRV/<>", "rg-app internal.example.com _ldap._tcp"},
	{"azurerm_private_dns_txt_record", inGroup + "Microsoft.Network/privateDnsZones/<>/TXT/<>", "rg-app internal.example.com note"},
	{"azurerm_private_dns_zone", inGroup + "Microsoft.Network/privateDnsZones/<>", "rg-app internal.example.com"},
	{"azurerm_private_dns_zone_virtual_network_link", inGroup + "Microsoft.Network/privateDnsZones/<>/virtualNetworkLinks/<>", "rg-app internal.example.com main"},
	{"azurerm_lb", inGroup + "Microsoft.Network/loadBalancers/<>", "rg-app lb-web"},
	{"azurerm_lb_backend_address_pool", inGroup + "Microsoft.Network/loadBalancers/<>/backendAddressPools/<>", "rg-app lb-web web"},
	{"azurerm_lb_nat_rule", inGroup + "Microsoft.Network/loadBalancers/<>/inboundNatRules/<>", "rg-app lb-web ssh"},
	{"azurerm_lb_outbound_rule", inGroup + "Microsoft.Network/loadBalancers/<>/outboundRules/<>", "rg-app lb-web out"},
	{"azurerm_lb_probe", inGroup + "Microsoft.Network/loadBalancers/<>/probes/<>", "rg-app lb-web tcp"},
	{"azurerm_lb_rule", inGroup + "Microsoft.Network/loadBalancers/<>/loadBalancingRules/<>", "rg-app lb-web https"},
	{"azurerm_linux_function_app", inGroup + "Microsoft.Web/sites/<>", "rg-app func-linux"},
	{"azurerm_linux_web_app", inGroup + "Microsoft.Web/sites/<>", "rg-app web-linux"},
	{"azurerm_service_plan", inGroup + "Microsoft.Web/serverFarms/<>", "rg-app plan-win"},
	{"azurerm_windows_function_app", inGroup + "Microsoft.Web/sites/<>", "rg-app func-win"},
	{"azurerm_windows_web_app", inGroup + "Microsoft.Web/sites/<>", "rg-app web-win"},
	{"azurerm_role_assignment", inGroup + "Microsoft.Authorization/roleAssignments/<>", "rg-data 4d4d61a6-c3b8-4c2e-875d-0001eb840f16"},
	{"azurerm_role_definition", "/subscriptions/<subscription>/providers/Microsoft.Authorization/roleDefinitions/<>|/subscriptions/<subscription>", "11111111-2222-4333-8444-000000000001"},
	{"azurerm_role_definition", "/providers/Microsoft.Authorization/roleDefinitions/<>|/providers/Microsoft.Management/managementGroups/<>", "11111111-2222-4333-8444-000000000002 corp"},
	{"azurerm_key_vault", inGroup + "Microsoft.KeyVault/vaults/<>", "rg-data kv-rbac"},
	{"azurerm_key_vault_access_policy", inGroup + "Microsoft.KeyVault/vaults/<>/objectId/<>/applicationId/<>", "rg-data kv-main 0D3AB9B5-4F0A-4B0D-8A0B-000000000002 cccccccc-0000-4000-8000-00000000000a"},
	{"azurerm_key_vault_access_policy", inGroup + "Microsoft.KeyVault/vaults/<>/objectId/<>", "rg-data kv-main 0d3ab9b5-4f0a-4b0d-8a0b-000000000001"},
	{"azurerm_nat_gateway", inGroup + "Microsoft.Network/natGateways/<>", "rg-app ng-plain"},
	{"azurerm_nat_gateway_public_ip_association", inGroup + "Microsoft.Network/natGateways/<>|" + inGroup + "Microsoft.Network/publicIPAddresses/<>", "rg-app ng-main rg-app pip-nat6"},
	{"azurerm_nat_gateway_public_ip_prefix_association", inGroup + "Microsoft.Network/natGateways/<>|" + inGroup + "Microsoft.Network/publicIPPrefixes/<>", "rg-app ng-main rg-app prefix6"},
	{"azurerm_network_interface", inGroup + "Microsoft.Network/networkInterfaces/<>", "rg-app nic-web"},
	{"azurerm_network_interface_backend_address_pool_association", inGroup + "Microsoft.Network/networkInterfaces/<>/ipConfigurations/<>|" + inGroup + "Microsoft.Network/loadBalancers/<>/backendAddressPools/<>", "rg-app nic-fw trust rg-app lb-web web"},
	{"azurerm_network_interface_security_group_association", inGroup + "Microsoft.Network/networkInterfaces/<>|" + inGroup + "Microsoft.Network/networkSecurityGroups/<>", "rg-app nic-web rg-app nsg-web"},
	{"azurerm_private_endpoint", inGroup + "Microsoft.Network/privateEndpoints/<>", "rg-app pe-sql"},
	{"azurerm_public_ip", inGroup + "Microsoft.Network/publicIPAddresses/<>", "rg-app pip-web"},
	{"azurerm_public_ip_prefix", inGroup + "Microsoft.Network/publicIPPrefixes/<>", "rg-app prefix6"},
	{"azurerm_route", inGroup + "Microsoft.Network/routeTables/<>/routes/<>", "rg-app rt-main to-firewall"},
	{"azurerm_route_table", inGroup + "Microsoft.Network/routeTables/<>", "rg-app rt-main"},
	{"azurerm_subnet", inGroup + "Microsoft.Network/virtualNetworks/<>/subnets/<>", "rg-app vnet-main snet-web"},
	{"azurerm_subnet_nat_gateway_association", inGroup + "Microsoft.Network/virtualNetworks/<>/subnets/<>", "rg-app vnet-main snet-web"},
	{"azurerm_subnet_network_security_group_association", inGroup + "Microsoft.Network/virtualNetworks/<>/subnets/<>", "rg-app vnet-main snet-web"},
	{"azurerm_subnet_route_table_association", inGroup + "Microsoft.Network/virtualNetworks/<>/subnets/<>", "rg-app vnet-main snet-web"},
	{"azurerm_virtual_network", inGroup + "Microsoft.Network/virtualNetworks/<>", "rg-app vnet-main"},
	{"azurerm_virtual_network_peering", inGroup + "Microsoft.Network/virtualNetworks/<>/virtualNetworkPeerings/<>", "rg-app vnet-main to-partner"},
	{"azurerm_network_security_group", inGroup + "Microsoft.Network/networkSecurityGroups/<>", "rg-app nsg-web"},
	{"azurerm_network_security_rule", inGroup + "Microsoft.Network/networkSecurityGroups/<>/securityRules/<>", "rg-app nsg-web https"},
	{"azurerm_mssql_database", inGroup + "Microsoft.Sql/servers/<>/databases/<>", "RG-Data sql-plain warehouse"},
	{"azurerm_mssql_firewall_rule", inGroup + "Microsoft.Sql/servers/<>/firewallRules/<>", "RG-Data sql-plain old"},
	{"azurerm_mssql_server", inGroup + "Microsoft.Sql/servers/<>", "RG-Data sql-plain"},
	{"azurerm_storage_account", inGroup + "Microsoft.Storage/storageAccounts/<>", "rg-data stplain"},
	{"azurerm_storage_account_customer_managed_key", inGroup + "Microsoft.Storage/storageAccounts/<>", "rg-data stmain"},
	{"azurerm_storage_account_network_rules", inGroup + "Microsoft.Storage/storageAccounts/<>", "rg-data stplain"},
	{"azurerm_storage_container", inGroup + "Microsoft.Storage/storageAccounts/<>/blobServices/default/containers/<>", "rg-data stplain old"},
	{"azurerm_cosmosdb_account", inGroup + "Microsoft.DocumentDB/databaseAccounts/<>", "rg-data cosmos-main"},
	{"azurerm_mysql_flexible_server", inGroup + "Microsoft.DBforMySQL/flexibleServers/<>", "rg-data mysql-main"},
	{"azurerm_postgresql_flexible_server", inGroup + "Microsoft.DBforPostgreSQL/flexibleServers/<>", "rg-data psql-replica"},
	{"azurerm_redis_cache", inGroup + "Microsoft.Cache/redis/<>", "rg-data redis-main"},
	{"azurerm_eventhub", inGroup + "Microsoft.EventHub/namespaces/<>/eventhubs/<>", "rg-data eh-main states"},
	{"azurerm_eventhub_namespace", inGroup + "Microsoft.EventHub/namespaces/<>", "rg-data eh-main"},
	{"azurerm_servicebus_namespace", inGroup + "Microsoft.ServiceBus/namespaces/<>", "rg-data sb-main"},
	{"azurerm_servicebus_namespace_customer_managed_key", inGroup + "Microsoft.ServiceBus/namespaces/<>", "rg-data sb-main"},
	{"azurerm_servicebus_queue", inGroup + "Microsoft.ServiceBus/namespaces/<>/queues/<>", "rg-data sb-main orders"},
	{"azurerm_servicebus_topic", inGroup + "Microsoft.ServiceBus/namespaces/<>/topics/<>", "rg-data sb-main prices"},
	{"azurerm_application_insights", inGroup + "Microsoft.Insights/components/<>", "rg-data appi-main"},
	{"azurerm_log_analytics_workspace", inGroup + "Microsoft.OperationalInsights/workspaces/<>", "rg-data log-main"},
	{"azurerm_monitor_action_group", inGroup + "Microsoft.Insights/actionGroups/<>", "rg-data ag-ops"},
	{"azurerm_monitor_metric_alert", inGroup + "Microsoft.Insights/metricAlerts/<>", "rg-data traffic"},
	{"azurerm_availability_set", inGroup + "Microsoft.Compute/availabilitySets/<>", "RG-APP avail-web"},
	{"azurerm_linux_virtual_machine", inGroup + "Microsoft.Compute/virtualMachines/<>", "RG-APP vm-off"},
	{"azurerm_linux_virtual_machine_scale_set", inGroup + "Microsoft.Compute/virtualMachineScaleSets/<>", "RG-APP vmss-full"},
	{"azurerm_managed_disk", inGroup + "Microsoft.Compute/disks/<>", "rg-app disk-secret"},
	{"azurerm_virtual_machine_data_disk_attachment", inGroup + "Microsoft.Compute/virtualMachines/<>/dataDisks/<>", "RG-APP vm-web disk-logs"},
	{"azurerm_windows_virtual_machine", inGroup + "Microsoft.Compute/virtualMachines/<>", "RG-APP vm-woff"},
	{"azurerm_windows_virtual_machine_scale_set", inGroup + "Microsoft.Compute/virtualMachineScaleSets/<>", "RG-APP vmss-win"},
	{"azurerm_container_registry", inGroup + "Microsoft.ContainerRegistry/registries/<>", "rg-app acrold"},
	{"azurerm_kubernetes_cluster", inGroup + "Microsoft.ContainerService/managedClusters/<>", "rg-app aks-old"},
	{"azurerm_kubernetes_cluster_node_pool", inGroup + "Microsoft.ContainerService/managedClusters/<>/agentPools/<>", "rg-app aks-app win"},
	{"azurerm_user_assigned_identity", inGroup + "Microsoft.ManagedIdentity/userAssignedIdentities/<>", "rg-app id-jobs"},
}

// notImported are the types of which nothing can be imported, with the reason.
var notImported = map[string]string{
	graphType: "what has no reader is of the cloud's own types",
}

// refused are the resources of the fixtures that nobody manages and that cannot be
// imported, by the end of their key, with the reason.
var refused = map[string]string{
	"5d4d61a6-c3b8-4c2e-875d-0001eb840f16": "an assignment across tenants needs the tenant, which is not read",
}

// id is the one of the fixture's resource.
func (d documented) id() string {
	id := strings.ReplaceAll(d.form, "<subscription>", fixtureSubscription)
	for _, name := range strings.Fields(d.names) {
		id = strings.Replace(id, "<>", name, 1)
	}
	return id
}

func (d documented) pattern() *regexp.Regexp {
	return regexp.MustCompile("^" + strings.NewReplacer("<subscription>", "[^/|]+", "<>", "[^/|]+").Replace(
		strings.NewReplacer("|", `\|`, ".", `\.`).Replace(d.form)) + "$")
}

// TestImportIDs reads each type's fixture and compares the import ids with the
// documentation.
func TestImportIDs(t *testing.T) {
	for _, typ := range Types() {
		forms := slices.DeleteFunc(slices.Clone(documentedIDs), func(d documented) bool { return d.typ != typ.Name })
		if reason := notImported[typ.Name]; (reason == "") == (len(forms) == 0) {
			t.Errorf("%s: the test needs either its documented import id or why it has none", typ.Name)
			continue
		}
		t.Run(typ.Name, func(t *testing.T) {
			if len(forms) == 0 {
				if id := typ.ImportID(&resource.Resource{Key: resource.Key{Type: "Microsoft.Foo/bars", ID: "/x"}, Shown: "/X", Via: typ.Name}); id != "" {
					t.Errorf("is imported as %s", id)
				}
				return
			}
			isDocumented := func(id string) bool {
				return slices.ContainsFunc(forms, func(d documented) bool { return d.pattern().MatchString(id) })
			}
			ids := map[string]bool{}
			for _, r := range ofFixture(t, typ.Name) {
				id := typ.ImportID(&r)
				ids[id] = true
				if r.Default {
					continue // nobody is told of it
				}
				if _, ok := refused[segmentAfterLast(r.Key.ID)]; ok {
					if id != "" {
						t.Errorf("%s is imported as %s", r.Key.ID, id)
					}
					continue
				}
				for _, shown := range []string{r.Shown, strings.ToLower(r.Shown), strings.ToUpper(r.Shown)} {
					r.Shown = shown
					if id := typ.ImportID(&r); !isDocumented(id) {
						t.Errorf("%s is imported as %q, documented is %s", shown, id, forms[0].form)
					}
				}
			}
			for _, d := range forms {
				if !ids[d.id()] {
					t.Errorf("no import id is %s: %v", d.id(), ids)
				}
			}
		})
	}
}

func TestImportIDsOfOthers(t *testing.T) {
	const (
		sub   = "/subscriptions/" + sub1
		group = sub + "/resourceGroups/g"
		role  = "/providers/Microsoft.Authorization/roleDefinitions/r"
		given = "/providers/Microsoft.Authorization/roleAssignments/a"
	)
	at := func(scopes ...any) resource.Attrs {
		return resource.Attrs{"role_definition_id": "r", "assignable_scopes": scopes}
	}
	tests := []struct {
		name, typ, shown string
		attrs            resource.Attrs
		want             string
	}{
		{"a read that did not say how the cloud writes the id", "azurerm_subnet", "", nil, ""},
		{"names that look like fixed parts", "azurerm_subnet", group + "/providers/microsoft.network/VIRTUALNETWORKS/Sites/subnets/PROVIDERS", nil, group + "/providers/Microsoft.Network/virtualNetworks/Sites/subnets/PROVIDERS"},

		{"an assignment to a subscription", "azurerm_role_assignment", sub + given, nil, sub + given},
		{"an assignment to a vault", "azurerm_role_assignment", sub + "/resourcegroups/g/providers/microsoft.keyvault/vaults/v" + given, nil, group + "/providers/Microsoft.KeyVault/vaults/v" + given},
		{"an assignment to what has no reader", "azurerm_role_assignment", group + "/providers/Microsoft.Foo/bars/b" + strings.ToLower(given), nil, group + "/providers/Microsoft.Foo/bars/b" + given},
		{"an assignment across tenants", "azurerm_role_assignment", sub + given, resource.Attrs{"delegated_managed_identity_resource_id": "/x"}, ""},

		{"a role of two subscriptions", "azurerm_role_definition", role, at(sub, "/subscriptions/"+sub2), sub + role + "|" + sub},
		{"a role of a group", "azurerm_role_definition", role, at(sub + "/resourcegroups/g/"), sub + role + "|" + group},
		{"a role of a management group", "azurerm_role_definition", role, at("/providers/microsoft.management/managementgroups/Corp"), role + "|/providers/Microsoft.Management/managementGroups/Corp"},
		{"a role of everything", "azurerm_role_definition", role, at("/"), ""},
		{"a role of which no scope was read", "azurerm_role_definition", role, at(), ""},
		{"a role without a name", "azurerm_role_definition", role, resource.Attrs{"assignable_scopes": []any{sub}}, ""},

		{"a disk attached empty", "azurerm_virtual_machine_data_disk_attachment", group + "/providers/Microsoft.Compute/virtualMachines/m/dataDisks/d", resource.Attrs{"create_option": "Empty"}, group + "/providers/Microsoft.Compute/virtualMachines/m/dataDisks/d"},
		{"a disk made of another", "azurerm_virtual_machine_data_disk_attachment", group + "/providers/Microsoft.Compute/virtualMachines/m/dataDisks/d", resource.Attrs{"create_option": "Copy"}, ""},
		{"a machine that runs from a blob", "azurerm_linux_virtual_machine", group + "/providers/Microsoft.Compute/virtualMachines/m", resource.Attrs{"os_managed_disk_id": nil}, ""},
		{"a machine of Windows that runs from a blob", "azurerm_windows_virtual_machine", group + "/providers/Microsoft.Compute/virtualMachines/m", resource.Attrs{"os_managed_disk_id": nil}, ""},
		{"a scale set from a disk", "azurerm_linux_virtual_machine_scale_set", group + "/providers/Microsoft.Compute/virtualMachineScaleSets/s", resource.Attrs{}, ""},
		{"a scale set of Windows from a disk", "azurerm_windows_virtual_machine_scale_set", group + "/providers/Microsoft.Compute/virtualMachineScaleSets/s", resource.Attrs{}, ""},
		{"a scale set that does not say whether it has an agent", "azurerm_linux_virtual_machine_scale_set", group + "/providers/Microsoft.Compute/virtualMachineScaleSets/s", resource.Attrs{"provision_vm_agent": nil}, group + "/providers/Microsoft.Compute/virtualMachineScaleSets/s"},
		{"a site without a plan", "azurerm_linux_web_app", group + "/providers/Microsoft.Web/sites/s", resource.Attrs{"service_plan_id": nil}, ""},
		{"a site of Windows without a plan", "azurerm_windows_web_app", group + "/providers/Microsoft.Web/sites/s", resource.Attrs{"service_plan_id": nil}, ""},
		{"a function without a plan", "azurerm_linux_function_app", group + "/providers/Microsoft.Web/sites/s", resource.Attrs{"service_plan_id": nil}, ""},
		{"a function of Windows without a plan", "azurerm_windows_function_app", group + "/providers/Microsoft.Web/sites/s", resource.Attrs{"service_plan_id": nil}, ""},
	}
	types := map[string]provider.Type{}
	for _, typ := range Types() {
		types[typ.Name] = typ
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := resource.Resource{Key: resource.Key{Type: tt.typ, ID: fold(tt.shown)}, Shown: tt.shown, Attrs: tt.attrs}
			if got := types[tt.typ].ImportID(&r); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestSpellings finds a spelling that no documented id has.
func TestSpellings(t *testing.T) {
	fixed := map[string]bool{}
	for _, d := range documentedIDs {
		for _, part := range strings.FieldsFunc(d.form, func(r rune) bool { return r == '/' || r == '|' }) {
			fixed[part] = true
		}
	}
	for _, s := range spellings {
		if !fixed[s] {
			t.Errorf("no documented id has %s", s)
		}
	}
}

// FuzzSpelled: an id changes in case alone, and once.
func FuzzSpelled(f *testing.F) {
	f.Add("/subscriptions/s/resourcegroups/g/providers/microsoft.web/serverfarms/p|/providers/x")
	f.Add("|//")
	f.Fuzz(func(t *testing.T, id string) {
		got := spelled(id)
		if !strings.EqualFold(got, id) || spelled(got) != got {
			t.Errorf("%q is spelled %q, and then %q", id, got, spelled(got))
		}
	})
}

// fixtureAnswers is Resource Manager as a type's fixture has it: see providertest.
type fixtureAnswers struct {
	t     *testing.T
	files []txtar.File
}

// RoundTrip implements http.RoundTripper.
func (a fixtureAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	operation := strings.TrimSuffix(actionName(r.Method, r.URL.Path), readSuffix)
	body, best := []byte(`{"value": []}`), -1
	for _, f := range a.files {
		name, part, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(f.Name, "calls/"), ".json"), "~")
		if name == operation && len(part) > best && strings.Contains(r.URL.String(), part) {
			body, best = f.Data, len(part)
		}
	}
	if best < 0 && operation != groupType {
		a.t.Errorf("no answer for %s", r.URL)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

// ofFixture reads what a type's fixture has, as a list says it.
func ofFixture(t *testing.T, typ string) []resource.Resource {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", typ+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	stats := &provider.Stats{}
	inv := inventory.Collect(t.Context(), inventory.Request{
		Providers: []provider.Provider{withToken(Options{
			Auth:          azureauth.Options{HTTP: &http.Client{Transport: fixtureAnswers{t, archive.Files}}},
			Subscriptions: []string{fixtureSubscription},
			Stats:         stats,
		})},
		Unmanaged:  true,
		Everything: true,
		Depth:      provider.DepthList,
		Type:       func(name string) bool { return name == typ },
		Parallel:   1,
		Stats:      stats,
		Now:        func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	})
	for _, row := range inv.Coverage {
		if !row.Complete {
			t.Errorf("the listing is not complete: %s", row.Reason)
		}
	}
	return inv.Resources
}
