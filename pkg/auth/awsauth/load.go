package awsauth

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"
)

// Load returns the configuration that clients are made from: the identity that
// the options name, role included. It checks the options and reads the SDK's
// files; the identity itself is fetched by the first call that needs it.
//
// Where the role differs from account to account (PerAccount), no call can be made
// with the configuration: Base and AssumeRole give one for each account.
func Load(ctx context.Context, o Options) (aws.Config, error) {
	cfg, err := Base(ctx, o)
	switch {
	case err != nil:
		return aws.Config{}, err
	case o.PerAccount():
		cfg.Credentials = noAccount{o.RoleARN}
		return cfg, nil
	}
	if role, ok := o.RoleFor(""); ok {
		return AssumeRole(cfg, o.Role(role)), nil
	}
	return cfg, nil
}

// Base returns the configuration of the identity that assumes the options' role:
// that of Load where there is no role, and none at all where a web identity takes
// its place.
func Base(ctx context.Context, o Options) (aws.Config, error) {
	if err := o.Check(); err != nil {
		return aws.Config{}, &optionsError{err}
	}
	// Stderr is for people; what goes wrong is in the error.
	load := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Endpoint != "" {
		load = append(load, config.WithBaseEndpoint(o.Endpoint))
	}
	if o.HTTP != nil {
		load = append(load, config.WithHTTPClient(o.HTTP))
	}
	switch s := o.Static; {
	case s != nil:
		load = append(load, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(s.KeyID, s.Secret, s.Token)))
	case o.WebIdentityTokenFile != "":
		load = append(load, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	cfg, err := config.LoadDefaultConfig(ctx, append(load, o.SDK...)...)
	if err != nil {
		return aws.Config{}, &identityError{profile: o.Profile, err: err}
	}
	if o.WebIdentityTokenFile != "" || o.Static != nil {
		return cfg, nil
	}
	profile := profileOf(cfg)
	if o.Profile != "" && !holdsCredentials(profile) {
		return aws.Config{}, &identityError{profile: o.Profile, err: errNoCredentials}
	}
	cfg.Credentials = identity{CredentialsProvider: cfg.Credentials, profile: profile.Profile}
	return cfg, nil
}

// optionsError is of options that do not fit together.
type optionsError struct{ err error }

func (e *optionsError) Error() string { return "aws credentials: " + e.err.Error() }
func (e *optionsError) Unwrap() error { return e.err }

// errNoCredentials is of a profile that says a region, say, but not who to be: the
// SDK would go on to what container or instance it runs in.
var errNoCredentials = errors.New("the profile has no credentials")

// profileOf returns the profile that the configuration was loaded from.
func profileOf(cfg aws.Config) config.SharedConfig {
	for _, source := range cfg.ConfigSources {
		if shared, ok := source.(config.SharedConfig); ok {
			return shared
		}
	}
	return config.SharedConfig{}
}

func holdsCredentials(p config.SharedConfig) bool {
	return p.Credentials.HasKeys() || p.Source != nil || p.CredentialSource != "" || p.CredentialProcess != "" ||
		p.WebIdentityTokenFile != "" || p.SSOSessionName != "" || p.SSOStartURL != "" || p.LoginSession != ""
}

// identity adds to a failure whose credentials could not be had.
type identity struct {
	aws.CredentialsProvider
	profile string
}

func (i identity) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := i.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &identityError{profile: i.profile, sources: i.ProviderSources(), err: err}
	}
	return c, nil
}

// ProviderSources implements aws.CredentialProviderSource.
func (i identity) ProviderSources() []aws.CredentialSource {
	if s, ok := i.CredentialsProvider.(aws.CredentialProviderSource); ok {
		return s.ProviderSources()
	}
	return nil
}

// identityError is of credentials that could not be had. profile is empty where
// none was named or the default one was used.
type identityError struct {
	profile string
	sources []aws.CredentialSource
	err     error
}

func (e *identityError) Error() string { return "aws credentials: " + e.err.Error() }
func (e *identityError) Unwrap() error { return e.err }

// noAccount stands for the credentials of a role whose account is not known.
type noAccount struct{ roleARN string }

func (n noAccount) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, &templateError{n.roleARN}
}

type templateError struct{ roleARN string }

func (e *templateError) Error() string {
	return "role_arn " + e.roleARN + " differs from account to account, and the account is not known here"
}
