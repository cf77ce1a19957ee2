package tfc_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/tfc"
)

// asked is the token that a backend uses for a host, "" and the error where it
// finds none.
func asked(t *testing.T, o tfc.Options, host string, block state.Block) (string, error) {
	t.Helper()
	var got string
	o.HTTP = roundTripper(func(r *http.Request) (*http.Response, error) {
		rec := &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: http.NoBody}
		switch {
		case strings.HasSuffix(r.URL.Path, "/terraform.json"):
			if r.Header.Get("Authorization") != "" {
				t.Error("service discovery got the token")
			}
			rec.Body = body(`{"tfe.v2":"/api/v2/"}`)
		case strings.HasSuffix(r.URL.Path, "/ping"):
		default:
			got = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			rec.StatusCode = 404
		}
		return rec, nil
	})
	b := tfc.New(o)
	var found []state.Source
	var err error
	if block.Type != "" {
		found, err = b.Configure(t.Context(), block)
	} else {
		found, err = b.Parse(t.Context(), strings.Replace("tfc://"+host+"/acme/app", ":///", "://", 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = found[0].Open(t.Context())
	return got, err
}

func TestTokens(t *testing.T) {
	const login = `{"credentials":{"app.terraform.io":{"token":"login"},"TFE.example.com":{"token":"login-tfe"}}}`
	block := state.Block{Type: "cloud", Dir: ".", Attrs: map[string]any{"organization": "acme", "token": "block", "workspaces": []any{map[string]any{"name": "app"}}}}
	tests := []struct {
		name  string
		host  string
		own   string
		vars  []string
		files map[string]string // below the home directory
		block state.Block
		want  string
	}{
		{name: "own before all", own: "own", vars: []string{"TF_TOKEN_app_terraform_io", "env"}, block: block, want: "own"},
		{name: "block before the environment", vars: []string{"TF_TOKEN_app_terraform_io", "env"}, block: block, want: "block"},
		{name: "environment before files", vars: []string{"TF_TOKEN_app_terraform_io", "env"}, files: map[string]string{".terraform.d/credentials.tfrc.json": login}, want: "env"},
		{name: "dashes", host: "my-tfe.example.com", vars: []string{"TF_TOKEN_my__tfe_example_com", "env"}, want: "env"},
		{name: "dashes as they are", host: "my-tfe.example.com", vars: []string{"TF_TOKEN_my-tfe_example_com", "env"}, want: "env"},
		{name: "all as it is", host: "my-tfe.example.com", vars: []string{"TF_TOKEN_my-tfe.example.com", "env"}, want: "env"},
		{name: "capitals", host: "tfe.example.com", vars: []string{"TF_TOKEN_TFE_EXAMPLE_COM", "env"}, want: "env"},
		{name: "punycode", host: "café.fr", vars: []string{"TF_TOKEN_xn____caf__dma_fr", "env"}, want: "env"},
		{name: "beyond ASCII", host: "café.fr", vars: []string{"TF_TOKEN_café_fr", "env"}, want: "env"},
		{name: "port", host: "tfe.example.com:8443", vars: []string{"TF_TOKEN_tfe_example_com:8443", "env"}, want: "env"},
		{name: "terraform login", files: map[string]string{".terraform.d/credentials.tfrc.json": login}, want: "login"},
		{name: "terraform login to a host in capitals", host: "tfe.example.com", files: map[string]string{".terraform.d/credentials.tfrc.json": login}, want: "login-tfe"},
		{name: "terraformrc", files: map[string]string{".terraformrc": "plugin_cache_dir = \"$HOME/.cache\"\nprovider_installation {\n  direct {}\n}\ncredentials \"app.terraform.io\" {\n  token = \"rc\"\n}\n"}, want: "rc"},
		{name: "tofurc", files: map[string]string{".tofurc": `credentials "app.terraform.io" { token = "tofurc" }`}, want: "tofurc"},
		{name: "directory before terraformrc", files: map[string]string{".terraformrc": `credentials "app.terraform.io" { token = "rc" }`, ".terraform.d/credentials.tfrc.json": login}, want: "login"},
		{name: "file that the environment names", vars: []string{"TF_CLI_CONFIG_FILE", "HOME/ci.tfrc"}, files: map[string]string{"ci.tfrc": `credentials "app.terraform.io" { token = "ci" }`, ".terraform.d/credentials.tfrc.json": login}, want: "ci"},
		{name: "provider's variable last", vars: []string{"TFE_TOKEN", "tfe"}, want: "tfe"},
		{name: "provider's variable is for its host", host: "tfe.example.com", vars: []string{"TFE_TOKEN", "tfe", "TFE_HOSTNAME", "tfe.example.com"}, want: "tfe"},
		{name: "provider's variable is for HCP Terraform where nothing names its host", host: "tfe.example.com", vars: []string{"TFE_TOKEN", "tfe", "TF_CLOUD_HOSTNAME", "tfe.example.com"}},
		{name: "provider's variable after files", vars: []string{"TFE_TOKEN", "tfe"}, files: map[string]string{".terraform.d/credentials.tfrc.json": login}, want: "login"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			home := t.TempDir()
			for name, content := range tt.files {
				write(t, filepath.Join(home, name), content)
			}
			for i := range tt.vars {
				tt.vars[i] = strings.Replace(tt.vars[i], "HOME", home, 1)
			}
			if tt.host == "" {
				tt.host = "app.terraform.io"
			}
			got, err := asked(t, tfc.Options{Getenv: env(tt.vars...), Home: home, Token: tt.own}, tt.host, tt.block)
			if got != tt.want {
				t.Errorf("token %q; want %q (%v)", got, tt.want, err)
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNoToken(t *testing.T) {
	h := newHCP(t)
	home := t.TempDir()
	tests := []struct {
		name, host string
		vars       []string
		file       string
		want       string
	}{
		{"none", "", nil, "", "no token for app.terraform.io was found; run terraform login app.terraform.io or set TF_TOKEN_app_terraform_io"},
		{"of another host", "my-tfe.example.com/", []string{"TFE_TOKEN", token, "TF_TOKEN_app_terraform_io", token}, "", "no token for my-tfe.example.com was found; run terraform login my-tfe.example.com or set TF_TOKEN_my__tfe_example_com"},
		{"file broken", "", nil, `credentials "app.terraform.io" { token = "` + token, "the CLI configuration FILE cannot be read; correct it, or set TF_TOKEN_app_terraform_io"},
		{"file broken, as JSON", "", nil, `{"credentials":{"app.terraform.io":{"token":"` + token, "the CLI configuration FILE cannot be read; correct it, or set TF_TOKEN_app_terraform_io"},
		{"file missing", "", []string{"TF_CLI_CONFIG_FILE", "/no/such.tfrc"}, "", "the CLI configuration /no/such.tfrc cannot be read; correct it, or set TF_TOKEN_app_terraform_io"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(home, ".terraformrc")
			write(t, path, tt.file)
			_, err := asked(t, tfc.Options{Getenv: env(tt.vars...), Home: home}, strings.TrimSuffix(tt.host, "/"), state.Block{})
			h.check(t, err, "state tfc://"+tt.host+"acme/app: "+strings.Replace(tt.want, "FILE", path, 1), nil)
		})
	}
	_, err := asked(t, tfc.Options{Getenv: env(), Home: t.TempDir()}, "a.com", state.Block{})
	h.check(t, err, "state tfc://a.com/acme/app: no token for a.com was found; run terraform login a.com or set TF_TOKEN_a_com", fs.ErrPermission)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
