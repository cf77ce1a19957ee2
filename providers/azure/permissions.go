package azure

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// Resource Graph leaves out in silence what the caller may not read, so what it
// does not have proves nothing until it is known that the caller could read it. The
// lists of a subscription refuse instead.

const (
	permissionsAction  = "Microsoft.Authorization/permissions/read"
	permissionsVersion = "2022-04-01"
)

// permission is what one role gives the caller, with * in its names of actions.
// Source: https://learn.microsoft.com/azure/role-based-access-control/role-definitions
type permission struct {
	Actions    []string `json:"actions"`
	NotActions []string `json:"notActions"`
}

// deniedError: the caller's roles do not have an action.
type deniedError struct{ action string }

func (e deniedError) Error() string { return "the identity's roles have no " + e.action }

// may returns nil where the caller may do an action on everything in the
// subscription, and why not where it may not or nobody knows.
func (c *conn) may(ctx context.Context, action string) error {
	granted, err := provider.Once(&c.memo, permissionsAction, func() ([]permission, error) {
		var answer struct {
			Value []permission `json:"value"`
		}
		_, err := c.send(ctx, "/subscriptions/"+c.subscription+"/providers/Microsoft.Authorization/permissions", permissionsVersion, &answer)
		return answer.Value, err
	})
	switch {
	case err != nil:
		return err
	case len(granted) == 0: // no role here, or an answer that says nothing: ask for what takes a role here
		return roleAssignments().read(ctx, c).err
	case !slices.ContainsFunc(granted, func(p permission) bool { return p.allows(action) }):
		return deniedError{action}
	}
	return nil
}

// allows reports whether a role has an action. Of one with a star, it has to have
// all.
func (p permission) allows(action string) bool {
	has := func(pattern string) bool { return covers(pattern, action) }
	lacks := func(pattern string) bool {
		below, any := strings.CutSuffix(pattern, "/*")
		return covers(pattern, action) || covers(action, pattern) || any && covers(action, below+readSuffix)
	}
	return slices.ContainsFunc(p.Actions, has) && !slices.ContainsFunc(p.NotActions, lacks)
}

// covers reports whether the name of an action in a role, in which * stands for
// anything, has an action.
func covers(pattern, action string) bool {
	// path.Match has a star stop at a slash, which this one does not.
	flat := strings.NewReplacer("/", ":")
	ok, err := path.Match(flat.Replace(strings.ToLower(pattern)), flat.Replace(strings.ToLower(action)))
	return ok && err == nil
}

// lacks reports whether the subscription has nothing of an ARM type, so that no
// list need be asked for.
func (c *conn) lacks(ctx context.Context, armType string) bool {
	if c.may(ctx, armType+readSuffix) != nil {
		return false
	}
	rows, err := c.graph.of(ctx, c.subscription)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(rows, func(r graphRow) bool { return strings.EqualFold(r.Type, armType) })
}
