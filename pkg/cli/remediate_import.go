package cli

import (
	"strings"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// importProviders says with which provider configuration of a state something is
// imported that nobody manages: that of what the state has in the same account and
// region, or that whose code names the region.
func importProviders(read *states, source string, prefixes map[string]string) func(drift.Finding) (string, bool) {
	type place struct{ cloud, account, region string }
	at := map[place]string{}
	known := map[string]bool{} // clouds of which the state has something
	add := func(p place, configuration string) {
		alias, ok := rootAlias(configuration)
		if old, taken := at[p]; ok && (!taken || alias < old) {
			at[p] = alias
		}
	}
	for i := range read.managed {
		m := &read.managed[i]
		if m.Source != source {
			continue
		}
		cloud := cloudOf(m.Key.Type, prefixes)
		known[cloud] = true
		add(place{cloud, m.Key.Account, m.Key.Region}, m.Provider)
		add(place{cloud, m.Key.Account, ""}, m.Provider)
	}
	for _, c := range read.configs {
		if region := c.Attrs.String("region"); c.Source == source && region != "" {
			add(place{cloudOf(c.Name+"_", prefixes), "", region}, c.Address)
		}
	}
	return func(f drift.Finding) (string, bool) {
		cloud := cloudOf(f.Type, prefixes)
		if alias, ok := at[place{cloud, f.Account, f.Region}]; ok {
			return alias, true
		}
		if alias, ok := at[place{cloud, "", f.Region}]; ok && f.Region != "" {
			return alias, true
		}
		return "", !known[cloud]
	}
}

// cloudOf is the prefix of a type, which stands for its cloud.
func cloudOf(typ string, prefixes map[string]string) string {
	for _, prefix := range prefixes {
		if strings.HasPrefix(typ, prefix) {
			return prefix
		}
	}
	return ""
}

// rootAlias is how the root module's code names a provider configuration:
// provider["registry.terraform.io/hashicorp/aws"].west is aws.west, and "" is the
// default one. It is false for a child module's.
func rootAlias(address string) (string, bool) {
	rest, ok := strings.CutPrefix(address, `provider["`)
	if !ok {
		return "", false
	}
	source, alias, ok := strings.Cut(rest, `"]`)
	if !ok || alias == "" {
		return "", ok
	}
	return source[strings.LastIndexByte(source, '/')+1:] + alias, true
}
