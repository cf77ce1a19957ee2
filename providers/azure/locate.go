package azure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Locate implements provider.Provider. The subscription is in a resource's own id,
// or in that of what it belongs to. What they leave open is taken from the other
// resources of the same provider configuration in the same state, as far as those
// agree. The code comes last: it may say what is not applied yet.
//
// A resource of a type without a reader gets its ARM id as the join key, so that
// the listings know that it is managed.
func (p *azure) Locate(managed []resource.Managed, configs []resource.ProviderConfig) {
	code := map[[2]string]string{}
	for _, c := range configs {
		if c.Name == "azurerm" || c.Name == "azapi" {
			code[[2]string{c.Source, c.Address}] = strings.ToLower(c.Attrs.String("subscription_id"))
		}
	}
	types := map[string]resource.Type{}
	for _, t := range p.types {
		types[t.Name] = t.Type
	}
	seen := map[[2]string]*provider.Agreed{}
	for i := range managed {
		m := &managed[i]
		if !isAzure(m.Key.Type) {
			continue
		}
		at := ownSubscription(m)
		if !m.Data {
			m.Key.Account = at
		}
		config := [2]string{m.Source, m.Provider}
		if seen[config] == nil {
			seen[config] = &provider.Agreed{}
		}
		seen[config].Add(at)
	}
	for i := range managed {
		m := &managed[i]
		if !isAzure(m.Key.Type) || m.Data {
			continue
		}
		config := [2]string{m.Source, m.Provider}
		m.Key.Account = cmp.Or(m.Key.Account, seen[config].Value(), code[config])
		if m.Key.Account == "" && isTenants(m.Attrs.String("id")) {
			m.Key.Account = cmp.Or(seen[config].Least(), p.anySubscription())
		}
		m.Key.Region = ""
		ids := stateID(m.Attrs)
		if t, ok := types[m.Key.Type]; ok {
			ids = t.IDs(m.Attrs)
		}
		if len(ids) > 0 {
			m.Key.ID, m.More = ids[0], ids[1:]
		}
	}
}

// isTenants is true for what is in no subscription: at a management group, say. It
// can be read by way of any.
func isTenants(id string) bool { return strings.HasPrefix(fold(id), "/providers/") }

// anySubscription is one of those that were asked for.
func (p *azure) anySubscription() string {
	all := slices.Concat(p.options.Subscriptions, []string{p.options.Subscription})
	return strings.ToLower(strings.TrimSpace(all[0]))
}

// isAzure is true for the types of the azurerm provider and of azapi, which manages
// anything that ARM has.
func isAzure(typ string) bool {
	return strings.HasPrefix(typ, "azurerm_") || strings.HasPrefix(typ, "azapi_")
}

// owners are the attributes that name what a resource belongs to, where its own id
// is no ARM id: a key's is a URL of its vault.
var owners = []string{
	"id", "resource_manager_id", "resource_id", "scope", "parent_id", "key_vault_id", "storage_account_id", "target_resource_id",
	"server_id", "namespace_id", "subnet_id", "network_interface_id", "virtual_machine_id",
}

func ownSubscription(m *resource.Managed) string {
	if m.Data {
		if m.Key.Type != "azurerm_client_config" { // a data source can read what is elsewhere
			return ""
		}
		return strings.ToLower(m.Attrs.String("subscription_id"))
	}
	for _, name := range owners {
		if at := subscriptionOf(m.Attrs.String(name)); at != "" {
			return at
		}
	}
	return ""
}
