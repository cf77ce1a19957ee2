package awsauth_test

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
)

const (
	roleARN = "arn:aws:iam::111122223333:role/driftmgr"
	files   = `[profile keys]
aws_access_key_id = PROFILEKEY
aws_secret_access_key = s
[profile nothing]
region = eu-west-1
[profile chained]
role_arn = arn:aws:iam::111122223333:role/other
source_profile = keys
[profile rootless]
role_arn = arn:aws:iam::111122223333:role/other
source_profile = nothing
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Reader
[profile old-sso]
sso_start_url = https://corp.example/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Reader
[profile process]
credential_process = false
[sso-session corp]
sso_start_url = https://corp.example/start
sso_region = eu-west-1
`
)

// ssoToken puts an SSO token where aws sso login does.
func ssoToken(t *testing.T, home, session string, expires time.Time) {
	name := sha1.Sum([]byte(session))
	write(t, filepath.Join(home, ".aws", "sso", "cache", hex.EncodeToString(name[:])+".json"),
		fmt.Sprintf(`{"accessToken":"ssotoken","expiresAt":%q}`, expires.UTC().Format(time.RFC3339)))
}

func TestIdentity(t *testing.T) {
	role := awsauth.Options{UseIAMRole: true, RoleARN: roleARN}
	later, before := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	tests := []struct {
		name    string
		options awsauth.Options
		env     map[string]string
		sso     time.Time
		refuse  string // operation that is denied
		code    string
		calls   []string
		problem string
		remedy  string
		is      error
	}{
		{name: "environment", env: map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"},
			calls: []string{"GetCallerIdentity by ENVKEY"}},
		{name: "access key", options: awsauth.Options{Static: &awsauth.Static{KeyID: "STATICKEY", Secret: "s"}},
			env: map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"}, calls: []string{"GetCallerIdentity by STATICKEY"}},
		{name: "profile", options: awsauth.Options{Profile: "keys"}, calls: []string{"GetCallerIdentity by PROFILEKEY"}},
		{name: "profile beats the environment", options: awsauth.Options{Profile: "keys"},
			env:   map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"},
			calls: []string{"GetCallerIdentity by PROFILEKEY"}},
		{name: "profile with a role", options: awsauth.Options{Profile: "chained"}, calls: []string{"AssumeRole by PROFILEKEY", "GetCallerIdentity by ROLEKEY"}},
		{name: "profile with a refused role", options: awsauth.Options{Profile: "chained"}, refuse: "AssumeRole", calls: []string{"AssumeRole by PROFILEKEY"},
			problem: "the credentials of profile chained were not given (AccessDenied on sts:AssumeRole)", remedy: "check what the profile names, or run aws sso login --profile chained"},
		{name: "profile without credentials does not become the container", options: awsauth.Options{Profile: "nothing"},
			env:     map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "SERVER/container"},
			problem: "profile nothing has no credentials", remedy: "add them (aws configure sso, or aws configure), or name another profile"},
		{name: "profile whose source has none", options: awsauth.Options{Profile: "rootless"},
			problem: "profile rootless assumes a role, but its source_profile nothing has no credentials", remedy: "add them: aws configure --profile nothing"},
		{name: "unknown profile", options: awsauth.Options{Profile: "kesy"},
			problem: "profile kesy is not in the AWS configuration", remedy: "name one of: aws configure list-profiles"},
		{name: "unknown profile in the environment", env: map[string]string{"AWS_PROFILE": "kesy"},
			problem: "profile kesy is not in the AWS configuration", remedy: "name one of: aws configure list-profiles"},
		{name: "credential process that fails", options: awsauth.Options{Profile: "process"},
			problem: "the credential_process of profile process gave no credentials", remedy: "run it by hand to see why"},
		{name: "container", env: map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "SERVER/container"},
			calls: []string{"Container by anonymous", "GetCallerIdentity by CONTAINERKEY"}},
		{name: "sso", options: awsauth.Options{Profile: "sso"}, sso: later, calls: []string{"GetRoleCredentials by ssotoken", "GetCallerIdentity by SSOKEY"}},
		{name: "sso expired", options: awsauth.Options{Profile: "sso"}, sso: before,
			env:     map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"},
			problem: "the SSO session of profile sso has expired or was never begun", remedy: "aws sso login --profile sso"},
		{name: "sso never begun, profile of the environment", env: map[string]string{"AWS_PROFILE": "sso"},
			problem: "the SSO session of profile sso has expired or was never begun", remedy: "aws sso login --profile sso"},
		{name: "sso expired, old style", options: awsauth.Options{Profile: "old-sso"}, sso: before,
			problem: "the SSO session of profile old-sso has expired or was never begun", remedy: "aws sso login --profile old-sso"},
		{name: "no credentials at all", problem: "there are no AWS credentials", remedy: "set AWS_PROFILE or the AWS_* variables, or run aws sso login"},
		{name: "role", options: role, env: map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"},
			calls: []string{"AssumeRole by ENVKEY", "GetCallerIdentity by ROLEKEY"}},
		{name: "role refused", options: role, env: map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"}, refuse: "AssumeRole",
			calls:   []string{"AssumeRole by ENVKEY"},
			problem: "role " + roleARN + " refuses these credentials (AccessDenied)",
			remedy:  "allow them sts:AssumeRole, let the role's trust policy name them, and set external_id if it asks for one", is: fs.ErrPermission},
		{name: "role too long", options: role, env: map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"}, refuse: "AssumeRole", code: "ValidationError",
			calls:   []string{"AssumeRole by ENVKEY"},
			problem: "role " + roleARN + " cannot be assumed as configured (ValidationError)",
			remedy:  "check role_arn, and that duration is no longer than the role's maximum session duration", is: fs.ErrPermission},
		{name: "role with an expired session", options: role, env: map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"}, refuse: "AssumeRole", code: "ExpiredToken",
			calls:   []string{"AssumeRole by ENVKEY"},
			problem: "the credentials have expired (ExpiredToken on sts:AssumeRole)", remedy: "renew them: aws sso login, or a new session token", is: fs.ErrPermission},
		{name: "role with a profile's sso expired", options: awsauth.Options{UseIAMRole: true, RoleARN: roleARN, Profile: "sso"}, sso: before,
			problem: "the SSO session of profile sso has expired or was never begun", remedy: "aws sso login --profile sso"},
		{name: "role per account", options: awsauth.Options{UseIAMRole: true, RoleARN: "arn:aws:iam::{account}:role/driftmgr"}, env: map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"},
			problem: "role_arn arn:aws:iam::{account}:role/driftmgr differs from account to account, and the account is not known here", remedy: "name one role here, without {account}"},
		{name: "web identity", options: awsauth.Options{RoleARN: roleARN, WebIdentityTokenFile: "TOKEN"},
			env:   map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"},
			calls: []string{"AssumeRoleWithWebIdentity by anonymous", "GetCallerIdentity by ROLEKEY"}},
		{name: "web identity refused", options: awsauth.Options{RoleARN: roleARN, WebIdentityTokenFile: "TOKEN"}, refuse: "AssumeRoleWithWebIdentity",
			env:     map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"},
			calls:   []string{"AssumeRoleWithWebIdentity by anonymous"},
			problem: "role " + roleARN + " refuses the web identity (AccessDenied)", remedy: "let its trust policy take the token's issuer, audience and subject", is: fs.ErrPermission},
		{name: "web identity expired", options: awsauth.Options{RoleARN: roleARN, WebIdentityTokenFile: "TOKEN"}, refuse: "AssumeRoleWithWebIdentity", code: "ExpiredTokenException",
			calls:   []string{"AssumeRoleWithWebIdentity by anonymous"},
			problem: "role " + roleARN + " refuses the web identity: its token has expired (ExpiredTokenException)", remedy: "get a new token", is: fs.ErrPermission},
		{name: "web identity without its file", options: awsauth.Options{RoleARN: roleARN, WebIdentityTokenFile: "/nowhere/token"},
			problem: "the web identity token cannot be read: /nowhere/token: no such file or directory", remedy: "check web_identity_token_file (AWS_WEB_IDENTITY_TOKEN_FILE)"},
		{name: "web identity of the environment", env: map[string]string{"AWS_ROLE_ARN": roleARN, "AWS_WEB_IDENTITY_TOKEN_FILE": "TOKEN"},
			calls: []string{"AssumeRoleWithWebIdentity by anonymous", "GetCallerIdentity by ROLEKEY"}},
		{name: "denied", env: map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"}, refuse: "GetCallerIdentity", calls: []string{"GetCallerIdentity by ENVKEY"},
			problem: "access is denied (AccessDenied on sts:GetCallerIdentity)", remedy: "allow sts:GetCallerIdentity in the caller's policies and the resource's own", is: fs.ErrPermission},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			home := alone(t)
			s := newServer(t)
			token := write(t, filepath.Join(home, "token"), "jwt\n")
			t.Setenv("AWS_CONFIG_FILE", write(t, filepath.Join(home, "config"), files))
			fill := func(value string) string { return strings.NewReplacer("SERVER", s.URL, "TOKEN", token).Replace(value) }
			for name, value := range tt.env {
				t.Setenv(name, fill(value))
			}
			if !tt.sso.IsZero() {
				ssoToken(t, home, "corp", tt.sso)
				ssoToken(t, home, "https://corp.example/start", tt.sso)
			}
			if tt.refuse != "" {
				s.refuse[tt.refuse] = "AccessDenied"
				if tt.code != "" {
					s.refuse[tt.refuse] = tt.code
				}
			}
			o := tt.options
			o.Endpoint, o.SDK, o.WebIdentityTokenFile = s.URL, once(), fill(o.WebIdentityTokenFile)
			err := whoami(t, o)
			if got := s.ops(); !slices.Equal(got, tt.calls) {
				t.Errorf("calls %q\nwant  %q", got, tt.calls)
			}
			if tt.problem == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			e := awsauth.Explain(err)
			if e.Problem != tt.problem || e.Remedy != tt.remedy {
				t.Errorf("got  %q; %q\nwant %q; %q\nfrom %v", e.Problem, e.Remedy, tt.problem, tt.remedy, err)
			}
			if tt.is != nil && !errors.Is(e.Err, tt.is) {
				t.Errorf("cause %v; want %v", e.Err, tt.is)
			}
		})
	}
}

func TestAssumeRole(t *testing.T) {
	alone(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "ENVKEY")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	tests := []struct {
		name    string
		options awsauth.Options
		want    url.Values
	}{
		{"all", awsauth.Options{
			UseIAMRole: true, RoleARN: roleARN, ExternalID: "4711", SessionName: "nightly", Duration: 2 * time.Hour,
			SessionTags: map[string]string{"team": "infra", "env": "prod"},
		}, url.Values{
			"RoleArn": {roleARN}, "ExternalId": {"4711"}, "RoleSessionName": {"nightly"}, "DurationSeconds": {"7200"},
			"Tags.member.1.Key": {"env"}, "Tags.member.1.Value": {"prod"}, "Tags.member.2.Key": {"team"}, "Tags.member.2.Value": {"infra"},
		}},
		{"nothing but the role", awsauth.Options{UseIAMRole: true, RoleARN: roleARN},
			url.Values{"RoleArn": {roleARN}, "RoleSessionName": {"driftmgr"}, "DurationSeconds": {"3600"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			tt.options.Endpoint = s.URL
			for range 2 { // a session serves more than one call
				if err := whoami(t, tt.options); err != nil {
					t.Fatal(err)
				}
			}
			got := s.calls[0].Form
			got.Del("Action")
			got.Del("Version")
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("parameters %v\nwant       %v", got, tt.want)
			}
		})
	}
}

func TestPerAccount(t *testing.T) {
	alone(t)
	s := newServer(t)
	o := awsauth.Options{
		UseIAMRole: true, RoleARN: "arn:aws:iam::{account}:role/driftmgr", ExternalID: "4711",
		Static: &awsauth.Static{KeyID: "STATICKEY", Secret: "s"}, Endpoint: s.URL,
	}
	base, err := awsauth.Base(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []string{"111122223333", "444455556666"} {
		arn, ok := o.RoleFor(account)
		if want := "arn:aws:iam::" + account + ":role/driftmgr"; !ok || arn != want {
			t.Fatalf("role %q, %v; want %q", arn, ok, want)
		}
		client := sts.NewFromConfig(awsauth.AssumeRole(base, o.Role(arn)))
		for range 2 {
			if _, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := []string{
		"AssumeRole by STATICKEY", "GetCallerIdentity by ROLEKEY", "GetCallerIdentity by ROLEKEY",
		"AssumeRole by STATICKEY", "GetCallerIdentity by ROLEKEY", "GetCallerIdentity by ROLEKEY",
	}
	if got := s.ops(); !slices.Equal(got, want) {
		t.Errorf("calls %q\nwant  %q", got, want)
	}
	if _, ok := (awsauth.Options{}).RoleFor("111122223333"); ok {
		t.Error("the zero value has a role")
	}
}

// The role of a chain that refuses is the one that is named, not those after it.
func TestChain(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.refuse["AssumeRole"] = "AccessDenied"
	cfg, err := awsauth.Load(t.Context(), awsauth.Options{Static: &awsauth.Static{KeyID: "K", Secret: "s"}, Endpoint: s.URL, SDK: once()})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "second", "third"} {
		cfg = awsauth.AssumeRole(cfg, awsauth.Role{ARN: "arn:aws:iam::111122223333:role/" + name})
	}
	_, err = cfg.Credentials.Retrieve(t.Context())
	if e := awsauth.Explain(err); e.Kind != awsauth.NoRole || e.Problem != "role arn:aws:iam::111122223333:role/first refuses these credentials (AccessDenied)" {
		t.Errorf("got %+v", e)
	}
	if got := s.ops(); !slices.Equal(got, []string{"AssumeRole by K"}) {
		t.Errorf("calls %q", got)
	}
}

// What asks for a role may hold a token: it goes to nobody else.
func TestRedirect(t *testing.T) {
	alone(t)
	other := newServer(t)
	redirect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}))
	defer redirect.Close()
	err := whoami(t, awsauth.Options{
		UseIAMRole: true, RoleARN: roleARN, Static: &awsauth.Static{KeyID: "K", Secret: "s"}, Endpoint: redirect.URL, SDK: once(),
	})
	if e := awsauth.Explain(err); e.Problem != "the answer is HTTP 307 Temporary Redirect" || e.Remedy != "driftmgr follows no redirect: check the endpoint and the region" {
		t.Errorf("got %+v from %v", e, err)
	}
	if calls := other.ops(); len(calls) != 0 {
		t.Errorf("the other host got %q", calls)
	}
}

func TestUnreachable(t *testing.T) {
	alone(t)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	plain := newServer(t)
	key := &awsauth.Static{KeyID: "K", Secret: "s"}
	for _, tt := range []struct{ name, endpoint, problem, remedy string }{
		{"self-signed", secure.URL, "the server's certificate is of no known authority", "set AWS_CA_BUNDLE to the file with its certificate authority"},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), "the server does not speak TLS", "write the endpoint with http://, or check its port"},
		{"nobody there", "http://127.0.0.1:1", "no answer: dial tcp 127.0.0.1:1: connect: connection refused", "check the network, the proxy and the endpoint, and try again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := awsauth.Explain(whoami(t, awsauth.Options{Static: key, Endpoint: tt.endpoint, SDK: once()}))
			if e.Kind != awsauth.Unreachable || e.Problem != tt.problem || e.Remedy != tt.remedy {
				t.Errorf("got %+v", e)
			}
		})
	}
}
