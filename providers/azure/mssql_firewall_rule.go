package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// sqlFirewallRules are listed server by server.
func sqlFirewallRules() source[*armsql.FirewallRule] {
	return under(sqlServers(), []string{"azurerm_mssql_server"}, "Microsoft.Sql/servers/firewallRules", armsql.NewFirewallRulesClient,
		func(c *armsql.FirewallRulesClient, server *arm.ResourceID) *runtime.Pager[armsql.FirewallRulesClientListByServerResponse] {
			return c.NewListByServerPager(server.ResourceGroupName, server.Name, nil)
		},
		func(p armsql.FirewallRulesClientListByServerResponse) []*armsql.FirewallRule { return p.Value })
}

var mssqlFirewallRule = define(sqlFirewallRules(), provider.Spec[*conn, *armsql.FirewallRule]{
	Name: "azurerm_mssql_firewall_rule",
	Attrs: func(v *armsql.FirewallRule) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":             v.Name,
			"server_id":        sqlServerOf(value(v.ID)),
			"start_ip_address": p.StartIPAddress,
			"end_ip_address":   p.EndIPAddress,
		}
	},
	ChildOf: []resource.ChildOf{{Parent: "azurerm_mssql_server", Ref: "server_id", ParentID: fold}},
})
