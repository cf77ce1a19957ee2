// Package kubernetes is the backend of states in the secrets of a Kubernetes
// cluster.
package kubernetes

import (
	"context"
	"os"
	"sync"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Options configure the backend.
type Options struct {
	// ConfigPaths are the kubeconfig files that driftmgr's own configuration names.
	// They go before those of a block and the environment.
	ConfigPaths []string

	// Context is the kubeconfig's context that driftmgr's own configuration names.
	Context string

	// Getenv looks up the environment variables: os.Getenv where it is nil.
	Getenv func(string) string
}

// New returns the backend. A reference is
//
//   - a state by the suffix of its secret's name, of the default workspace:
//     `kubernetes://namespace/suffix`;
//   - of another workspace: `kubernetes://namespace/suffix?workspace=prod`;
//   - a pattern of suffixes, of every workspace unless it names some:
//     `kubernetes://namespace/*`, `kubernetes://namespace/net-*?workspace=prod`.
//
// Further parameters are context, config_path and host. Without them the cluster
// is that of the KUBE_ variables of Terraform's backend, else of KUBECONFIG or
// ~/.kube/config, else the one that driftmgr runs in.
//
// Reading takes `get` on secrets, and a pattern `list`. Locks take the same on
// leases of coordination.k8s.io. The transport refuses all but GET.
func New(o Options) state.Backend {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	return &backend{options: o, clusters: map[string]*cluster{}}
}

type backend struct {
	options Options

	mu       sync.Mutex
	clusters map[string]*cluster
}

const scheme = "kubernetes"

func (*backend) Scheme() string { return scheme }

func (*backend) Blocks() []string { return []string{"kubernetes"} }

func (b *backend) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(state.Masked(ref), err)
	}
	p, err := parseReference(ref)
	if err != nil {
		return nil, err
	}
	c := b.cluster(b.accessOf(p))
	if state.IsPattern(p.suffix) || state.IsPattern(p.workspace) {
		return c.list(ctx, ref, p)
	}
	return []state.Source{&source{place: p, cluster: c}}, nil
}

// cluster returns the cluster that is reached so. Sources share it.
func (b *backend) cluster(a access) *cluster {
	key := a.key()
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.clusters[key]
	if c == nil {
		c = &cluster{access: a, getenv: b.options.Getenv}
		b.clusters[key] = c
	}
	return c
}
