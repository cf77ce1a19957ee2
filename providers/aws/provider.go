// Package aws reads Amazon Web Services: one file per resource type, listed in
// types.go. It can only read: see guard.go.
package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// Options say how to reach AWS. The zero value is the SDK's default chain:
// environment, profile, web identity, container, instance.
type Options struct {
	// Profile of the shared configuration files.
	Profile string

	// RoleARN is assumed with the credentials of the chain, if it is set.
	RoleARN     string
	ExternalID  string
	SessionName string

	// Endpoint replaces the endpoints of every service, for emulators and
	// private gateways. AWS_ENDPOINT_URL is honoured without it.
	Endpoint string

	// Stats counts the calls; nil counts nowhere.
	Stats *provider.Stats

	// Static replaces the chain by fixed credentials.
	Static *StaticCredentials

	// HTTP replaces the SDK's client, for tests. Nil is the SDK's own.
	HTTP aws.HTTPClient
}

// StaticCredentials are an access key.
type StaticCredentials struct{ KeyID, Secret, Token string }

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

// Connect asks STS for the caller's account, with the identity that the options
// name, and returns a scope per region and one for what has none.
func (p *cloud) Connect(ctx context.Context, want provider.Want) ([]provider.Scope, error) {
	cfg, err := p.load(ctx)
	if err != nil {
		return nil, err
	}
	regions := slices.Clone(want.Only)
	if len(regions) == 0 {
		regions = slices.Clone(want.Regions)
	}
	if cfg.Region != "" && (len(regions) == 0 || want.Unlocated && len(want.Only) == 0) {
		regions = append(regions, cfg.Region)
	}
	if len(regions) == 0 {
		return nil, errors.New("no region is known: no state names one; set AWS_REGION or --region")
	}
	slices.Sort(regions)
	regions = slices.Compact(regions)
	home := cfg.Region
	if home == "" {
		home = regions[0]
		cfg.Region = home
	}

	elsewhere := slices.DeleteFunc(slices.Clone(regions), func(r string) bool { return r == home })
	account, home, err := caller(ctx, cfg, append([]string{home}, elsewhere...))
	if err != nil {
		return nil, err
	}
	scopes := []provider.Scope{{Account: account, Conn: newConn(cfg, account, home)}}
	for _, r := range regions {
		scopes = append(scopes, provider.Scope{Account: account, Region: r, Conn: newConn(cfg, account, r)})
	}
	return scopes, nil
}

// caller returns the caller's account and the region that said it: the first one
// that is enabled in the account, as the others do not take its credentials.
func caller(ctx context.Context, cfg aws.Config, regions []string) (account, region string, err error) {
	for _, region = range regions {
		var me *sts.GetCallerIdentityOutput
		me, err = sts.NewFromConfig(cfg, func(o *sts.Options) { o.Region = region }).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err == nil {
			return aws.ToString(me.Account), region, nil
		}
		if !isKind(err, provider.Disabled) {
			break
		}
	}
	return "", "", err
}

// load builds the configuration that every client is made from: guarded,
// counted, with adaptive retries. What fetches credentials is built before the
// guard is in place: assuming a role and renewing a token change no resource,
// but are not named like reads.
func (p *cloud) load(ctx context.Context) (aws.Config, error) {
	o := p.options
	// Stderr is for people; what goes wrong is in the report.
	opts := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})}
	if o.Profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Endpoint != "" {
		opts = append(opts, config.WithBaseEndpoint(o.Endpoint))
	}
	if o.HTTP != nil {
		opts = append(opts, config.WithHTTPClient(o.HTTP))
	}
	if s := o.Static; s != nil {
		opts = append(opts, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(s.KeyID, s.Secret, s.Token)))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("aws configuration: %w", err)
	}
	if o.RoleARN != "" {
		base := cfg.Copy()
		if base.Region == "" {
			base.Region = fallbackRegion
		}
		cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(base), o.RoleARN,
			func(a *stscreds.AssumeRoleOptions) {
				a.RoleSessionName = o.SessionName
				if o.SessionName == "" {
					a.RoleSessionName = "driftmgr"
				}
				if o.ExternalID != "" {
					a.ExternalID = aws.String(o.ExternalID)
				}
			}))
	}
	cfg.RetryMode = aws.RetryModeAdaptive
	if cfg.RetryMaxAttempts == 0 {
		cfg.RetryMaxAttempts = maxAttempts
	}
	client := cfg.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	cfg.HTTPClient = counted{client: client, stats: o.Stats}
	cfg.APIOptions = append(cfg.APIOptions, readOnly)
	return cfg, nil
}
