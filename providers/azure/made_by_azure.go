package azure

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
)

// madeByAzure reports whether Azure made a resource by itself, or a service keeps
// it for its own use, as far as the id and the resource group tell.
func madeByAzure(ctx context.Context, c *conn, id string) bool {
	group, typ, name := groupOf(id), strings.ToLower(pathType(id)), strings.ToLower(segmentAfterLast(id))
	return ownGroups.MatchString(strings.ToLower(segment(id, "resourceGroups"))) ||
		slices.ContainsFunc(ownResources, func(o ownResource) bool { return o.typ == typ && o.name.MatchString(name) }) ||
		group != "" && c.managedGroups(ctx)[group]
}

// ownGroups are the names of the groups that Azure makes for what it makes.
var ownGroups = regexp.MustCompile(`^(networkwatcherrg|defaultresourcegroup-[a-z0-9]+|default-activitylogalerts|cloud-shell-storage-[a-z]+|resourcemoverrg-.+|azurebackuprg_.+|ai_.+_managed|ma_.+_managed)$`)

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
	{"microsoft.eventgrid/systemtopics", regexp.MustCompile(`^.+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)},
	{"microsoft.insights/actiongroups", regexp.MustCompile(`^application insights smart detection$`)},
	{"microsoft.network/networksecuritygroups/securityrules", serviceOwned},
	{"microsoft.network/networkwatchers", regexp.MustCompile(`^networkwatcher_`)},
	{"microsoft.network/routetables/routes", serviceOwned},
	{"microsoft.network/routetables/routes", regexp.MustCompile(`^aks-.+-vmss[0-9a-z]{6}(____[0-9a-f]+)?$`)}, // to the pods of a node
	{"microsoft.network/virtualnetworks/virtualnetworkpeerings", regexp.MustCompile(`^remotevnettohubpeering_`)},
	{"microsoft.operationalinsights/workspaces", regexp.MustCompile(`^defaultworkspace-`)},
	{"microsoft.security/automations", regexp.MustCompile(`^exporttoworkspace$`)},
	{"microsoft.sql/servers/databases", regexp.MustCompile(`^master$`)},
}

// isNoise is true for the types of which no resource is anybody's decision: traces
// that a service leaves. typ is in lower case.
func isNoise(typ string) bool {
	return slices.Contains([]string{
		"microsoft.compute/restorepointcollections",
		"microsoft.compute/restorepointcollections/restorepoints",
		"microsoft.insights/autoscalesettings/providers",
		"microsoft.resources/deployments",
		"microsoft.sql/servers/databases/restorepoints",
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
