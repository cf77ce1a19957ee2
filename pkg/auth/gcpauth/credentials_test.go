package gcpauth_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
)

// get calls an API with the options' credentials.
func get(t *testing.T, o gcpauth.Options) error {
	t.Helper()
	client, err := gcpauth.Client(o)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.googleapis.com/v1/things", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	return err
}

// TestKinds proves for each kind which calls it makes, and that they are all.
func TestKinds(t *testing.T) {
	const (
		tokenOf = "POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/reader@p.iam.gserviceaccount.com:generateAccessToken as "
		api     = "GET api.googleapis.com/v1/things as "
		reader  = "reader@p.iam.gserviceaccount.com"
	)
	tests := []struct {
		name    string
		options func(t *testing.T, g *google) gcpauth.Options
		want    []string
		sent    string // in the first call's query or body
		secret  string // in no String
	}{
		{
			"access token",
			func(*testing.T, *google) gcpauth.Options { return gcpauth.Options{AccessToken: "given"} },
			[]string{api + "given"}, "", "given",
		},
		{
			"access token that impersonates",
			func(*testing.T, *google) gcpauth.Options {
				return gcpauth.Options{AccessToken: "given", ImpersonateServiceAccount: reader, Delegates: []string{"between@p.iam.gserviceaccount.com"}}
			},
			[]string{tokenOf + "given", api + "of-reader"},
			`{"delegates":["projects/-/serviceAccounts/between@p.iam.gserviceaccount.com"],"lifetime":"3600s","scope":["https://www.googleapis.com/auth/cloud-platform.read-only"]}`, "given",
		},
		{
			"key file",
			func(t *testing.T, g *google) gcpauth.Options {
				return gcpauth.Options{CredentialsFile: file(t, serviceAccount(g.url+"/token"))}
			},
			[]string{"POST loopback/token", api + "exchanged"}, "assertion=", "",
		},
		{
			"key as JSON, quota project",
			func(t *testing.T, g *google) gcpauth.Options {
				return gcpauth.Options{CredentialsJSON: asJSON(t, serviceAccount(g.url+"/token")), QuotaProject: "payer"}
			},
			[]string{"POST loopback/token", api + "exchanged for payer"}, "", "PRIVATE KEY",
		},
		{
			"user",
			func(t *testing.T, _ *google) gcpauth.Options {
				return gcpauth.Options{CredentialsFile: file(t, user())}
			},
			[]string{"POST oauth2.googleapis.com/token", api + "exchanged"}, "refresh_token=refresh-secret", "",
		},
		{
			"user that impersonates",
			func(t *testing.T, _ *google) gcpauth.Options {
				return gcpauth.Options{CredentialsJSON: asJSON(t, user()), ImpersonateServiceAccount: reader}
			},
			[]string{"POST oauth2.googleapis.com/token", tokenOf + "exchanged", api + "of-reader"}, "", "refresh-secret",
		},
		{
			"workload identity",
			func(t *testing.T, g *google) gcpauth.Options {
				return gcpauth.Options{UseWorkloadIdentity: true, WorkloadIdentityFile: file(t, externalAccount(t, g, false))}
			},
			[]string{"POST loopback/sts", api + "federated"}, "subject_token=workload-secret", "",
		},
		{
			"workload identity that stands for a service account",
			func(t *testing.T, g *google) gcpauth.Options {
				return gcpauth.Options{UseWorkloadIdentity: true, CredentialsFile: file(t, externalAccount(t, g, true))}
			},
			[]string{"POST loopback/sts", "POST loopback/v1/projects/-/serviceAccounts/ci@p.iam.gserviceaccount.com:generateAccessToken as federated", api + "of-ci"}, "", "",
		},
		{
			"workload identity of the environment",
			func(t *testing.T, g *google) gcpauth.Options {
				t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file(t, externalAccount(t, g, false)))
				return gcpauth.Options{UseWorkloadIdentity: true, ImpersonateServiceAccount: reader}
			},
			[]string{"POST loopback/sts", tokenOf + "federated", api + "of-reader"}, "scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform&", "",
		},
		{
			"application default, from the variable",
			func(t *testing.T, g *google) gcpauth.Options {
				t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file(t, serviceAccount(g.url+"/token")))
				return gcpauth.Options{}
			},
			[]string{"POST loopback/token", api + "exchanged"}, "assertion=", "",
		},
		{
			"application default, from gcloud's file",
			func(t *testing.T, _ *google) gcpauth.Options {
				home := t.TempDir()
				t.Setenv("HOME", home)
				dir := filepath.Join(home, ".config", "gcloud")
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "application_default_credentials.json"), []byte(asJSON(t, user())), 0o600); err != nil {
					t.Fatal(err)
				}
				return gcpauth.Options{}
			},
			[]string{"POST oauth2.googleapis.com/token", api + "exchanged"}, "", "",
		},
		{
			"application default, from the metadata server",
			func(t *testing.T, g *google) gcpauth.Options {
				t.Setenv("GCE_METADATA_HOST", g.host)
				return gcpauth.Options{}
			},
			[]string{"GET loopback/computeMetadata/v1/instance/service-accounts/default/token", api + "of-machine"},
			"scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform.read-only", "",
		},
		{
			"what is configured goes before the environment",
			func(t *testing.T, g *google) gcpauth.Options {
				t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file(t, user()))
				t.Setenv("GCE_METADATA_HOST", g.host)
				return gcpauth.Options{CredentialsFile: file(t, serviceAccount(g.url+"/token"))}
			},
			[]string{"POST loopback/token", api + "exchanged"}, "", "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGoogle(t)
			o := tt.options(t, g)
			o.HTTP = g.client
			if err := get(t, o); err != nil {
				t.Fatal(err)
			}
			calls, bodies := g.seen()
			if !slices.Equal(calls, tt.want) {
				t.Errorf("calls %q\nwant  %q", calls, tt.want)
			}
			if !strings.Contains(strings.TrimSpace(bodies[0]), tt.sent) {
				t.Errorf("first call sent %q; want %q in it", bodies[0], tt.sent)
			}
			if shown := fmt.Sprintf("%v %+v %#v %s", o, o, &o, o); tt.secret != "" && strings.Contains(shown, tt.secret) {
				t.Errorf("printed: %s", shown)
			}
		})
	}
}

// TestNoFallback proves that what is configured and fails is an error, although
// the environment has credentials that would do.
func TestNoFallback(t *testing.T) {
	g := newGoogle(t)
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file(t, serviceAccount(g.url+"/token")))
	t.Setenv("GCE_METADATA_HOST", g.host)
	g.fails("loopback/sts", http.StatusBadRequest, `{"error":"invalid_grant","error_description":"The ID Token is expired: secret-jwt"}`)
	g.fails("oauth2.googleapis.com/token", http.StatusBadRequest, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`)
	tests := []struct {
		name    string
		options gcpauth.Options
		want    string
		calls   []string
	}{
		{
			"workload identity", gcpauth.Options{UseWorkloadIdentity: true, WorkloadIdentityFile: file(t, externalAccount(t, g, true))},
			"the token of the workload has expired; check its issuer, audience and attribute condition against the workload identity provider",
			[]string{"POST loopback/sts"},
		},
		{
			"user", gcpauth.Options{CredentialsJSON: asJSON(t, user())},
			"the credentials have expired or were revoked; run: gcloud auth application-default login",
			[]string{"POST oauth2.googleapis.com/token"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, _ := g.seen()
			tt.options.HTTP = g.client
			err := get(t, tt.options)
			if got := gcpauth.Explain(err); err == nil || got.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
			if calls, _ := g.seen(); !slices.Equal(calls[len(before):], tt.calls) {
				t.Errorf("calls %q; want %q", calls[len(before):], tt.calls)
			}
		})
	}
}

// TestExecutable proves that a program which a configuration names is not run
// unless the environment allows it.
func TestExecutable(t *testing.T) {
	g := newGoogle(t)
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	program := filepath.Join(dir, "program")
	script := "#!/bin/sh\ntouch " + ran + "\n" + `echo '{"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:jwt","id_token":"secret"}'` + "\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	c := externalAccount(t, g, false)
	c["credential_source"] = map[string]any{"executable": map[string]any{"command": program}}
	o := gcpauth.Options{UseWorkloadIdentity: true, WorkloadIdentityFile: file(t, c), HTTP: g.client}
	err := get(t, o)
	want := "the workload identity configuration names a program, which is not run; set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 if you have written the configuration yourself"
	if got := gcpauth.Explain(err); err == nil || got.Error() != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the program was run")
	}
	t.Setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")
	if err := get(t, o); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(ran); err != nil {
		t.Error("the program was not run")
	}
}

// TestRedirect proves that no other host gets the token.
func TestRedirect(t *testing.T) {
	g := newGoogle(t)
	g.answers["api.googleapis.com/v1/things"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example/v1/things", http.StatusFound)
	}
	err := get(t, gcpauth.Options{AccessToken: "given", HTTP: g.client})
	want := "api.googleapis.com redirects to elsewhere.example, which gets no token; check the endpoint, and the proxy between"
	if got := gcpauth.Explain(err); err == nil || got.Error() != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if calls, _ := g.seen(); len(calls) != 1 {
		t.Errorf("calls %q; want the first only", calls)
	}
}
