// Package consul is the backend of states in Consul's key/value store, as
// Terraform's consul backend keeps them.
package consul

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/consul/api"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Options are what driftmgr itself is configured with.
type Options struct {
	// Token wins over a block's access_token and CONSUL_HTTP_TOKEN. It goes to
	// Host, HOST or HOST:PORT, alone; where that is empty, to every agent that is
	// asked, those that code names included.
	Token, Host string

	// Wait is how long to wait before a request that failed is made again; the
	// second time it is twice as long. 0 is half a second.
	Wait time.Duration
}

// New returns the backend. A reference is
//
//	consul://[HOST[:PORT]]/KEY[?dc=DATACENTER&scheme=https&ns=NAMESPACE&partition=PARTITION]
//
// where KEY may be a pattern with *, ** and the like. The state of the workspace
// W is at the key of the default one followed by -env:W. What a reference leaves
// out comes from the process's environment: CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN,
// CONSUL_CACERT and the others of
// https://developer.hashicorp.com/consul/commands#environment-variables. A host
// without a port means the port of http or https, as in Terraform's address.
//
// An agent behind a path is named with prefix=/PATH, one on a socket with
// socket=/FILE and no host.
func New(o Options) state.Backend {
	if o.Wait == 0 {
		o.Wait = 500 * time.Millisecond
	}
	return &backend{options: o, known: make(map[connection]*api.KV)}
}

type backend struct {
	options Options

	mu    sync.Mutex
	known map[connection]*api.KV
}

const scheme = "consul"

func (*backend) Scheme() string { return scheme }

// Parse implements state.Backend. A pattern leaves out what Terraform keeps
// beside a state: locks and the parts of large ones.
func (b *backend) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(state.Masked(ref), err)
	}
	r, err := parseReference(ref)
	if err != nil {
		return nil, err
	}
	name := r.connection.name(r.raw)
	s, err := b.source(name, r.connection, r.key)
	switch {
	case err != nil:
		return nil, err
	case r.pattern:
		s.pattern = name
		return s.matching(ctx)
	}
	return []state.Source{s}, nil
}

// Blocks implements state.Backend.
func (*backend) Blocks() []string { return []string{"consul"} }

// Configure implements state.Backend. Arguments are those of
// https://developer.hashicorp.com/terraform/language/backend/consul; gzip and
// lock are seen in what is stored.
func (b *backend) Configure(ctx context.Context, block state.Block) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(block.Dir, err)
	}
	var wrong string
	argument := func(name string) string {
		v, ok := block.Attrs[name]
		text, isText := v.(string)
		if ok && !isText {
			wrong = name
		}
		return text
	}
	c := fromEnvironment()
	if address := argument("address"); address != "" {
		c = c.at(address)
	}
	for name, into := range map[string]*string{
		"scheme": &c.scheme, "datacenter": &c.datacenter, "access_token": &c.token, "http_auth": &c.auth,
	} {
		if v := argument(name); v != "" {
			*into = v
		}
	}
	// Terraform runs in the module's directory.
	for name, into := range map[string]*string{"ca_file": &c.caFile, "cert_file": &c.certFile, "key_file": &c.keyFile} {
		if v := argument(name); v != "" && !filepath.IsAbs(v) {
			*into = filepath.Join(block.Dir, v)
		} else if v != "" {
			*into = v
		}
	}
	key := argument("path")
	if wrong != "" {
		return nil, &state.Error{Source: block.Dir, Problem: fmt.Sprintf("the consul backend's %s is not text", wrong), Remedy: "see https://developer.hashicorp.com/terraform/language/backend/consul"}
	}
	if key == "" {
		return nil, &state.Error{Source: block.Dir, Problem: "the consul backend has no path", Remedy: "set path in the block"}
	}
	if w := block.Workspace; w != "" && w != "default" {
		key += "-env:" + w
	}
	if err := c.check(block.Dir); err != nil {
		return nil, err
	}
	s, err := b.source(block.Dir, c, trimKey(key))
	if err != nil {
		return nil, err
	}
	return []state.Source{s}, nil
}

// source returns the source of a key. name is what an error is about.
func (b *backend) source(name string, c connection, key string) (*source, error) {
	if o := b.options; o.Token != "" && (o.Host == "" || c.isAt(o.Host)) {
		c.token = o.Token
	}
	kv, err := b.kv(name, c)
	if err != nil {
		return nil, err
	}
	return &source{connection: c, kv: kv, key: key}, nil
}

// kv returns the client of a connection, the same for the same.
func (b *backend) kv(name string, c connection) (*api.KV, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if kv, ok := b.known[c]; ok {
		return kv, nil
	}
	client, err := c.client(name, b.options.Wait)
	if err != nil {
		return nil, err
	}
	b.known[c] = client.KV()
	return b.known[c], nil
}
