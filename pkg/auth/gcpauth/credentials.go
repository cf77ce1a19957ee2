package gcpauth

import (
	"context"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/impersonate"
)

// Credentials makes the credentials that the options describe. A token is asked
// for when one is needed first, and kept until shortly before it expires. The
// errors are *Error; those of the tokens are for Explain.
//
// An external_account configuration may name a program that gives the workload's
// token. It is run only where GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES is 1.
func Credentials(o Options) (*auth.Credentials, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	creds, err := o.credentials()
	if err != nil {
		return nil, Explain(err)
	}
	if o.QuotaProject == "" {
		return creds, nil
	}
	return auth.NewCredentials(&auth.CredentialsOptions{
		TokenProvider:          creds,
		JSON:                   creds.JSON(),
		ProjectIDProvider:      auth.CredentialsPropertyFunc(creds.ProjectID),
		QuotaProjectIDProvider: property(o.QuotaProject),
		UniverseDomainProvider: auth.CredentialsPropertyFunc(creds.UniverseDomain),
	}), nil
}

func (o Options) credentials() (*auth.Credentials, error) {
	if o.ImpersonateServiceAccount == "" {
		return o.own(o.scopes())
	}
	// What asks for another account's tokens needs a scope of its own.
	own, err := o.own([]string{ScopeCloudPlatform})
	if err != nil {
		return nil, err
	}
	client, err := o.client(own)
	if err != nil {
		return nil, err
	}
	return impersonate.NewCredentials(&impersonate.CredentialsOptions{
		TargetPrincipal: o.ImpersonateServiceAccount,
		Delegates:       o.Delegates,
		Scopes:          o.scopes(),
		Credentials:     own,
		Client:          client,
	})
}

// own returns the credentials without the impersonation.
func (o Options) own(scopes []string) (*auth.Credentials, error) {
	if o.kind() == accessToken {
		return auth.NewCredentials(&auth.CredentialsOptions{
			TokenProvider:          static(o.AccessToken),
			UniverseDomainProvider: property(o.universe()),
		}), nil
	}
	detect := &credentials.DetectOptions{
		Scopes:         scopes,
		Client:         o.HTTP,
		UniverseDomain: o.UniverseDomain,
	}
	c, err := o.configuration()
	switch {
	case err != nil:
		return nil, err
	case c == nil:
		return credentials.DetectDefault(detect)
	}
	return credentials.NewCredentialsFromJSON(c.credType, c.json, detect)
}

// static is an access token that came from elsewhere.
type static string

func (s static) Token(context.Context) (*auth.Token, error) {
	return &auth.Token{Value: string(s), Type: "Bearer"}, nil
}

func property(value string) auth.CredentialsPropertyFunc {
	return func(context.Context) (string, error) { return value, nil }
}
