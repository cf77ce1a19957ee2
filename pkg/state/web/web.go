// Package web is the backend of states that a web server hands out: those of
// Terraform's http backend, of GitLab among others, and any URL of a state.
package web

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Options are what driftmgr itself is configured with. What is set here wins
// over a block's arguments, and those over the environment.
type Options struct {
	// Username and Password are for HTTP basic authentication. They go to Host,
	// HOST or HOST:PORT, alone; where it is empty, to every address that is read,
	// those that code names included.
	Username, Password, Host string

	// CAFile names a PEM file of the authorities that are trusted instead of the
	// system's. CertFile and KeyFile name the PEM files of the certificate that
	// driftmgr shows, and of its key.
	CAFile, CertFile, KeyFile string

	// Getenv returns a variable of the environment; nil is os.Getenv. The names are
	// Terraform's (https://developer.hashicorp.com/terraform/language/backend/http):
	// TF_HTTP_ADDRESS, TF_HTTP_USERNAME, TF_HTTP_PASSWORD,
	// TF_HTTP_CLIENT_CA_CERTIFICATE_PEM, TF_HTTP_CLIENT_CERTIFICATE_PEM,
	// TF_HTTP_CLIENT_PRIVATE_KEY_PEM, TF_HTTP_RETRY_MAX, TF_HTTP_RETRY_WAIT_MIN and
	// TF_HTTP_RETRY_WAIT_MAX. Proxies are those of the process (HTTPS_PROXY).
	Getenv func(name string) string
}

// New returns the backends of the schemes https and http, which share their
// connections. Both take the block `http`: either of them may be asked.
//
// A reference is the address of one state. It holds no user and no password:
// those are the environment's or the options'. Where TF_HTTP_ADDRESS is set, the
// environment's go to its host only. An address of a block is used with the
// block's and the environment's, wherever it is, as Terraform does.
//
// The sources are not state.Locked: a server of this kind can only be asked for
// a lock by taking it.
func New(o Options) []state.Backend {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	shared := &clients{known: make(map[connection]*http.Client)}
	return []state.Backend{
		&backend{scheme: "https", options: o, clients: shared},
		&backend{scheme: "http", options: o, clients: shared},
	}
}

type backend struct {
	scheme  string
	options Options
	clients *clients
}

func (b *backend) Scheme() string { return b.scheme }

// Parse implements state.Backend. Two references that differ in nothing but the
// value of a secret parameter have the same name: they are one state.
func (b *backend) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	address, err := parseAddress(ref)
	if err != nil {
		return nil, err
	}
	name := address.String()
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(name, err)
	}
	if address.url.User != nil {
		return nil, &state.Error{Source: name, Problem: "holds a user or a password", Remedy: "leave them out, and set TF_HTTP_USERNAME and TF_HTTP_PASSWORD"}
	}
	if address.pattern() {
		return nil, &state.Error{Source: name, Problem: "is a pattern, and a web server does not say which states it has", Remedy: "name each state, or write a literal * as %2A"}
	}
	s := b.settings(nil)
	if own := b.options.Getenv("TF_HTTP_ADDRESS"); own != "" {
		if a, err := parseAddress(own); err != nil || !sameHost(a.url, address.url) {
			s.username, s.password = "", ""
		}
	}
	return b.source(name, address, s)
}

// Blocks implements state.Backend.
func (*backend) Blocks() []string { return []string{"http"} }

// Configure implements state.Backend for Terraform's http backend, and for the
// headers that OpenTofu's has in addition
// (https://opentofu.org/docs/language/settings/backends/http/).
func (b *backend) Configure(ctx context.Context, block state.Block) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(block.Dir, err)
	}
	s := b.settings(block.Attrs)
	if s.address == "" {
		return nil, &state.Error{Source: block.Dir, Problem: "the http backend has no address", Remedy: "set address in the block, or TF_HTTP_ADDRESS"}
	}
	if w := block.Workspace; w != "" && w != "default" {
		return nil, &state.Error{Source: block.Dir, Problem: fmt.Sprintf("the workspace %s is selected, but the http backend has no workspaces", w), Remedy: "select the default one: terraform workspace select default"}
	}
	address, err := parseAddress(s.address)
	if err != nil {
		return nil, inBlock(block.Dir, err)
	}
	if user := address.url.User; user != nil {
		if s.username == "" {
			s.username = user.Username()
			s.password, _ = user.Password()
		}
		address.url.User = nil
	}
	return b.source(block.Dir, address, s)
}

// source returns the source of an address. name is what an error is about.
func (b *backend) source(name string, address address, s settings) ([]state.Source, error) {
	if o := b.options; o.Username != "" && (o.Host == "" || strings.EqualFold(o.Host, address.url.Host) || strings.EqualFold(o.Host, address.url.Hostname())) {
		s.username, s.password = o.Username, o.Password
	}
	connection, err := s.connection(name)
	if err != nil {
		return nil, err
	}
	client, err := b.clients.get(name, connection)
	if err != nil {
		return nil, err
	}
	return []state.Source{&source{
		address: address,
		access:  access{username: s.username, password: s.password, headers: s.headers},
		retry:   retry{client: client, limit: s.retries, wait: s.wait, waitMax: s.waitMax},
	}}, nil
}
