// Package s3 is the backend of states in Amazon S3, and in stores that speak its
// protocol. It can only read: see guard.go.
package s3

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// Options say how the states are read.
type Options struct {
	// Auth is the identity that states are read with, where neither a reference nor
	// (Configured) a block names one.
	Auth awsauth.Options

	// Configured says that Auth is what driftmgr's own configuration names for
	// reading states: it is used whatever credentials a block names.
	Configured bool
}

// New returns the backend. A reference is
//
//   - one object: s3://BUCKET/KEY. Characters that a pattern knows (* ? [ { \), and
//     the percent sign, are written as in a URL: %2A;
//   - a pattern of them (state.Pattern): s3://BUCKET/env/**/terraform.tfstate.
//
// Either may be followed by ?NAME=VALUE&…: region (found without it), endpoint of a
// store other than AWS, which is then addressed path-style, profile, role_arn,
// dynamodb_table that holds locks, and, of one object, version_id.
//
// A state's name holds what locates it (endpoint and version_id), not how it is
// reached, so that it is the same for whoever reads it.
func New(o Options) state.Backend {
	return &backend{options: o, sessions: make(map[[sha256.Size]byte]*session)}
}

type backend struct {
	options Options

	mu       sync.Mutex
	sessions map[[sha256.Size]byte]*session
}

const scheme = "s3"

// Scheme implements state.Backend.
func (*backend) Scheme() string { return scheme }

// Blocks implements state.Backend.
func (*backend) Blocks() []string { return []string{scheme} }

// Parse implements state.Backend. A pattern costs one request per thousand objects
// below its literal beginning, and tells the lockfiles by the way.
func (b *backend) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	p, err := parse(ref)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, p.fail(reading, err)
	}
	set := settings{Identity: identity{Profile: p.profile, RoleARN: p.role}, Region: p.region, Endpoint: p.endpoint}
	if set.SSEKey, err = sseKey("", p.String()); err != nil {
		return nil, err
	}
	in := b.session(set).bucket(p.bucket)
	if p.pattern {
		return list(ctx, in, p)
	}
	return []state.Source{&object{place: p, in: in}}, nil
}

// session returns the session of the settings. Sources with the same settings
// share one, and so their credentials, connections and what is known of buckets.
//
// The identity of a block gives way to a configured one altogether: neither would its
// files hold the configured profile, nor is a token for its endpoints.
func (b *backend) session(set settings) *session {
	if set.Block && b.options.Configured {
		set.Identity = identity{}
	}
	doc, _ := json.Marshal(set) // texts and numbers cannot fail; only its hash is kept
	key := sha256.Sum256(doc)
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.sessions[key]
	if !ok {
		s = &session{options: b.options, set: set, buckets: make(map[string]*bucket)}
		b.sessions[key] = s
	}
	return s
}
