// Package tfc is the backend of states in HCP Terraform, Terraform Enterprise and
// the platforms that speak their API, such as Scalr and env0.
//
// It only reads: its transport refuses every request but GET and HEAD, and it
// sends the API's token to the API's host alone.
//
// What it costs in requests: two per host (service discovery, and the ping that
// tells the rate limit). Then a state that is named takes two, its workspace and
// the download. A pattern over N workspaces takes N/100 pages, rounded up, one
// more where it names a project, and N downloads. Lock takes one. A host that
// answers a download with a redirect, as HCP Terraform may, adds one to each.
package tfc

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Options is how the backend finds its hosts and its credentials. The zero value
// does as Terraform does.
type Options struct {
	// Getenv looks up the environment. Nil means os.Getenv.
	Getenv func(string) string

	// Home is the user's home directory, which holds .terraformrc and
	// .terraform.d. Empty means os.UserHomeDir.
	Home string

	// Token is driftmgr's own token for Hostname. It goes before all others, and
	// to no other host.
	Token string

	// Hostname is the host of references that name none. Empty means what
	// TF_CLOUD_HOSTNAME says, or app.terraform.io.
	Hostname string

	// HTTP makes the requests. Nil means Go's own transport, with the proxies of
	// the environment.
	HTTP http.RoundTripper
}

const (
	scheme   = "tfc"
	hcpHost  = "app.terraform.io"
	pageSize = 100 // the largest that the API allows
)

// New returns the backend. A reference is
//
//   - a workspace: `tfc://ORG/WORKSPACE`;
//   - a pattern over the names of an organization's workspaces, see
//     state.Pattern: `tfc://ORG/*`, `tfc://ORG/app-{dev,prod}`;
//   - the workspaces that have all of some tags: `tfc://ORG?tags=a,b`, and with
//     a value `tfc://ORG?tags=env=prod`;
//   - the workspaces of a project: `tfc://ORG?project=NAME`.
//
// A pattern, tags and a project go together. Another host is named before the
// organization, where it has a dot or a port, or as `?host=`:
// `tfc://tfe.example.com/ORG/WORKSPACE`.
//
// A workspace without a state stays in what a pattern stands for: opening it
// says that it has none yet.
func New(o Options) state.Backend { return newBackend(o, 100*time.Millisecond) }

// newBackend is New, with the time to wait before a request is tried again.
func newBackend(o Options, wait time.Duration) *backend {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	b := &backend{getenv: o.Getenv, home: o.Home, token: o.Token, rt: transport(o.HTTP, wait)}
	b.host = first(o.Hostname, o.Getenv("TF_CLOUD_HOSTNAME"), hcpHost)
	if host, err := normalHost(b.host); err == nil {
		b.host = host // else the first use says what is wrong with it
	}
	b.conns.by = make(map[account]*dial)
	return b
}

type backend struct {
	getenv func(string) string
	home   string
	host   string // of references that name none
	token  string // for host
	rt     http.RoundTripper
	conns  pool
}

// Scheme implements state.Backend.
func (*backend) Scheme() string { return scheme }

// Blocks implements state.Backend.
func (*backend) Blocks() []string { return []string{"cloud", "remote"} }

// Parse implements state.Backend.
func (b *backend) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	r, err := b.parse(ref)
	if err != nil {
		return nil, err
	}
	return b.sources(ctx, r)
}

// sources resolves a reference, however it was written.
func (b *backend) sources(ctx context.Context, r reference) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(r.text, r.host, err, 0)
	}
	if r.one() {
		return []state.Source{b.source(r, r.name)}, nil
	}
	return b.list(ctx, r)
}

// name is what a workspace is called: the host is left out where leaving it out
// means it whatever the environment says.
func (b *backend) name(host, org, workspace string) string {
	if host == hcpHost && b.host == hcpHost {
		return scheme + "://" + org + "/" + workspace
	}
	return scheme + "://" + host + "/" + org + "/" + workspace
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
