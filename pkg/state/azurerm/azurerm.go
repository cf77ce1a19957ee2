// Package azurerm is the backend of states in Azure Blob Storage, where Terraform's
// azurerm backend keeps them.
package azurerm

import (
	"context"
	"net/http"
	"os"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// Options say who reads the states.
type Options struct {
	// Auth is who driftmgr is, where Configured. Its HTTP client is used in any
	// case, and its Cloud where neither a block nor the environment names one.
	Auth azureauth.Options

	// Configured is that driftmgr's own configuration names the credential: then
	// those of blocks and of the environment are not used.
	Configured bool

	// Getenv looks up environment variables; nil is os.Getenv.
	Getenv func(string) string
}

// New returns the backend. A reference is
//
//   - azurerm://ACCOUNT/CONTAINER/KEY: one blob. The key is taken as it is, nothing in
//     it is decoded. That of another workspace than default is KEYenv:WORKSPACE, as
//     Terraform names it;
//   - azurerm://ACCOUNT/CONTAINER/PATTERN: the blobs that match, see state.Pattern. A ?
//     that stands for one character has no = after it;
//   - either of them with ?endpoint=URL, the blob endpoint of an account that is not at
//     https://ACCOUNT.blob.core.windows.net: that of another cloud, a private one, or
//     Azurite's http://127.0.0.1:10000/devstoreaccount1;
//   - one blob with ?snapshot=TIME or ?version_id=ID, to read an earlier state.
//
// Credentials are, unless configured, what Terraform's backend would use: access key
// (ARM_ACCESS_KEY), SAS token (ARM_SAS_TOKEN), Entra ID. Where Terraform would have the
// access keys listed, Entra ID is used to read the blob itself.
func New(o Options) state.Backend {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if t, ok := http.DefaultTransport.(*http.Transport); ok && o.Auth.HTTP == nil {
		t = t.Clone()
		t.MaxIdleConnsPerHost = idleConnections
		o.Auth.HTTP = &http.Client{Transport: t}
	}
	return &backend{options: o, clients: make(map[clientKey]*service.Client)}
}

// idleConnections is how many connections to an account are kept for the next states:
// as many as are read at once.
const idleConnections = 64

type backend struct {
	options Options

	mu      sync.Mutex
	clients map[clientKey]*service.Client
}

const scheme = "azurerm"

func (*backend) Scheme() string { return scheme }

func (*backend) Blocks() []string { return []string{scheme} }

func (b *backend) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	r, err := parseReference(ref)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fail(r.String(), place{}, err)
	}
	base, err := b.cloud()
	if err != nil {
		return nil, &state.Error{Source: r.String(), Problem: err.Error(), Remedy: "correct ARM_ENVIRONMENT or driftmgr's configuration"}
	}
	login, err := b.login(base, noArgument, r)
	if err != nil {
		return nil, err
	}
	p := place{
		account:   r.account,
		endpoint:  r.endpointIn(base),
		container: r.container,
		login:     login,
	}
	if state.IsPattern(r.key) {
		return b.list(ctx, r, p)
	}
	return []state.Source{&source{backend: b, name: r.String(), place: p, key: r.key, snapshot: r.snapshot, version: r.version}}, nil
}

// cloud is the one that an account is in, where nothing says otherwise.
func (b *backend) cloud() (azureauth.Cloud, error) {
	c := b.options.Auth.Cloud
	if c == (azureauth.Cloud{}) {
		c.Name = b.options.Getenv("ARM_ENVIRONMENT")
	}
	return c.Resolve()
}

// noArgument is the block that a reference does not have.
func noArgument(string) string { return "" }
