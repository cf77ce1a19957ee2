package permission

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// azureRole is a custom role as `az role definition create` takes it
// (https://learn.microsoft.com/azure/role-based-access-control/custom-roles).
type azureRole struct {
	Name             string
	IsCustom         bool
	Description      string
	Actions          []string
	NotActions       []string
	DataActions      []string
	NotDataActions   []string
	AssignableScopes []string
}

// Azure returns a custom role that can be assigned in the scopes: ids of
// management groups, subscriptions or resource groups. Azure grants a role on a
// scope: the resources of the permissions are where to assign it, and are told.
func Azure(all []Permission, scopes []string) (Document, error) {
	for _, scope := range scopes {
		if !assignable.MatchString(scope) {
			return Document{}, fmt.Errorf("scope %q: use the id of a subscription, resource group or management group, such as /subscriptions/ID", scope)
		}
	}
	role := azureRole{
		Name: "driftmgr", IsCustom: true, Description: "What driftmgr reads, and nothing else.",
		Actions: []string{}, NotActions: []string{}, DataActions: []string{}, NotDataActions: []string{}, AssignableScopes: scopes,
	}
	doc := Document{Name: "Azure custom role"}
	var where []string
	for _, p := range all {
		if isData(p.Action) {
			role.DataActions = append(role.DataActions, p.Action)
		} else {
			role.Actions = append(role.Actions, p.Action)
		}
		if p.Resource != "" {
			where = append(where, p.Resource)
		}
	}
	sorted(&role.Actions)
	sorted(&role.DataActions)
	sorted(&where)
	for _, scope := range where {
		doc.Notes = append(doc.Notes, "assign it on "+scope)
	}
	var err error
	doc.Content, err = marshal(role)
	return doc, err
}

// assignable matches what AssignableScopes takes.
var assignable = regexp.MustCompile(`(?i)^/(subscriptions/[^/]+(/resourceGroups/[^/]+)?|providers/Microsoft\.Management/managementGroups/[^/]+)$`)

// isData reports whether an Azure action is on data, which roles list apart.
func isData(action string) bool {
	return strings.Contains(action, "/containers/blobs/") || strings.Contains(action, "/vaults/secrets/getSecret/")
}

func sorted(s *[]string) {
	slices.Sort(*s)
	*s = slices.Compact(*s)
}
