// Package gcs is the backend of states in Google Cloud Storage.
package gcs

import (
	"context"
	"os"
	"sync"

	"cloud.google.com/go/storage"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// Options configure the backend.
type Options struct {
	// Auth are the credentials that driftmgr's own configuration names for reading
	// states. Its HTTP is used whatever the credentials are.
	Auth gcpauth.Options

	// Configured says that Auth goes before what a block and the environment give.
	Configured bool

	// Getenv looks up Terraform's environment variables: os.Getenv where it is nil.
	Getenv func(string) string
}

// New returns the backend. A reference is
//
//   - an object: `gs://bucket/prefix/default.tfstate`;
//   - one generation of it: `gs://bucket/prefix/default.tfstate#1700000000000000`,
//     or with `?generation=1700000000000000` behind it;
//   - a pattern of objects, in which ** stands for any folders:
//     `gs://bucket/env/**/default.tfstate`. It never matches Terraform's locks.
//
// `?endpoint=https://…` behind any of them names another endpoint than
// GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT, GOOGLE_STORAGE_CUSTOM_ENDPOINT and
// STORAGE_EMULATOR_HOST do. The last is called without credentials, as
// Google's own tools call it. An object encrypted with a key of the customer's is
// read with the one in GOOGLE_ENCRYPTION_KEY.
//
// What is read is asked for with GET and HEAD; the transport refuses the rest.
func New(o Options) state.Backend {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if len(o.Auth.Scopes) == 0 {
		o.Auth.Scopes = []string{storage.ScopeReadOnly}
	}
	return &backend{options: o, conns: map[connKey]*conn{}}
}

type backend struct {
	options Options

	mu    sync.Mutex
	conns map[connKey]*conn
}

const scheme = "gs"

func (*backend) Scheme() string { return scheme }

func (*backend) Blocks() []string { return []string{"gcs"} }

func (b *backend) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(state.Masked(ref), err)
	}
	place, err := parseReference(ref)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(ref, "", b.options.Getenv("GOOGLE_ENCRYPTION_KEY"))
	if err != nil {
		return nil, err
	}
	auth := b.options.Auth
	if !b.options.Configured {
		auth = b.withHTTP(gcpauth.BackendFromEnv(b.options.Getenv))
	}
	c, err := b.conn(ref, auth, place.endpoint)
	if err != nil {
		return nil, err
	}
	if state.IsPattern(place.object) {
		return c.list(ctx, ref, place, key)
	}
	return []state.Source{&source{place: place, conn: c, key: key}}, nil
}

// withHTTP gives credentials of the environment or a block what the backend's
// options say of the way to Google Cloud.
func (b *backend) withHTTP(auth gcpauth.Options) gcpauth.Options {
	auth.HTTP, auth.Scopes = b.options.Auth.HTTP, b.options.Auth.Scopes
	return auth
}
