package kubernetes

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// metadataOnly asks for lists without what the secrets hold
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches).
const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

// list returns the sources of a pattern: those of the secrets that Terraform has
// labelled.
func (c *cluster) list(ctx context.Context, ref string, p place) ([]state.Source, error) {
	suffixes, err := state.ParsePattern(ref, p.suffix)
	if err != nil {
		return nil, err
	}
	workspaces, err := state.ParsePattern(ref, p.workspace)
	if err != nil {
		return nil, err
	}
	found := map[string]place{}
	var names []string
	failed := &source{place: p, cluster: c}
	err = pages(ctx, c, "api/v1/namespaces/"+p.namespace+"/secrets", metadataOnly, func(secret labelled) {
		suffix, workspace := secret.Metadata.Labels["tfstateSecretSuffix"], secret.Metadata.Labels["tfstateWorkspace"]
		if suffix == "" || workspace == "" || !suffixes.Match(suffix) || p.workspace != "" && !workspaces.Match(workspace) {
			return
		}
		one := p
		one.suffix, one.workspace = suffix, workspace
		if one.check(ref) != nil {
			return // labels that Terraform has not written
		}
		found[one.String()] = one
		names = append(names, one.String())
	})
	if err != nil {
		return nil, failed.failList(ctx, ref, err)
	}
	if len(names) == 0 && c.noNamespace(ctx, p.namespace) {
		return nil, noNamespace(ref, p.namespace)
	}
	leases := &leases{cluster: c, namespace: p.namespace}
	return suffixes.Sources(names, func(name string) state.Source {
		return &source{place: found[name], cluster: c, leases: leases}
	})
}

// labelled is the metadata of an object.
type labelled struct {
	Metadata struct {
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
}

// pages calls yield with each object of a list that Terraform has labelled.
func pages[T any](ctx context.Context, c *cluster, path, accept string, yield func(T)) error {
	query := url.Values{"labelSelector": {"tfstate=true"}, "limit": {"500"}}
	for {
		var page struct {
			Metadata struct {
				Continue string `json:"continue"`
			} `json:"metadata"`
			Items []T `json:"items"`
		}
		if err := c.get(ctx, path, query, accept, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			yield(item)
		}
		if page.Metadata.Continue == "" {
			return nil
		}
		query.Set("continue", page.Metadata.Continue)
	}
}

// noNamespace reports whether there is certainly no such namespace: its secrets
// look the same as those of an empty one.
func (c *cluster) noNamespace(ctx context.Context, namespace string) bool {
	return isStatus(c.get(ctx, "api/v1/namespaces/"+namespace, nil, asJSON, &struct{}{}), http.StatusNotFound)
}

// leases are the locks in a namespace, listed once for all sources of a pattern.
type leases struct {
	cluster   *cluster
	namespace string

	once   sync.Once
	byName map[string]lease
	err    error
}

// held returns the leases by their names. It is not ok where they may not be
// listed: each may still be read.
func (l *leases) held(ctx context.Context) (map[string]lease, bool) {
	l.once.Do(func() {
		l.byName = map[string]lease{}
		l.err = pages(ctx, l.cluster, leasesPath(l.namespace), asJSON, func(one lease) { l.byName[one.Metadata.Name] = one })
	})
	return l.byName, l.err == nil
}
