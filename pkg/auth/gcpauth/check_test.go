package gcpauth_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(name, content string) string {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	key := write("key.json", `{"type":"service_account","token_uri":"https://oauth2.googleapis.com/token"}`)
	wif := write("wif.json", `{"type":"external_account","token_url":"https://sts.googleapis.com/v1/token"}`)
	write("evil.json", `{"type":"external_account","token_url":"https://sts.googleapis.com.evil.example/v1/token"}`)
	write("plain.json", `{"type":"external_account","token_url":"http://sts.googleapis.com/v1/token"}`)
	write("imp.json", `{"type":"impersonated_service_account","service_account_impersonation_url":"https://iamcredentials.googleapis.com/x","source_credentials":{"type":"service_account","token_uri":"https://evil.example"}}`)
	write("sovereign.json", `{"type":"external_account","token_url":"https://sts.apis-tpczero.goog/v1/token"}`)
	write("web.json", `{"web":{"client_id":"x"}}`)
	write("gdch.json", `{"type":"gdch_service_account"}`)
	write("broken.json", `{"type":"service_account","private_key":"SECRET`)
	const trust = "; do not use a file that you have not made yourself; in another cloud, set its universe_domain"
	tests := []struct {
		name    string
		options gcpauth.Options
		want    string // empty: nothing is wrong
	}{
		{"zero", gcpauth.Options{}, ""},
		{"key", gcpauth.Options{CredentialsFile: key}, ""},
		{"workload identity", gcpauth.Options{UseWorkloadIdentity: true, WorkloadIdentityFile: wif}, ""},
		{"workload identity file without the switch", gcpauth.Options{WorkloadIdentityFile: wif}, "workload_identity_file is set and use_workload_identity is not; set use_workload_identity: true, or remove workload_identity_file"},
		{"two kinds", gcpauth.Options{CredentialsFile: key, AccessToken: "SECRET"}, "access_token and credentials_file are both set; keep the one that is to be used"},
		{"three kinds", gcpauth.Options{CredentialsFile: key, CredentialsJSON: "{SECRET}", AccessToken: "SECRET"}, "access_token, credentials_file and credentials_json are both set; keep the one that is to be used"},
		{"workload identity and token", gcpauth.Options{UseWorkloadIdentity: true, AccessToken: "SECRET"}, "use_workload_identity and access_token are both set; keep the one that is to be used"},
		{"workload identity without a configuration", gcpauth.Options{UseWorkloadIdentity: true}, "use_workload_identity is set without an external_account configuration; set workload_identity_file or GOOGLE_APPLICATION_CREDENTIALS to the file that `gcloud iam workload-identity-pools create-cred-config` wrote"},
		{"workload identity with a key", gcpauth.Options{UseWorkloadIdentity: true, CredentialsFile: key}, "the credentials file key.json is of type service_account, and use_workload_identity allows external_account only; name the file that `gcloud iam workload-identity-pools create-cred-config` wrote, or unset use_workload_identity"},
		{"no such file", gcpauth.Options{CredentialsFile: "none.json"}, "the credentials file none.json does not exist; check the path; credentials are given as a path or as JSON"},
		{"a key in place of a path", gcpauth.Options{CredentialsFile: strings.Repeat("SECRET", 100)}, "the credentials file (a value that is no name) cannot be read; check the path"},
		{"directory", gcpauth.Options{CredentialsFile: "."}, "the credentials file . cannot be read; check the path"},
		{"not JSON", gcpauth.Options{CredentialsFile: "broken.json"}, "the credentials file broken.json is not valid JSON; give the file as Google Cloud wrote it; a key is made by `gcloud iam service-accounts keys create`"},
		{"not JSON in a variable", gcpauth.Options{CredentialsJSON: "{SECRET"}, "the credentials JSON is not valid JSON; give the file as Google Cloud wrote it; a key is made by `gcloud iam service-accounts keys create`"},
		{"client of a web application", gcpauth.Options{CredentialsFile: "web.json"}, "the credentials file web.json has no type; use one of service_account, authorized_user, external_account, external_account_authorized_user, impersonated_service_account"},
		{"type that is not supported", gcpauth.Options{CredentialsFile: "gdch.json"}, `the credentials file gdch.json is of type "gdch_service_account", which driftmgr cannot use; use one of service_account, authorized_user, external_account, external_account_authorized_user, impersonated_service_account`},
		{"tokens go elsewhere", gcpauth.Options{UseWorkloadIdentity: true, WorkloadIdentityFile: "evil.json"}, "the credentials file evil.json has a token_url that is not https at googleapis.com" + trust},
		{"tokens go in clear text", gcpauth.Options{CredentialsFile: "plain.json"}, "the credentials file plain.json has a token_url that is not https at googleapis.com" + trust},
		{"tokens of the source go elsewhere", gcpauth.Options{CredentialsFile: "imp.json"}, "source_credentials of the credentials file imp.json has a token_uri that is not https at googleapis.com" + trust},
		{"another cloud", gcpauth.Options{CredentialsFile: "sovereign.json"}, "the credentials file sovereign.json has a token_url that is not https at googleapis.com" + trust},
		{"another cloud that is named", gcpauth.Options{CredentialsFile: "sovereign.json", UniverseDomain: "apis-tpczero.goog"}, ""},
		{"account that is none", gcpauth.Options{ImpersonateServiceAccount: "reader"}, "reader is not a service account; name it by its e-mail address: NAME@PROJECT.iam.gserviceaccount.com"},
		{"account that is a path", gcpauth.Options{ImpersonateServiceAccount: "a@b/../../c"}, "a@b/../../c is not a service account; name it by its e-mail address: NAME@PROJECT.iam.gserviceaccount.com"},
		{"account by its number", gcpauth.Options{ImpersonateServiceAccount: "104857293847561029384"}, ""},
		{"delegate that is none", gcpauth.Options{ImpersonateServiceAccount: "a@p.iam.gserviceaccount.com", Delegates: []string{""}}, `"" is not a service account; name it by its e-mail address: NAME@PROJECT.iam.gserviceaccount.com`},
		{"delegates without an account", gcpauth.Options{Delegates: []string{"a@p.iam.gserviceaccount.com"}}, "delegates are set and no service account to impersonate; set impersonate_service_account, or remove the delegates"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.options.Check()
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *gcpauth.Error
			if !errors.As(err, &e) || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
			if strings.Contains(tt.options.String(), "SECRET") {
				t.Errorf("String() = %s", tt.options)
			}
			if _, err := gcpauth.Credentials(tt.options); err == nil {
				t.Error("credentials were made all the same")
			}
		})
	}
}

func TestEnv(t *testing.T) {
	env := func(kv ...string) func(string) string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return func(name string) string { return m[name] }
	}
	t.Setenv("HOME", "/home/ann")
	tests := []struct {
		name              string
		env               func(string) string
		provider, backend gcpauth.Options
	}{
		{"nothing", env(), gcpauth.Options{}, gcpauth.Options{}},
		{"path", env("GOOGLE_CREDENTIALS", "~/key.json"), gcpauth.Options{CredentialsFile: "/home/ann/key.json"}, gcpauth.Options{CredentialsFile: "/home/ann/key.json"}},
		{"JSON", env("GOOGLE_CREDENTIALS", " {}"), gcpauth.Options{CredentialsJSON: " {}"}, gcpauth.Options{CredentialsJSON: " {}"}},
		{"Google's own", env("GOOGLE_APPLICATION_CREDENTIALS", "adc.json"), gcpauth.Options{CredentialsFile: "adc.json"}, gcpauth.Options{CredentialsFile: "adc.json"}},
		{
			"the backend's", env("GOOGLE_CREDENTIALS", "a.json", "GOOGLE_BACKEND_CREDENTIALS", "b.json", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "a@p", "GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT", "b@p", "GOOGLE_APPLICATION_CREDENTIALS", "adc.json"),
			gcpauth.Options{CredentialsFile: "a.json", ImpersonateServiceAccount: "a@p"}, gcpauth.Options{CredentialsFile: "b.json", ImpersonateServiceAccount: "b@p"},
		},
		{"token first", env("GOOGLE_OAUTH_ACCESS_TOKEN", "t", "GOOGLE_CREDENTIALS", "a.json"), gcpauth.Options{AccessToken: "t"}, gcpauth.Options{AccessToken: "t"}},
		{"older name", env("GOOGLE_CLOUD_KEYFILE_JSON", "a.json"), gcpauth.Options{CredentialsFile: "a.json"}, gcpauth.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			same := func(what string, got, want gcpauth.Options) {
				if got.CredentialsFile != want.CredentialsFile || got.CredentialsJSON != want.CredentialsJSON || got.AccessToken != want.AccessToken || got.ImpersonateServiceAccount != want.ImpersonateServiceAccount {
					t.Errorf("%s: %s; want %s", what, got, want)
				}
			}
			same("provider", gcpauth.FromEnv(tt.env), tt.provider)
			same("backend", gcpauth.BackendFromEnv(tt.env), tt.backend)
		})
	}
}

func FuzzCredentialsJSON(f *testing.F) {
	f.Add(`{"type":"service_account","private_key":"SECRET"}`)
	f.Add(`{"type":"external_account","token_url":"http://user:SECRET@host"}`)
	f.Add(`{"type":"impersonated_service_account","source_credentials":{}}`)
	f.Fuzz(func(t *testing.T, content string) {
		err := gcpauth.Options{CredentialsJSON: content}.Check()
		if err != nil && strings.Contains(content, "SECRET") && strings.Contains(err.Error(), "SECRET") && !strings.Contains(content, `"type":"`) {
			t.Errorf("the error tells the content: %v", err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("the error has several lines: %q", err)
		}
	})
}
