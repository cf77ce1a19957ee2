package azure

import (
	"context"
	"iter"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// subscriptionRoles is the SDK's client, which knows no subscription, with one.
type subscriptionRoles struct {
	*armauthorization.RoleDefinitionsClient
	scope string
}

func newSubscriptionRoles(subscription string, cred azcore.TokenCredential, options *arm.ClientOptions) (*subscriptionRoles, error) {
	cl, err := armauthorization.NewRoleDefinitionsClient(cred, options)
	return &subscriptionRoles{cl, "/subscriptions/" + subscription}, err
}

// customRoles are the tenant's own roles that can be assigned in the subscription.
func customRoles() collection[armauthorization.RoleDefinition] {
	return list("Microsoft.Authorization/roleDefinitions", newSubscriptionRoles,
		func(c *subscriptionRoles, _ *armauthorization.RoleDefinitionsClientListOptions) *runtime.Pager[armauthorization.RoleDefinitionsClientListResponse] {
			filter := "type eq 'CustomRole'"
			return c.NewListPager(c.scope, &armauthorization.RoleDefinitionsClientListOptions{Filter: &filter})
		},
		func(p armauthorization.RoleDefinitionsClientListResponse) []*armauthorization.RoleDefinition {
			return p.Value
		})
}

var roleDefinition = define(ifHeld(elsewhereToo(customRoles())), provider.Spec[*conn, *armauthorization.RoleDefinition]{
	Name: "azurerm_role_definition",
	// ARM writes the id below of the scope that was asked, so a role of several
	// subscriptions has several.
	ID: func(v *armauthorization.RoleDefinition) string { return rolePath + value(v.Name) },
	StateIDs: func(a resource.Attrs) []string {
		if id := a.String("id"); id != "" {
			return []string{fold(rolePath) + roleKey(id)}
		}
		return nil
	},
	Default: func(v *armauthorization.RoleDefinition) bool { return !isCustomRole(v) },
	Attrs: func(v *armauthorization.RoleDefinition) resource.Attrs {
		p := value(v.Properties)
		permissions := []any{}
		for _, may := range p.Permissions {
			permissions = append(permissions, map[string]any{
				"actions":          may.Actions,
				"data_actions":     may.DataActions,
				"not_actions":      may.NotActions,
				"not_data_actions": may.NotDataActions,
			})
		}
		return resource.Attrs{
			"name":               p.RoleName,
			"assignable_scopes":  p.AssignableScopes,
			"description":        p.Description,
			"permissions":        permissions,
			"role_definition_id": v.Name,
		}
	},
	Import: roleImportID,
	Rules: map[string]resource.Rule{
		"assignable_scopes":       resource.Unordered(),
		"permissions.actions":     resource.Unordered(),
		"permissions.not_actions": resource.Unordered(),
		"role_definition_id":      resource.Fold(),
	},
})

const rolePath = "/providers/Microsoft.Authorization/roleDefinitions/"

// roleImportID is the role's id, a bar and the scope that it was made at. ARM keeps no
// such scope: the provider's documentation advises the first of the assignable ones,
// and knows those of subscriptions and of management groups. The id of a role of a
// subscription is below of that, of whatever in it the scope is.
func roleImportID(r *resource.Resource) string {
	scopes, name := r.Attrs.Strings("assignable_scopes"), r.Attrs.String("role_definition_id")
	if len(scopes) == 0 || name == "" {
		return ""
	}
	scope := spelled(strings.TrimRight(scopes[0], "/"))
	switch {
	case strings.HasPrefix(scope, "/subscriptions/"):
		return "/subscriptions/" + segment(scope, "subscriptions") + rolePath + name + "|" + scope
	case strings.HasPrefix(scope, "/providers/Microsoft.Management/managementGroups/"):
		return rolePath + name + "|" + scope
	}
	return ""
}

func isCustomRole(v *armauthorization.RoleDefinition) bool {
	return strings.EqualFold(value(value(v.Properties).RoleType), "CustomRole")
}

// elsewhereToo adds the roles that the states hold and that cannot be assigned in
// the subscription, or lag: each is asked for at the scope that it was made at.
func elsewhereToo(of collection[armauthorization.RoleDefinition]) source[*armauthorization.RoleDefinition] {
	return source[*armauthorization.RoleDefinition]{actions: of.all().actions, items: func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*armauthorization.RoleDefinition, error] {
		return func(yield func(*armauthorization.RoleDefinition, error) bool) {
			held, others := map[string]string{}, c.leftToOthers(q, name)
			for _, m := range q.Held(name) {
				id, scope, scoped := strings.Cut(m.Attrs.String("id"), "|")
				switch {
				case id == "" || others[m.Key.ID]:
				case scoped:
					held[roleKey(id)] = strings.TrimRight(scope, "/") + rolePath + segmentAfterLast(id)
				default: // as version 2 wrote it
					held[roleKey(id)] = id
				}
			}
			a := of.read(ctx, c)
			for _, v := range a.items {
				delete(held, fold(value(v.Name)))
				if !others[fold(rolePath+value(v.Name))] && !yield(v, nil) {
					return
				}
			}
			if a.err != nil {
				yield(nil, a.err)
				return
			}
			confirm(ctx, c, held, a.version, yield)
		}
	}}
}
