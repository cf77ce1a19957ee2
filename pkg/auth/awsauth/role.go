package awsauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// Role is a role session. ARN is what it takes; the rest is as in
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
type Role struct {
	ARN         string
	ExternalID  string
	SessionName string // driftmgr where it is empty
	SessionTags map[string]string
	Duration    time.Duration // an hour where it is 0

	// TransitiveTags are the keys of the session tags that later sessions keep.
	TransitiveTags []string
	SourceIdentity string

	// Policy (JSON) and PolicyARNs allow the session less than the role.
	Policy     string
	PolicyARNs []string

	// WebIdentityToken, or the file that holds it, is an OIDC token that the role is
	// assumed with, instead of the configuration's credentials. ExternalID, tags and
	// SourceIdentity have no meaning then.
	WebIdentityToken     string
	WebIdentityTokenFile string
}

// Format implements fmt.Formatter, so that no verb shows a token.
func (r Role) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "role "+r.ARN) }

// fallbackRegion is where a role is assumed when nothing says a region.
const fallbackRegion = "us-east-1"

// AssumeRole returns the configuration with the role's credentials, which are
// fetched with those of cfg when they are first needed, kept, and renewed before
// they expire.
//
// A role that cannot be assumed fails the call that needs it.
func AssumeRole(cfg aws.Config, r Role) aws.Config {
	client := sts.NewFromConfig(cfg, func(o *sts.Options) {
		if o.Region == "" {
			o.Region = fallbackRegion
		}
		o.HTTPClient = Direct(o.HTTPClient)
	})
	if r.SessionName == "" {
		r.SessionName = defaultSessionName
	}
	if r.Duration == 0 {
		r.Duration = defaultDuration
	}
	var p aws.CredentialsProvider
	if r.WebIdentityToken != "" || r.WebIdentityTokenFile != "" {
		p = r.withWebIdentity(client)
	} else {
		p = r.withCredentials(client)
	}
	assumed := cfg.Copy()
	assumed.Credentials = session{aws.NewCredentialsCache(p, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = expiryWindow }), r.ARN}
	return assumed
}

// expiryWindow is how long before their end credentials are renewed, so that none
// ends under way.
const expiryWindow = time.Minute

func (r Role) withCredentials(client *sts.Client) aws.CredentialsProvider {
	return stscreds.NewAssumeRoleProvider(client, r.ARN, func(a *stscreds.AssumeRoleOptions) {
		a.RoleSessionName, a.Duration = r.SessionName, r.Duration
		a.ExternalID, a.SourceIdentity, a.Policy = set(r.ExternalID), set(r.SourceIdentity), set(r.Policy)
		a.PolicyARNs, a.TransitiveTagKeys = policies(r.PolicyARNs), r.TransitiveTags
		for _, key := range slices.Sorted(maps.Keys(r.SessionTags)) {
			a.Tags = append(a.Tags, types.Tag{Key: aws.String(key), Value: aws.String(r.SessionTags[key])})
		}
	})
}

func (r Role) withWebIdentity(client *sts.Client) aws.CredentialsProvider {
	return stscreds.NewWebIdentityRoleProvider(client, r.ARN, webToken{r.WebIdentityToken, r.WebIdentityTokenFile}, func(a *stscreds.WebIdentityRoleOptions) {
		a.RoleSessionName, a.Duration = r.SessionName, r.Duration
		a.Policy, a.PolicyARNs = set(r.Policy), policies(r.PolicyARNs)
	})
}

func set(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func policies(arns []string) []types.PolicyDescriptorType {
	var out []types.PolicyDescriptorType
	for _, arn := range arns {
		out = append(out, types.PolicyDescriptorType{Arn: aws.String(arn)})
	}
	return out
}

// webToken is an OIDC token, or the file that holds it.
type webToken struct{ value, file string }

// GetIdentityToken implements stscreds.IdentityTokenRetriever.
func (t webToken) GetIdentityToken() ([]byte, error) {
	if t.value != "" {
		return []byte(t.value), nil
	}
	data, err := os.ReadFile(t.file)
	if err != nil {
		return nil, &tokenFileError{t.file, err}
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return nil, &tokenFileError{t.file, errors.New("is empty")}
	}
	return []byte(token), nil
}

type tokenFileError struct {
	file string
	err  error
}

func (e *tokenFileError) Error() string { return "web identity token " + e.file + ": " + e.err.Error() }
func (e *tokenFileError) Unwrap() error { return e.err }

// session adds to a failure the role that could not be assumed.
type session struct {
	aws.CredentialsProvider
	arn string
}

func (s session) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := s.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &roleError{s.arn, err}
	}
	return c, nil
}

// roleError is of a role that could not be assumed.
type roleError struct {
	arn string
	err error
}

func (e *roleError) Error() string { return "assume role " + e.arn + ": " + e.err.Error() }
func (e *roleError) Unwrap() error { return e.err }
