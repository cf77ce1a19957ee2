// Package aws reads Amazon Web Services: one file per resource type, listed in
// types.go. It can only read: see guard.go.
package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

// Options say how to reach AWS.
type Options struct {
	// Auth says as whom. A role that has {account} in it is assumed in every
	// account that the states name.
	Auth awsauth.Options

	// Stats counts the calls; nil counts nowhere.
	Stats *provider.Stats
}

// New returns the provider. It makes no call.
func New(o Options) provider.Provider {
	if o.Stats == nil {
		o.Stats = &provider.Stats{}
	}
	return &cloud{options: o, types: Types()}
}

type cloud struct {
	options Options
	types   []provider.Type
}

func (*cloud) Name() string             { return "aws" }
func (p *cloud) Types() []provider.Type { return p.types }

// maxAttempts is what the SDK's retryer gets unless AWS_MAX_ATTEMPTS or the
// profile says otherwise: a listing of thousands of pages meets throttling, and
// one page lost is a whole type unchecked.
const maxAttempts = 8

// fallbackRegion answers "who am I" where nothing says a region.
const fallbackRegion = "us-east-1"

// Actions implements provider.Provider.
func (*cloud) Actions() []string { return []string{"sts:GetCallerIdentity"} }

// Identify implements provider.Provider.
func (p *cloud) Identify(ctx context.Context) (provider.Identity, error) {
	base, err := p.base(ctx)
	if err != nil {
		return provider.Identity{}, err
	}
	if isNobody(p.options.Auth) {
		return provider.Identity{Principal: "a web identity, with a role in each account"}, nil
	}
	if base.Region == "" {
		base.Region = fallbackRegion
	}
	return whoami(ctx, p.guard(base))
}

func whoami(ctx context.Context, cfg aws.Config) (provider.Identity, error) {
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return provider.Identity{}, err
	}
	server, _ := awsmiddleware.GetServerTime(me.ResultMetadata)
	return provider.Identity{Principal: aws.ToString(me.Arn), Account: aws.ToString(me.Account), Server: server}, nil
}

// Connect finds out with which identity each account is read (see accounts.go),
// and returns for each a scope per region and one for what has none.
func (p *cloud) Connect(ctx context.Context, where provider.Want) ([]provider.Scope, error) {
	base, err := p.base(ctx)
	if err != nil {
		return nil, err
	}
	want := accounts{options: p.options, want: where, base: base, guard: p.guard}
	found, err := want.all(ctx)
	if err != nil {
		return nil, err
	}
	var scopes []provider.Scope
	for _, a := range found {
		if a.err != nil {
			scopes = append(scopes, provider.Scope{Account: a.id, Err: a.err})
			continue
		}
		scopes = append(scopes, provider.Scope{Account: a.id, Conn: newConn(a.cfg, a.id, a.home)})
		for _, r := range want.regions(a.id) {
			scopes = append(scopes, provider.Scope{Account: a.id, Region: r, Conn: newConn(a.cfg, a.id, r)})
		}
	}
	return scopes, nil
}

// base returns the configuration of the caller, or of the role that is the same
// for all accounts.
func (p *cloud) base(ctx context.Context) (aws.Config, error) {
	if p.options.Auth.PerAccount() {
		return awsauth.Base(ctx, p.options.Auth)
	}
	return awsauth.Load(ctx, p.options.Auth)
}

// guard returns the configuration that every client is made from: it can only
// read, it is counted, and its retries adapt. What fetches credentials is built
// before the guard is in place: assuming a role and renewing a token change no
// resource, but are not named like reads.
func (p *cloud) guard(cfg aws.Config) aws.Config {
	cfg = cfg.Copy()
	cfg.RetryMode = aws.RetryModeAdaptive
	if cfg.RetryMaxAttempts == 0 {
		cfg.RetryMaxAttempts = maxAttempts
	}
	client := cfg.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	cfg.HTTPClient = counted{client: client, stats: p.options.Stats}
	cfg.APIOptions = append(cfg.APIOptions, readOnly)
	return cfg
}
