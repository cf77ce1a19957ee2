package s3_test

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/s3"
)

// Which object a block means, and as whom it is read.
func TestBlock(t *testing.T) {
	const sse = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	tests := []struct {
		name       string
		attrs      map[string]any
		workspace  string
		configured bool
		env        map[string]string
		sse        string
		state      string
		asked      []string
	}{
		{name: "environment", env: map[string]string{"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"},
			state: "s3://states/a", asked: []string{"GET /a by ENVKEY in eu-west-1"}},
		{name: "workspace", workspace: "prod", state: "s3://states/env:/prod/a", asked: []string{"GET /env:/prod/a by KEY in eu-west-1"}},
		{name: "workspace with a prefix", workspace: "prod", attrs: map[string]any{"workspace_key_prefix": "teams/x"},
			state: "s3://states/teams/x/prod/a", asked: []string{"GET /teams/x/prod/a by KEY in eu-west-1"}},
		{name: "workspace without a prefix", workspace: "prod", attrs: map[string]any{"workspace_key_prefix": ""},
			state: "s3://states/prod/a", asked: []string{"GET /prod/a by KEY in eu-west-1"}},
		{name: "a key with a pattern's characters is no pattern", attrs: map[string]any{"key": "a[1].tfstate"},
			state: "s3://states/a%5B1].tfstate", asked: []string{"GET /a[1].tfstate by KEY in eu-west-1"}},
		{name: "region", attrs: map[string]any{"region": "us-west-2"}, state: "s3://states/a", asked: []string{"GET /a by KEY in us-west-2"}},
		{name: "access key", attrs: map[string]any{"access_key": "BLOCKKEY", "secret_key": "s"},
			state: "s3://states/a", asked: []string{"GET /a by BLOCKKEY in eu-west-1"}},
		{name: "profile beats the environment", attrs: map[string]any{"profile": "p"}, state: "s3://states/a", asked: []string{"GET /a by PROFILEKEY in eu-west-1"}},
		{name: "shared files", attrs: map[string]any{"profile": "q", "shared_credentials_files": []any{"files/credentials"}},
			state: "s3://states/a", asked: []string{"GET /a by FILEKEY in eu-west-1"}},
		{name: "shared file, older", attrs: map[string]any{"profile": "q", "shared_credentials_file": "$FOLDER/credentials"}, env: map[string]string{"FOLDER": "files"},
			state: "s3://states/a", asked: []string{"GET /a by FILEKEY in eu-west-1"}},
		{name: "role", attrs: map[string]any{"assume_role": map[string]any{"role_arn": "arn:aws:iam::111122223333:role/r", "external_id": "4711", "duration": "1h30m"}},
			state: "s3://states/a", asked: []string{"POST / by KEY in eu-west-1", "GET /a by ROLE-4711 in eu-west-1"}},
		{name: "role as a block, with a profile", attrs: map[string]any{"profile": "p", "assume_role": []any{map[string]any{"role_arn": "arn:aws:iam::111122223333:role/r", "tags": map[string]any{"a": "b"}}}},
			state: "s3://states/a", asked: []string{"POST / by PROFILEKEY in eu-west-1", "GET /a by ROLE- in eu-west-1"}},
		{name: "role, older", attrs: map[string]any{"role_arn": "arn:aws:iam::111122223333:role/r", "external_id": "42", "session_name": "x", "assume_role_duration_seconds": 900.0},
			state: "s3://states/a", asked: []string{"POST / by KEY in eu-west-1", "GET /a by ROLE-42 in eu-west-1"}},
		{name: "web identity", attrs: map[string]any{"assume_role_with_web_identity": map[string]any{"role_arn": "arn:aws:iam::111122223333:role/r", "web_identity_token_file": "files/token"}},
			state: "s3://states/a", asked: []string{"POST / by nobody in ", "GET /a by ROLE- in eu-west-1"}},
		{name: "web identity that assumes a role", attrs: map[string]any{
			"assume_role_with_web_identity": map[string]any{"role_arn": "arn:aws:iam::111122223333:role/r", "web_identity_token": "jwt"},
			"assume_role":                   map[string]any{"role_arn": "arn:aws:iam::111122223333:role/s", "external_id": "42"},
		}, state: "s3://states/a", asked: []string{"POST / by nobody in ", "POST / by ROLE- in eu-west-1", "GET /a by ROLE-42 in eu-west-1"}},
		{name: "driftmgr's own configuration beats the block", configured: true, attrs: map[string]any{
			"profile": "p", "assume_role": map[string]any{"role_arn": "arn:aws:iam::111122223333:role/r"}, "region": "us-west-2"},
			state: "s3://states/a", asked: []string{"GET /a by KEY in us-west-2"}},
		{name: "customer's key", attrs: map[string]any{"encrypt": true, "sse_customer_key": sse}, sse: sse,
			state: "s3://states/a", asked: []string{"GET /a by KEY in eu-west-1"}},
		{name: "customer's key of the environment", attrs: map[string]any{"encrypt": "true"}, env: map[string]string{"AWS_SSE_CUSTOMER_KEY": sse}, sse: sse,
			state: "s3://states/a", asked: []string{"GET /a by KEY in eu-west-1"}},
		{name: "customer's key without encrypt is not used", attrs: map[string]any{"sse_customer_key": sse},
			state: "s3://states/a", asked: []string{"GET /a by KEY in eu-west-1"}},
		{name: "retries as text", attrs: map[string]any{"max_retries": "2", "retry_mode": "standard", "skip_credentials_validation": true, "skip_metadata_api_check": true},
			state: "s3://states/a", asked: []string{"GET /a by KEY in eu-west-1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			alone(t)
			s := newServer(t)
			s.sse = tt.sse
			dir := t.TempDir()
			write(t, filepath.Join(dir, "files", "credentials"), "[q]\naws_access_key_id = FILEKEY\naws_secret_access_key = s\n")
			write(t, filepath.Join(dir, "files", "token"), "jwt")
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", write(t, filepath.Join(dir, "own"), "[p]\naws_access_key_id = PROFILEKEY\naws_secret_access_key = s\n"))
			t.Setenv("AWS_ACCESS_KEY_ID", "KEY")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			attrs := map[string]any{"bucket": "states", "key": "a"}
			for name, value := range tt.attrs {
				attrs[name] = value
			}
			auth := s.auth()
			auth.Static = nil // the environment's, which a block beats
			b := s3.New(s3.Options{Auth: auth, Configured: tt.configured})
			found, err := b.Configure(t.Context(), state.Block{Type: "s3", Attrs: attrs, Workspace: tt.workspace, Dir: dir})
			if err != nil || len(found) != 1 {
				t.Fatalf("%d sources, %v", len(found), err)
			}
			if found[0].String() != tt.state {
				t.Errorf("is %s; want %s", found[0], tt.state)
			}
			key, _ := strings.CutPrefix(tt.state, "s3://states/")
			key, _ = url.PathUnescape(key)
			s.objects[key] = small
			load(t, found[0])
			if asked := s.asked(); !slices.Equal(asked, tt.asked) {
				t.Errorf("asked %q\nwant  %q", asked, tt.asked)
			}
			if again := one(t, b, found[0].String()); again.String() != found[0].String() {
				t.Errorf("its name stands for %s", again)
			}
		})
	}
}

func TestBlockErrors(t *testing.T) {
	alone(t)
	tests := []struct {
		name  string
		attrs map[string]any
		want  string
	}{
		{"no bucket", map[string]any{"bucket": ""}, "state app: its s3 backend has no bucket or no key; add them, or pass them with -backend-config"},
		{"no key", map[string]any{"key": nil}, "state app: its s3 backend has no bucket or no key; add them, or pass them with -backend-config"},
		{"access point", map[string]any{"bucket": "arn:aws:s3:eu-west-1:111122223333:accesspoint/x"}, "state app: its s3 backend names an access point; name the bucket behind it: s3://BUCKET/KEY"},
		{"bucket", map[string]any{"bucket": "a b"}, "state app: its s3 backend names no bucket; correct bucket"},
		{"slash", map[string]any{"key": "/a"}, "state app: its s3 backend has a key that begins or ends with a slash, or has two in a row; correct key: Terraform does not take it either"},
		{"region", map[string]any{"region": "eu west"}, "state app: its s3 backend has a region that is none; correct region"},
		{"endpoint", map[string]any{"endpoint": "https://hush:hush@host"}, "state app: its s3 backend has an endpoint that holds a user; write it as https://HOST"},
		{"type", map[string]any{"encrypt": "maybe"}, "state app: its s3 backend's encrypt is no true or false; correct it"},
		{"nested type", map[string]any{"assume_role": map[string]any{"role_arn": "arn:aws:iam::111122223333:role/r", "duration": "soon"}}, "state app: its s3 backend's duration is no duration: 1h30m; correct it"},
		{"customer's key", map[string]any{"encrypt": true, "sse_customer_key": "hush"}, "state app: sse_customer_key is no key; set it to 32 bytes in base64: 44 characters"},
		{"half a key", map[string]any{"access_key": "hush"}, "state app: its s3 backend has half an access key; set both access_key and secret_key, or better a profile"},
		{"role without an ARN", map[string]any{"assume_role": map[string]any{}}, "state app: its s3 backend assumes a role, but names none; set role_arn"},
		{"web identity without a token", map[string]any{"assume_role_with_web_identity": map[string]any{"role_arn": "x"}}, "state app: its s3 backend's assume_role_with_web_identity is no role with its web_identity_token or web_identity_token_file; correct it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			attrs := map[string]any{"bucket": "states", "key": "a"}
			for name, value := range tt.attrs {
				attrs[name] = value
			}
			_, err := s3.New(s3.Options{}).Configure(t.Context(), state.Block{Type: "s3", Attrs: attrs, Dir: "app"})
			check(t, err, tt.want, nil)
		})
	}
}

// A customer's key is not sent where others can read it.
func TestCustomerKeyInClear(t *testing.T) {
	alone(t)
	key := base64.StdEncoding.EncodeToString([]byte("01234567890123456789012345678901"))
	found, err := s3.New(s3.Options{Auth: awsauth.Options{Static: &awsauth.Static{KeyID: "K", Secret: "s"}}}).Configure(t.Context(), state.Block{Attrs: map[string]any{
		"bucket": "states", "key": "a", "endpoint": "http://minio.example", "encrypt": true, "sse_customer_key": key,
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = found[0].Open(t.Context())
	check(t, err, "state s3://states/a?endpoint=http://minio.example: has a key of your own (SSE-C), and an endpoint that would get it in clear text; write the endpoint with https://", nil)
}

// The block's own certificates, its word to do without, and its proxy.
func TestBlockTransport(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.objects["a"] = small
	secure := httptest.NewUnstartedServer(s)
	secure.Config.ErrorLog = quiet()
	secure.StartTLS()
	defer secure.Close()
	proxied := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxied++
		s.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ca.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})))
	for _, tt := range []struct {
		name  string
		attrs map[string]any
		want  string
	}{
		{"unknown authority", map[string]any{"endpoint": secure.URL}, "state s3://states/a?endpoint=" + secure.URL + ": could not be read: the server's certificate is of no known authority"},
		{"its authority", map[string]any{"endpoint": secure.URL, "custom_ca_bundle": "ca.pem"}, ""},
		{"insecure", map[string]any{"endpoint": secure.URL, "insecure": true}, ""},
		{"no certificates", map[string]any{"endpoint": secure.URL, "custom_ca_bundle": "nowhere.pem"}, "state s3://states/a?endpoint=" + secure.URL + ": its custom_ca_bundle " + filepath.Join(dir, "nowhere.pem") + " holds no certificates that could be read; name a file in PEM format"},
		{"proxy", map[string]any{"endpoint": "http://s3.invalid", "http_proxy": proxy.URL}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			auth := s.auth()
			auth.Endpoint = ""
			attrs := map[string]any{"bucket": "states", "key": "a", "use_path_style": true}
			for name, value := range tt.attrs {
				attrs[name] = value
			}
			found, err := s3.New(s3.Options{Auth: auth}).Configure(t.Context(), state.Block{Attrs: attrs, Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			_, err = state.Load(t.Context(), found[0], 0)
			check(t, err, tt.want, nil)
		})
	}
	if proxied != 1 {
		t.Errorf("the proxy got %d requests; want 1", proxied)
	}
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Nothing of a block says where driftmgr's own identity comes from, or gets it.
func TestConfiguredIdentity(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", write(t, filepath.Join(dir, "own"), "[p]\naws_access_key_id = PROFILEKEY\naws_secret_access_key = s\n"))
	token := write(t, filepath.Join(dir, "token"), "jwt")
	write(t, filepath.Join(dir, "files"), "[p]\naws_access_key_id = FILEKEY\naws_secret_access_key = s\n")
	for _, tt := range []struct {
		name  string
		who   awsauth.Options
		asked []string
	}{
		{"profile", awsauth.Options{Profile: "p"}, []string{"GET /a by PROFILEKEY in eu-west-1"}},
		{"web identity", awsauth.Options{RoleARN: "arn:aws:iam::111122223333:role/r", WebIdentityTokenFile: token}, []string{"POST / by nobody in ", "GET /a by ROLE- in eu-west-1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, other := newServer(t), newServer(t)
			s.objects["a"] = small
			tt.who.Region, tt.who.Endpoint = "eu-west-1", s.URL
			found, err := s3.New(s3.Options{Auth: tt.who, Configured: true}).Configure(t.Context(), state.Block{Attrs: map[string]any{
				"bucket": "states", "key": "a", "shared_credentials_files": []any{"files"}, "endpoints": map[string]any{"sts": other.URL},
			}, Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			load(t, found[0])
			if asked := s.asked(); !slices.Equal(asked, tt.asked) {
				t.Errorf("asked %q\nwant  %q", asked, tt.asked)
			}
			if asked := other.asked(); len(asked) > 0 {
				t.Errorf("the block's endpoint got %q", asked)
			}
		})
	}
}

// Today's variable comes before the one of older versions of Terraform.
func TestEndpointVariables(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.objects["a"] = small
	auth := s.auth()
	auth.Endpoint = ""
	t.Setenv("AWS_S3_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("AWS_ENDPOINT_URL_S3", s.URL)
	found, err := s3.New(s3.Options{Auth: auth}).Configure(t.Context(), state.Block{Attrs: map[string]any{"bucket": "states", "key": "a", "use_path_style": true}})
	if err != nil {
		t.Fatal(err)
	}
	load(t, found[0])
	if found[0].String() != "s3://states/a" {
		t.Errorf("named %s", found[0])
	}
}
