package awsauth_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
)

func TestCheck(t *testing.T) {
	with := func(change func(*awsauth.Options)) awsauth.Options {
		o := awsauth.Options{UseIAMRole: true, RoleARN: roleARN}
		change(&o)
		return o
	}
	tests := []struct {
		name    string
		options awsauth.Options
		want    string
	}{
		{"zero", awsauth.Options{}, ""},
		{"role", with(func(*awsauth.Options) {}), ""},
		{"role of another partition, with a path", with(func(o *awsauth.Options) { o.RoleARN = "arn:aws-cn:iam::111122223333:role/path/x" }), ""},
		{"template", with(func(o *awsauth.Options) { o.RoleARN = "arn:aws:iam::{account}:role/x-{account}" }), ""},
		{"longest and shortest session", with(func(o *awsauth.Options) { o.Duration = 12 * time.Hour }), ""},
		{"web identity", awsauth.Options{RoleARN: roleARN, WebIdentityTokenFile: "f"}, ""},

		{"role missing", awsauth.Options{UseIAMRole: true}, "use_iam_role is set without role_arn: name the role to assume"},
		{"role not asked for", awsauth.Options{RoleARN: roleARN}, "role_arn is set without use_iam_role: true: set it to assume the role"},
		{"session without a role", awsauth.Options{ExternalID: "4711"}, "external_id, session_name, session_tags and duration are of a role session: set use_iam_role: true and role_arn as well"},
		{"no ARN", with(func(o *awsauth.Options) { o.RoleARN = "driftmgr" }), `role_arn "driftmgr" is no role: write it as arn:aws:iam::111122223333:role/NAME`},
		{"ARN of a user", with(func(o *awsauth.Options) { o.RoleARN = "arn:aws:iam::111122223333:user/x" }), `role_arn "arn:aws:iam::111122223333:user/x" is no role: write it as arn:aws:iam::111122223333:role/NAME`},
		{"short account", with(func(o *awsauth.Options) { o.RoleARN = "arn:aws:iam::1111:role/x" }), `role_arn "arn:aws:iam::1111:role/x" is no role: write it as arn:aws:iam::111122223333:role/NAME`},
		{"other template", with(func(o *awsauth.Options) { o.RoleARN = "arn:aws:iam::{acount}:role/x" }), "role_arn has {acount}: the only template is {account}"},
		{"open template", with(func(o *awsauth.Options) { o.RoleARN = "arn:aws:iam::{account:role/x" }), "role_arn has {account:role/x: the only template is {account}"},
		{"short session", with(func(o *awsauth.Options) { o.Duration = 15*time.Minute - 1 }), "duration 14m59.999999999s is not between 15m and 12h: AWS allows no other role session"},
		{"long session", with(func(o *awsauth.Options) { o.Duration = 13 * time.Hour }), "duration 13h0m0s is not between 15m and 12h: AWS allows no other role session"},
		{"session name", with(func(o *awsauth.Options) { o.SessionName = "a b" }), `session_name "a b" is not 2 to 64 letters, digits and + = , . @ - _: AWS allows no other`},
		{"external id", with(func(o *awsauth.Options) { o.ExternalID = "a b" }), "external_id is not 2 to 1224 letters, digits and + = , . @ : / - _: AWS allows no other"},
		{"tag", with(func(o *awsauth.Options) { o.SessionTags = map[string]string{"aws:x": "y"} }), `session_tags: "aws:x" is no tag: a key has 1 to 128 characters and does not begin with aws:, a value has at most 256`},
		{"web identity without a role", awsauth.Options{WebIdentityTokenFile: "f"}, "web_identity_token_file is set without role_arn: name the role that the token is for"},
		{"two identities", awsauth.Options{WebIdentityTokenFile: "f", RoleARN: roleARN, Profile: "p"}, "web_identity_token_file and a profile or an access key are both set: keep one"},
		{"two identities, again", awsauth.Options{Static: &awsauth.Static{KeyID: "k", Secret: "s"}, Profile: "p"}, "profile and an access key are both set: keep one"},
		{"half a key", awsauth.Options{Static: &awsauth.Static{KeyID: "k"}}, "an access key has two parts: set both the access key and its secret key"},
		{"web identity with an external id", awsauth.Options{WebIdentityTokenFile: "f", RoleARN: roleARN, ExternalID: "4711"}, "external_id and session_tags do not go with web_identity_token_file: the token carries what the role's trust policy asks for"},
		{"endpoint", awsauth.Options{Endpoint: "localhost:9000"}, "endpoint is no URL: write it as https://HOST"},
		{"endpoint with a secret", awsauth.Options{Endpoint: "https://user:hush@host"}, "endpoint holds a user: leave that out, as AWS takes credentials in no URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.options.Check(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if tt.want == "" {
				return
			}
			if _, err := awsauth.Load(t.Context(), tt.options); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("load: %v", err)
			}
		})
	}
}

func TestSecretsStayInside(t *testing.T) {
	s := awsauth.Static{KeyID: "HUSHKEY", Secret: "HUSH", Token: "HUSH"}
	o := awsauth.Options{Static: &s}
	doc, err := json.Marshal(struct{ S *awsauth.Static }{&s})
	if err != nil {
		t.Fatal(err)
	}
	role := awsauth.Role{ARN: roleARN, WebIdentityToken: "HUSH"}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", role, &role, []awsauth.Role{role}), fmt.Sprint(s), fmt.Sprintf("%+v %#v %q", s, s, s), fmt.Sprintf("%v %+v", o, &s), string(doc)} {
		if strings.Contains(text, "HUSH") {
			t.Errorf("shows it: %s", text)
		}
	}
}
