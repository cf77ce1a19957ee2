// Package awsauth is how driftmgr says who it is to Amazon Web Services, for
// reading clouds and states alike.
//
// Exactly the configured kind of identity is used. Where it cannot be had, the
// first call fails and says so (Explain): nothing falls back to another one.
package awsauth

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Options say who to be. The zero value is the SDK's default chain: environment,
// profile (SSO included), web identity, container, instance.
type Options struct {
	// Profile of the shared configuration files. It is used whatever AWS_*
	// variables say, and must hold credentials or say where they come from.
	Profile string

	// Static is an access key, instead of the chain.
	Static *Static

	// Region is the one that calls go to; empty means what the environment or the
	// profile says.
	Region string

	// UseIAMRole makes RoleARN be assumed with the identity that the other options
	// name. {account} in RoleARN stands for the account that is read:
	// arn:aws:iam::{account}:role/driftmgr.
	UseIAMRole bool
	RoleARN    string

	// ExternalID is what the role's trust policy asks for. SessionName is driftmgr
	// where it is empty. Duration of a session is 15 minutes to 12 hours, 0 means
	// an hour, which AWS allows every role.
	ExternalID  string
	SessionName string
	SessionTags map[string]string
	Duration    time.Duration

	// WebIdentityTokenFile holds the OIDC token that RoleARN is assumed with,
	// instead of an AWS identity. It is read anew for each session.
	WebIdentityTokenFile string

	// Endpoint replaces the endpoints of every service, for emulators and private
	// gateways. AWS_ENDPOINT_URL is honoured without it.
	Endpoint string

	// HTTP replaces the SDK's client. Nil is the SDK's own.
	HTTP aws.HTTPClient

	// SDK is what else the SDK's configuration is loaded with.
	SDK []func(*config.LoadOptions) error
}

// Static is an access key. It prints as what it is, without its values.
type Static struct{ KeyID, Secret, Token string }

// Format implements fmt.Formatter, so that no verb shows a value.
func (Static) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "an access key") }

// MarshalText implements encoding.TextMarshaler, likewise.
func (Static) MarshalText() ([]byte, error) { return []byte("an access key"), nil }

// Bounds of a role session, and what it is without an own word.
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const (
	minDuration     = 15 * time.Minute
	maxDuration     = 12 * time.Hour
	defaultDuration = time.Hour
	maxTags         = 50
	maxTagKey       = 128
	maxTagValue     = 256
	maxExternalID   = 1224
)

const (
	defaultSessionName = "driftmgr"
	accountTemplate    = "{account}"
)

var (
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
	accountID   = regexp.MustCompile(`^\d{12}$`)
	braces      = regexp.MustCompile(`\{[^{}]*\}?|\}`)
)

// Check returns what is wrong with the options, in one line that names them as
// driftmgr.yaml does, before anything is called.
func (o Options) Check() error {
	for _, check := range []func() error{o.checkIdentity, o.checkRole, o.checkSession, o.checkEndpoint} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) checkIdentity() error {
	switch {
	case o.Static != nil && (o.Static.KeyID == "" || o.Static.Secret == ""):
		return errors.New("an access key has two parts: set both the access key and its secret key")
	case o.Static != nil && o.Profile != "":
		return errors.New("profile and an access key are both set: keep one")
	case o.WebIdentityTokenFile == "":
		return nil
	case o.RoleARN == "":
		return errors.New("web_identity_token_file is set without role_arn: name the role that the token is for")
	case o.Profile != "" || o.Static != nil:
		return errors.New("web_identity_token_file and a profile or an access key are both set: keep one")
	case o.ExternalID != "" || len(o.SessionTags) > 0:
		return errors.New("external_id and session_tags do not go with web_identity_token_file: the token carries what the role's trust policy asks for")
	}
	return nil
}

func (o Options) checkRole() error {
	switch {
	case o.UseIAMRole && o.RoleARN == "":
		return errors.New("use_iam_role is set without role_arn: name the role to assume")
	case !o.hasRole() && o.RoleARN != "":
		return errors.New("role_arn is set without use_iam_role: true: set it to assume the role")
	case !o.hasRole() && (o.ExternalID != "" || o.SessionName != "" || len(o.SessionTags) > 0 || o.Duration != 0):
		return errors.New("external_id, session_name, session_tags and duration are of a role session: set use_iam_role: true and role_arn as well")
	case !o.hasRole():
		return nil
	}
	for _, found := range braces.FindAllString(o.RoleARN, -1) {
		if found != accountTemplate {
			return fmt.Errorf("role_arn has %s: the only template is %s", found, accountTemplate)
		}
	}
	filled := strings.ReplaceAll(o.RoleARN, accountTemplate, "123456789012")
	parsed, err := arn.Parse(filled)
	if err != nil || parsed.Service != "iam" || !accountID.MatchString(parsed.AccountID) || !strings.HasPrefix(parsed.Resource, "role/") {
		return fmt.Errorf("role_arn %q is no role: write it as arn:aws:iam::111122223333:role/NAME", o.RoleARN)
	}
	return nil
}

func (o Options) checkSession() error {
	switch {
	case o.Duration != 0 && (o.Duration < minDuration || o.Duration > maxDuration):
		return fmt.Errorf("duration %v is not between 15m and 12h: AWS allows no other role session", o.Duration)
	case o.SessionName != "" && !sessionName.MatchString(o.SessionName):
		return fmt.Errorf("session_name %q is not 2 to 64 letters, digits and + = , . @ - _: AWS allows no other", o.SessionName)
	case o.ExternalID != "" && (!externalID.MatchString(o.ExternalID) || len(o.ExternalID) > maxExternalID):
		return errors.New("external_id is not 2 to 1224 letters, digits and + = , . @ : / - _: AWS allows no other")
	case len(o.SessionTags) > maxTags:
		return fmt.Errorf("session_tags has %d tags: AWS allows %d", len(o.SessionTags), maxTags)
	}
	for key, value := range o.SessionTags {
		if n := utf8.RuneCountInString(key); n == 0 || n > maxTagKey || utf8.RuneCountInString(value) > maxTagValue || strings.HasPrefix(strings.ToLower(key), "aws:") {
			return fmt.Errorf("session_tags: %q is no tag: a key has 1 to %d characters and does not begin with aws:, a value has at most %d", key, maxTagKey, maxTagValue)
		}
	}
	return nil
}

func (o Options) checkEndpoint() error {
	if o.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(o.Endpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("endpoint is no URL: write it as https://HOST")
	case u.User != nil:
		return errors.New("endpoint holds a user: leave that out, as AWS takes credentials in no URL")
	}
	return nil
}

// hasRole reports whether a role is configured.
func (o Options) hasRole() bool { return o.UseIAMRole || o.WebIdentityTokenFile != "" }

// PerAccount reports whether the role differs from account to account: whether
// RoleARN is a template.
func (o Options) PerAccount() bool {
	return o.hasRole() && strings.Contains(o.RoleARN, accountTemplate)
}

// RoleFor returns the role to assume for reading an account (12 digits); ok is
// false where the options name none.
func (o Options) RoleFor(account string) (arn string, ok bool) {
	if !o.hasRole() {
		return "", false
	}
	return strings.ReplaceAll(o.RoleARN, accountTemplate, account), true
}

// Role returns the role session that the options describe, with the given role in
// it: one that RoleFor returned.
func (o Options) Role(arn string) Role {
	return Role{
		ARN:                  arn,
		ExternalID:           o.ExternalID,
		SessionName:          o.SessionName,
		SessionTags:          o.SessionTags,
		Duration:             o.Duration,
		WebIdentityTokenFile: o.WebIdentityTokenFile,
	}
}
