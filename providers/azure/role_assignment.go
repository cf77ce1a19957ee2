package azure

import (
	"context"
	"iter"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// roleAssignments are those at, above and below of the subscription.
func roleAssignments() collection[armauthorization.RoleAssignment] {
	return list("Microsoft.Authorization/roleAssignments", armauthorization.NewRoleAssignmentsClient,
		(*armauthorization.RoleAssignmentsClient).NewListForSubscriptionPager,
		func(p armauthorization.RoleAssignmentsClientListForSubscriptionResponse) []*armauthorization.RoleAssignment {
			return p.Value
		})
}

var roleAssignment = define(outsideToo(roleAssignments()), provider.Spec[*conn, *armauthorization.RoleAssignment]{
	Name:     "azurerm_role_assignment",
	StateIDs: assignmentIDs,
	// What a management group gives is not the subscription's.
	Default: func(v *armauthorization.RoleAssignment) bool { return subscriptionOf(value(v.ID)) == "" },
	Attrs: func(v *armauthorization.RoleAssignment) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":                                   v.Name,
			"condition":                              p.Condition,
			"condition_version":                      p.ConditionVersion,
			"delegated_managed_identity_resource_id": p.DelegatedManagedIdentityResourceID,
			"description":                            p.Description,
			"principal_id":                           p.PrincipalID,
			"principal_type":                         p.PrincipalType,
			"role_definition_id":                     p.RoleDefinitionID,
			"scope":                                  p.Scope,
		}
	},
	// One across tenants is imported with the tenant after a bar, which it does not say.
	Import: importIf(func(a resource.Attrs) bool { return a.String("delegated_managed_identity_resource_id") == "" }),
	Rules: map[string]resource.Rule{
		"condition":          resource.Space(),
		"name":               resource.Fold(),
		"principal_id":       resource.Fold(),
		"principal_type":     resource.Fold(),
		"role_definition_id": roleID(),
		"scope":              resource.CanonString(canonScope),
	},
})

// assignmentIDs leaves out the tenant that an assignment across tenants has after
// a bar.
func assignmentIDs(a resource.Attrs) []string {
	id, _, _ := strings.Cut(a.String("id"), "|")
	if id == "" {
		return nil
	}
	return []string{fold(id)}
}

// roleID is for the id of a role's definition: the definition is told by its name
// alone, whatever scope is before it.
func roleID() resource.Rule { return resource.CanonString(roleKey) }

func roleKey(id string) string {
	id, _, _ = strings.Cut(id, "|")
	return fold(segmentAfterLast(id))
}

func canonScope(scope string) string {
	if scope == "/" {
		return scope
	}
	return strings.TrimRight(fold(scope), "/")
}

// outsideToo adds what the states hold at scopes of no subscription, such as
// management groups: the subscription's list has only those above it.
//
// Assignments that another type manages are left out: those that Privileged Identity
// Management makes.
func outsideToo(of collection[armauthorization.RoleAssignment]) source[*armauthorization.RoleAssignment] {
	from := of.all()
	return source[*armauthorization.RoleAssignment]{actions: from.actions, items: func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*armauthorization.RoleAssignment, error] {
		return func(yield func(*armauthorization.RoleAssignment, error) bool) {
			held, outside, privileged := joinKeys(q, name), map[string]string{}, privilegedAssignments(q)
			others := c.leftToOthers(q, name)
			for _, m := range q.Held(name) {
				if id, ok := cut(m.Attrs.String("id"), of.armType); ok && subscriptionOf(id) == "" && !others[fold(id)] {
					outside[fold(id)] = id
				}
			}
			for v, err := range from.items(ctx, c, q, name) {
				if err != nil {
					yield(nil, err)
					return
				}
				key := fold(value(v.ID))
				delete(outside, key)
				p := value(v.Properties)
				if others[key] || !held[key] && privileged[grant(value(p.Scope), value(p.RoleDefinitionID), value(p.PrincipalID))] {
					continue
				}
				if !yield(v, nil) {
					return
				}
			}
			confirm(ctx, c, outside, of.read(ctx, c).version, yield)
		}
	}}
}

// leftToOthers are the join keys of what a state holds in no subscription and does
// not say by way of which: the first subscription of the run tells of it, as it can
// be seen in each.
func (c *conn) leftToOthers(q provider.Query, name string) map[string]bool {
	others := map[string]bool{}
	if c.subscription == c.graph.subscriptions[0] {
		return others
	}
	for _, m := range q.Held(name) {
		if m.Key.Account == "" {
			others[m.Key.ID] = true
		}
	}
	return others
}

func privilegedAssignments(q provider.Query) map[string]bool {
	out := map[string]bool{}
	for _, typ := range []string{"azurerm_pim_active_role_assignment", "azurerm_pim_eligible_role_assignment"} {
		for _, m := range q.Held(typ) {
			out[grant(m.Attrs.String("scope"), m.Attrs.String("role_definition_id"), m.Attrs.String("principal_id"))] = true
		}
	}
	return out
}

// grant says who may do what where.
func grant(scope, role, principal string) string {
	return canonScope(scope) + "|" + roleKey(role) + "|" + fold(principal)
}
