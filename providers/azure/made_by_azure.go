package azure

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// madeByAzure reports whether Azure made a resource by itself, or a service keeps
// it for its own use, as far as the id and the resource group tell.
func madeByAzure(ctx context.Context, c *conn, id string) bool {
	group, typ, name := groupOf(id), strings.ToLower(pathType(id)), strings.ToLower(segmentAfterLast(id))
	return ownGroups.MatchString(strings.ToLower(segment(id, "resourceGroups"))) ||
		isOwnName(typ, name) ||
		group != "" && c.managedGroups(ctx)[group]
}

// ownGroups are the names of the groups that Azure makes for what it makes.
var ownGroups = regexp.MustCompile(`^(networkwatcherrg|defaultresourcegroup-[a-z0-9]+|default-activitylogalerts|built-in-identity-rg|cloud-shell-storage-[a-z]+|resourcemoverrg-.+|azurebackuprg_.+|ai_.+_managed|ma_.+_managed)$`)

// ownResource is what Azure makes under a name of its own. typ is in lower case.
type ownResource struct {
	typ  string
	name *regexp.Regexp
}

// serviceOwned is what a service adds to the rules and routes of the subnet that is
// delegated to it: Microsoft.Sql-managedInstances_UseOnly_mi-…
var serviceOwned = regexp.MustCompile(`^microsoft\.[a-z]+-[a-z]+_useonly_`)

var ownResources = []ownResource{
	// of a machine and of a private endpoint, which are told of instead
	{"microsoft.compute/disks", regexp.MustCompile(`_osdisk_[0-9]+(_[0-9a-f]{32})?$`)},
	{"microsoft.network/networkinterfaces", regexp.MustCompile(`\.nic\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)},

	{"microsoft.alertsmanagement/smartdetectoralertrules", regexp.MustCompile(`^failure anomalies - `)},
	{"microsoft.automation/automationaccounts/runbooks", regexp.MustCompile(`^azureautomationtutorial`)},
	{"microsoft.eventgrid/systemtopics", regexp.MustCompile(`^.+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)},
	{"microsoft.insights/actiongroups", regexp.MustCompile(`^application insights smart detection$`)},
	{networkSecurityRuleType, serviceOwned},
	{"microsoft.network/networkwatchers", regexp.MustCompile(`^networkwatcher_`)},
	{routeType, serviceOwned},
	{routeType, regexp.MustCompile(`^aks-.+-vmss[0-9a-z]{6}(____[0-9a-f]+)?$`)}, // to the pods of a node
	{"microsoft.network/virtualnetworks/virtualnetworkpeerings", regexp.MustCompile(`^remotevnettohubpeering_`)},
	{"microsoft.operationalinsights/workspaces", regexp.MustCompile(`^defaultworkspace-`)},
	{"microsoft.security/automations", regexp.MustCompile(`^exporttoworkspace$`)},
	{"microsoft.sql/servers/databases", regexp.MustCompile(`^master$`)},
}

// The types whose resources Azure adds to those of a group or table.
const (
	networkSecurityRuleType = "microsoft.network/networksecuritygroups/securityrules"
	routeType               = "microsoft.network/routetables/routes"
)

// isOwnName is true for the names that Azure gives to resources of a type. Both are
// in lower case.
func isOwnName(typ, name string) bool {
	return slices.ContainsFunc(ownResources, func(o ownResource) bool { return o.typ == typ && o.name.MatchString(name) })
}

// keyedWithoutOwn is for the blocks in which a parent shows children of a type: those
// that Azure makes come and go with what it runs, in the state as in the cloud.
func keyedWithoutOwn(typ string) resource.Rule {
	rule := resource.Keyed("name")
	rule.Canon = func(v any) any {
		blocks, ok := v.([]any)
		if !ok {
			return v
		}
		return slices.DeleteFunc(slices.Clone(blocks), func(b any) bool {
			block, _ := b.(map[string]any)
			name, _ := block["name"].(string)
			return isOwnName(typ, strings.ToLower(name))
		})
	}
	return rule
}

// isNoise is true for the types of which no resource is anybody's decision: traces
// that a service leaves. typ is in lower case.
func isNoise(typ string) bool {
	return slices.Contains([]string{
		"microsoft.compute/restorepointcollections",
		"microsoft.compute/restorepointcollections/restorepoints",
		"microsoft.insights/autoscalesettings/providers",
		"microsoft.network/networkintentpolicies",
		"microsoft.resources/deployments",
		"microsoft.sql/servers/databases/restorepoints",
		"microsoft.sql/virtualclusters",
	}, strings.ToLower(typ))
}

// managedGroups are the groups that a service keeps its resources in: the nodes of
// a cluster, a workspace of Databricks. Where the groups cannot be listed, the type
// of the groups says so.
func (c *conn) managedGroups(ctx context.Context) map[string]bool {
	managed := map[string]bool{}
	for _, g := range resourceGroups().read(ctx, c).items {
		if isManagedGroup(g) {
			managed[fold(value(g.ID))] = true
		}
	}
	return managed
}

func isManagedGroup(g *armresources.ResourceGroup) bool { return value(g.ManagedBy) != "" }
