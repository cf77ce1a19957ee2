// Package gcp reads Google Cloud: one file per resource type, listed in
// types.go. It can only read: see guard.go.
//
// The REST names of Google's APIs map regularly to those of Terraform's
// provider. So a type is the API's struct, the schema of the Terraform type, and
// a short table of what is not regular between the two: see mapper.go.
package gcp

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// Options say how to reach Google Cloud.
type Options struct {
	// Auth says as whom.
	Auth gcpauth.Options

	// Projects are looked at beside those of the states, Project where neither
	// names one.
	Projects []string
	Project  string

	// Endpoint is the base URL of every service: ENDPOINT/compute/v1/projects/…,
	// ENDPOINT/pubsub/v1/projects/… Empty is Google's own hosts.
	Endpoint string

	// Assets lets the Cloud Asset Inventory settle that a type is as the states say,
	// without a call to its service. What happened in the last minutes may be missed.
	Assets bool

	// Stats counts the calls; nil counts nowhere.
	Stats *provider.Stats
}

// New returns the provider. It makes no call.
func New(o Options) provider.Provider {
	if o.Stats == nil {
		o.Stats = &provider.Stats{}
	}
	p := &cloud{options: o, schemas: schema.Embedded()}
	read := map[string]bool{}
	for _, k := range kinds() {
		p.types = append(p.types, k.Type)
		read[k.asset] = true
	}
	p.types = append(p.types, anyAsset(read))
	return p
}

type cloud struct {
	options Options
	schemas *schema.Schemas
	types   []provider.Type
}

func (*cloud) Name() string             { return "gcp" }
func (p *cloud) Types() []provider.Type { return p.types }

// Actions implements provider.Provider.
func (*cloud) Actions() []string { return nil }

// Identify implements provider.Provider. Google has no call that says who a
// token is without another permission: the kind of the credentials stands for
// it, and reading a project proves that they are valid.
func (p *cloud) Identify(ctx context.Context) (provider.Identity, error) {
	me := provider.Identity{Principal: p.options.Auth.String()}
	client, err := p.client()
	if err != nil {
		return me, err
	}
	known := append(slices.Clone(p.options.Projects), p.options.Project)
	if known[0] == "" {
		return me, nil
	}
	me.Account = known[0]
	c := p.connect(client, me.Account)
	header, err := c.get(ctx, "cloudresourcemanager/v1/projects/"+c.project, nil, &struct{}{})
	if err != nil {
		return me, err
	}
	if at, err := http.ParseTime(header.Get("Date")); err == nil {
		me.Server = at.UTC().Truncate(time.Second)
	}
	return me, nil
}

// Connect returns a scope per project: those that the states name and those of
// the options. It makes no call.
func (p *cloud) Connect(_ context.Context, want provider.Want) ([]provider.Scope, error) {
	client, err := p.client()
	if err != nil {
		return nil, err
	}
	projects := append(want.Accounts(), p.options.Projects...)
	slices.Sort(projects)
	projects = slices.DeleteFunc(slices.Compact(projects), func(p string) bool { return p == "" })
	if len(projects) == 0 {
		if p.options.Project == "" {
			return nil, errNoProject{}
		}
		projects = []string{p.options.Project}
	}
	var scopes []provider.Scope
	for _, project := range projects {
		c := p.connect(client, project)
		scopes = append(scopes, provider.Scope{Account: project, Conn: c, Done: c.memo.Forget})
	}
	return scopes, nil
}

type errNoProject struct{}

func (errNoProject) Error() string {
	return "no project is known: set providers.gcp.project or GOOGLE_PROJECT"
}

func (p *cloud) client() (*http.Client, error) {
	o := p.options.Auth
	// The APIs of the services ask for this scope; that nothing is written is
	// for the guard and for the caller's roles.
	if len(o.Scopes) == 0 {
		o.Scopes = []string{gcpauth.ScopeReadOnly}
	}
	client, err := gcpauth.Client(o)
	if err != nil {
		return nil, err
	}
	return guarded(client, p.options.Stats), nil
}

func (p *cloud) connect(client *http.Client, project string) *conn {
	return &conn{
		project:  project,
		http:     client,
		endpoint: strings.TrimSuffix(p.options.Endpoint, "/"),
		domain:   universe(p.options.Auth.UniverseDomain),
		schemas:  p.schemas,
		settle:   p.options.Assets,
	}
}

func universe(domain string) string {
	if domain == "" {
		return "googleapis.com"
	}
	return domain
}
