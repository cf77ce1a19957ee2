package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/providers/aws"
	"github.com/driftmgr/driftmgr/providers/azure"
	"github.com/driftmgr/driftmgr/providers/gcp"
)

// cloudNames are the clouds as flags and the configuration name them, with how
// Terraform's types of each begin.
func (a *app) cloudNames() map[string]string {
	names := map[string]string{"aws": "aws_", "azure": "azurerm_", "gcp": "google_"}
	for _, c := range a.more {
		names[c.name] = c.prefix
	}
	return names
}

// providers returns every cloud, as configured. They make no call yet.
func (a *app) providers(c config, stats *provider.Stats) []provider.Provider {
	all := []provider.Provider{
		aws.New(aws.Options{Auth: c.Providers.AWS.auth(), Stats: stats}),
		azure.New(azure.Options{
			Auth:          c.Providers.Azure.reader(a.Getenv),
			Subscription:  c.Providers.Azure.subscription(a.Getenv),
			Subscriptions: c.Providers.Azure.Subscriptions,
			Stats:         stats,
		}),
		gcp.New(gcp.Options{
			Auth:     c.Providers.GCP.reader(a.Getenv),
			Project:  project(c, a.Getenv),
			Projects: c.Providers.GCP.Projects,
			Endpoint: c.Providers.GCP.Endpoint,
			Assets:   c.Providers.GCP.AssetInventory,
			Stats:    stats,
		}),
	}
	for _, c := range a.more {
		all = append(all, c.provider)
	}
	return all
}

// clouds returns every cloud, and the names of those to read: the named ones, else
// those that the states are in, else those that are configured. Only of these are
// the secrets of the configuration fetched.
func (a *app) clouds(ctx context.Context, c *config, read *states, stats *provider.Stats) ([]provider.Provider, []string, error) {
	names, err := a.cloudsToRead(*c, read.managed)
	if err != nil {
		return nil, nil, err
	}
	sections := make([]string, len(names))
	for i, name := range names {
		sections[i] = "providers." + name
	}
	if err := a.resolve(ctx, c, sections...); err != nil {
		return nil, nil, err
	}
	clouds := a.providers(*c, stats)
	read.locate(clouds)
	return clouds, names, nil
}

func (a *app) cloudsToRead(c config, managed []resource.Managed) ([]string, error) {
	known := a.cloudNames()
	for _, name := range c.Detect.Clouds {
		if _, ok := known[name]; !ok {
			return nil, fmt.Errorf("cloud %q: use aws, azure or gcp", name)
		}
	}
	if len(c.Detect.Clouds) > 0 {
		return c.Detect.Clouds, nil
	}
	in := map[string]bool{}
	for i := range managed {
		if prefix, _, _ := strings.Cut(managed[i].Key.Type, "_"); !managed[i].Data {
			in[prefix+"_"] = true
		}
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if in[known[name]] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = a.configured(c)
	}
	return names, nil
}

// configured are the clouds of which the configuration or the environment names a
// place to look at; AWS, whose account is that of the credentials, where there is
// no other.
func (a *app) configured(c config) []string {
	var names []string
	if c.settings != nil && c.settings.own("providers.aws") || anySet(a.Getenv, "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
		names = append(names, "aws")
	}
	if len(c.Providers.Azure.Subscriptions) > 0 || c.Providers.Azure.subscription(a.Getenv) != "" {
		names = append(names, "azure")
	}
	if len(c.Providers.GCP.Projects) > 0 || project(c, a.Getenv) != "" {
		names = append(names, "gcp")
	}
	if len(names) == 0 {
		return []string{"aws"}
	}
	return names
}

func anySet(getenv func(string) string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return getenv(name) != "" })
}
