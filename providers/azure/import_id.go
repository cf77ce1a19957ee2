package azure

import (
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// importID is what azurerm's importers take for almost every type: the id as ARM
// writes it, or that of the provider's own making where ARM has none, with the
// documented spelling of what is fixed in it. It is "" for what does not say how the
// cloud writes its id, as the join key has lost the casing of the names.
func importID(r *resource.Resource) string { return spelled(r.Shown) }

// importIf is for a type whose importer refuses some of what is listed.
func importIf(takes func(resource.Attrs) bool) func(*resource.Resource) string {
	return func(r *resource.Resource) string {
		if !takes(r.Attrs) {
			return ""
		}
		return importID(r)
	}
}

// spelled returns an id, or two with a bar between them, with the spelling that the
// importers insist on: services of ARM write resourcegroups, dnszones, serverfarms,
// microsoft.insights. Names stay as they are.
// Source: https://github.com/hashicorp/go-azure-helpers, resourcemanager/resourceids.
func spelled(id string) string {
	ids := strings.Split(id, "|")
	for i, one := range ids {
		parts := strings.Split(one, "/")
		for j := 1; j < len(parts); j++ {
			if isName := j%2 == 0; isName && !fixedAfter(parts[j-1]) {
				continue
			}
			if k := slices.IndexFunc(spellings, func(s string) bool { return strings.EqualFold(s, parts[j]) }); k >= 0 {
				parts[j] = spellings[k]
			}
		}
		ids[i] = strings.Join(parts, "/")
	}
	return strings.Join(ids, "|")
}

// fixedAfter is true where no name follows in an id.
func fixedAfter(part string) bool {
	return strings.EqualFold(part, "providers") || strings.EqualFold(part, "blobServices")
}

// spellings are the fixed parts of the import ids of the types that are read, as the
// section Import of their pages has them.
// Source: https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs
var spellings = []string{
	"providers",
	"resourceGroups",
	"subscriptions",

	"Microsoft.Authorization",
	"Microsoft.Cache",
	"Microsoft.Compute",
	"Microsoft.ContainerRegistry",
	"Microsoft.ContainerService",
	"Microsoft.DBforMySQL",
	"Microsoft.DBforPostgreSQL",
	"Microsoft.DocumentDB",
	"Microsoft.EventHub",
	"Microsoft.Insights",
	"Microsoft.KeyVault",
	"Microsoft.ManagedIdentity",
	"Microsoft.Management",
	"Microsoft.Network",
	"Microsoft.OperationalInsights",
	"Microsoft.ServiceBus",
	"Microsoft.Sql",
	"Microsoft.Storage",
	"Microsoft.Web",

	"A",
	"AAAA",
	"CAA",
	"CNAME",
	"MX",
	"NS",
	"PTR",
	"SRV",
	"TXT",
	"actionGroups",
	"agentPools",
	"applicationId",
	"availabilitySets",
	"backendAddressPools",
	"blobServices",
	"components",
	"containers",
	"dataDisks",
	"databaseAccounts",
	"databases",
	"default",
	"disks",
	"dnsZones",
	"eventhubs",
	"firewallRules",
	"flexibleServers",
	"inboundNatRules",
	"ipConfigurations",
	"loadBalancers",
	"loadBalancingRules",
	"managedClusters",
	"managementGroups",
	"metricAlerts",
	"namespaces",
	"natGateways",
	"networkInterfaces",
	"networkSecurityGroups",
	"objectId",
	"outboundRules",
	"privateDnsZones",
	"privateEndpoints",
	"probes",
	"publicIPAddresses",
	"publicIPPrefixes",
	"queues",
	"redis",
	"registries",
	"roleAssignments",
	"roleDefinitions",
	"routeTables",
	"routes",
	"securityRules",
	"serverFarms",
	"servers",
	"sites",
	"storageAccounts",
	"subnets",
	"topics",
	"userAssignedIdentities",
	"vaults",
	"virtualMachineScaleSets",
	"virtualMachines",
	"virtualNetworkLinks",
	"virtualNetworkPeerings",
	"virtualNetworks",
	"workspaces",
}
