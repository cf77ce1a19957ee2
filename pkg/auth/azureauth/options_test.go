package azureauth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	app := Options{TenantID: "contoso.example", ClientID: "app"}
	with := func(change func(*Options)) Options {
		o := app
		change(&o)
		return o
	}
	tests := []struct {
		name    string
		options Options
		want    string // "" where it is fine
	}{
		{"nothing", Options{}, ""},
		{"ids alone", app, ""},
		{"secret", with(func(o *Options) { o.ClientSecret = "hush" }), ""},
		{"OIDC", with(func(o *Options) { o.UseOIDC, o.OIDCToken = true, "hush" }), ""},
		{"OIDC from this machine", with(func(o *Options) {
			o.UseOIDC, o.OIDCRequestURL, o.OIDCRequestToken = true, "http://127.0.0.1:8080/token", "hush"
		}), ""},
		{"managed identity of an id", Options{UseManagedIdentity: true, ClientID: "app"}, ""},
		{"china", Options{Cloud: Cloud{Name: "China"}}, ""},

		{"two kinds", with(func(o *Options) { o.ClientSecret, o.UseManagedIdentity = "hush", true }),
			"client secret and managed identity are both configured for Azure: keep one of them"},
		{"CLI and OIDC", with(func(o *Options) { o.UseCLI, o.UseOIDC = true, true }),
			"OIDC token and Azure CLI are both configured for Azure: keep one of them"},
		{"secret without an id", Options{TenantID: "contoso.example", ClientSecret: "hush"}, "client secret needs client_id (ARM_CLIENT_ID)"},
		{"secret without a tenant", Options{ClientID: "app", ClientSecret: "hush"}, "client secret needs tenant_id (ARM_TENANT_ID)"},
		{"certificate without a tenant", Options{ClientID: "app", ClientCertificatePath: "c"}, "client certificate needs tenant_id (ARM_TENANT_ID)"},
		{"OIDC without an id", Options{TenantID: "contoso.example", UseOIDC: true, OIDCToken: "hush"}, "OIDC token needs client_id (ARM_CLIENT_ID)"},
		{"OIDC without a token", with(func(o *Options) { o.UseOIDC = true }),
			"use_oidc needs oidc_token, oidc_token_file_path, or oidc_request_url and oidc_request_token: in GitHub Actions give the job the permission id-token: write, in Azure DevOps map SYSTEM_ACCESSTOKEN into the step"},
		{"two OIDC tokens", with(func(o *Options) { o.UseOIDC, o.OIDCToken, o.OIDCTokenFile = true, "hush", "f" }),
			"oidc_token and oidc_token_file_path are both set: keep one of them"},
		{"OIDC token and request", with(func(o *Options) { o.UseOIDC, o.OIDCToken, o.OIDCRequestURL = true, "hush", "https://ci.example" }),
			"an OIDC token and a place to request one are both set: keep one of them"},
		{"OIDC request in plain text", with(func(o *Options) {
			o.UseOIDC, o.OIDCRequestURL, o.OIDCRequestToken = true, "http://ci.example/token?key=hush", "hush"
		}), `oidc_request_url "http://ci.example/token" has to be https: credentials are sent to it`},
		{"OIDC request at no URL", with(func(o *Options) { o.UseOIDC, o.OIDCRequestURL, o.OIDCRequestToken = true, "ci.example", "hush" }),
			`oidc_request_url "ci.example" is not a URL`},
		{"stray OIDC token", with(func(o *Options) { o.OIDCToken = "hush" }),
			"oidc_token is set, but belongs to OIDC token and default credential is configured: remove one of them"},
		{"stray token file", with(func(o *Options) { o.UseManagedIdentity, o.TokenFile = true, "f" }),
			"token_file is set, but belongs to workload identity and managed identity is configured: remove one of them"},
		{"stray password", with(func(o *Options) { o.ClientSecret, o.ClientCertificatePassword = "hush", "hush" }),
			"client_certificate_password is set, but belongs to client certificate and client secret is configured: remove one of them"},
		{"two secrets", with(func(o *Options) { o.ClientSecret, o.ClientSecretFile = "hush", "f" }),
			"client_secret and client_secret_file_path are both set: keep one of them"},
		{"two certificates", with(func(o *Options) { o.ClientCertificate, o.ClientCertificatePath = "hush", "f" }),
			"client_certificate and client_certificate_path are both set: keep one of them"},
		{"two ids", Options{ClientID: "app", ClientIDFile: "f"}, "client_id and client_id_file_path are both set: keep one of them"},
		{"bad tenant", Options{TenantID: "contoso/../x"}, `tenant_id "contoso/../x" is neither a tenant's id nor its domain`},
		{"unknown cloud", Options{Cloud: Cloud{Name: "german"}}, `environment "german" is not a cloud of Azure: use public, usgovernment or china`},
		{"authority in plain text", Options{Cloud: Cloud{AuthorityHost: "http://login.example"}},
			`authority host "http://login.example" has to be an https URL: credentials are sent to it`},
		{"authority that is a name", Options{Cloud: Cloud{AuthorityHost: "login.example"}},
			`authority host "login.example" has to be an https URL: credentials are sent to it`},
		{"resource manager in plain text", Options{Cloud: Cloud{ResourceManager: "http://user:hush@arm.example"}},
			`resource manager "http://arm.example" has to be https: credentials are sent to it`},
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
			if tt.want != "" {
				if cred, err := Credential(tt.options); err == nil || err.Error() != tt.want {
					t.Errorf("Credential: %T, %v", cred, err)
				}
			}
		})
	}
}

// No way of printing options shows what is secret in them.
func TestOptionsHideSecrets(t *testing.T) {
	o := Options{
		TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush", ClientCertificate: "hush",
		ClientCertificatePassword: "hush", OIDCToken: "hush", OIDCRequestToken: "hush",
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("configured", "auth", o, "pointer", &o)
	}
	document, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(o), fmt.Sprintf("%+v %#v %s %q", o, o, o, o), fmt.Sprintf("%+v %v", &o, &o), fmt.Sprint(struct{ O Options }{o}), log.String(), string(document)} {
		if strings.Contains(text, "hush") {
			t.Errorf("shows a secret: %s", text)
		}
	}
	if got, want := o.String(), "client certificate of app in tenant contoso.example"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
}

func TestFromEnvironment(t *testing.T) {
	tests := []struct {
		name string
		env  string
		want Options
	}{
		{"nothing", "", Options{}},
		{"ids alone", "ARM_TENANT_ID=t ARM_CLIENT_ID=c", Options{TenantID: "t", ClientID: "c"}},
		{"secret", "ARM_TENANT_ID=t ARM_CLIENT_ID=c ARM_CLIENT_SECRET=s", Options{TenantID: "t", ClientID: "c", ClientSecret: "s"}},
		{"secret in a file", "ARM_TENANT_ID=t ARM_CLIENT_ID_FILE_PATH=cf ARM_CLIENT_SECRET_FILE_PATH=f", Options{TenantID: "t", ClientIDFile: "cf", ClientSecretFile: "f"}},
		{"secret before the rest, as in Terraform", "ARM_TENANT_ID=t ARM_CLIENT_ID=c ARM_CLIENT_SECRET=s ARM_USE_OIDC=true ARM_OIDC_TOKEN=o ARM_USE_MSI=true",
			Options{TenantID: "t", ClientID: "c", ClientSecret: "s"}},
		{"certificate before the secret", "ARM_TENANT_ID=t ARM_CLIENT_ID=c ARM_CLIENT_SECRET=s ARM_CLIENT_CERTIFICATE_PATH=p ARM_CLIENT_CERTIFICATE_PASSWORD=w",
			Options{TenantID: "t", ClientID: "c", ClientCertificatePath: "p", ClientCertificatePassword: "w"}},
		{"certificate data", "ARM_CLIENT_CERTIFICATE=b ARM_CLIENT_CERTIFICATE_PATH=p", Options{ClientCertificate: "b"}},
		{"OIDC token", "ARM_USE_OIDC=1 ARM_OIDC_TOKEN=o ACTIONS_ID_TOKEN_REQUEST_URL=u", Options{UseOIDC: true, OIDCToken: "o"}},
		{"OIDC token file", "ARM_USE_OIDC=true ARM_OIDC_TOKEN_FILE_PATH=f", Options{UseOIDC: true, OIDCTokenFile: "f"}},
		{"GitHub Actions", "ARM_USE_OIDC=true ACTIONS_ID_TOKEN_REQUEST_URL=u ACTIONS_ID_TOKEN_REQUEST_TOKEN=b",
			Options{UseOIDC: true, OIDCRequestURL: "u", OIDCRequestToken: "b"}},
		{"GitHub Actions without use_oidc", "ACTIONS_ID_TOKEN_REQUEST_URL=u ACTIONS_ID_TOKEN_REQUEST_TOKEN=b", Options{}},
		{"Azure DevOps", "ARM_USE_OIDC=true SYSTEM_OIDCREQUESTURI=u SYSTEM_ACCESSTOKEN=b ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID=s",
			Options{UseOIDC: true, OIDCRequestURL: "u", OIDCRequestToken: "b", ServiceConnectionID: "s"}},
		{"AKS", "ARM_USE_AKS_WORKLOAD_IDENTITY=true AZURE_FEDERATED_TOKEN_FILE=f AZURE_CLIENT_ID=c AZURE_TENANT_ID=t",
			Options{TenantID: "t", ClientID: "c", UseWorkloadIdentity: true, TokenFile: "f"}},
		{"managed identity", "ARM_USE_MSI=true ARM_CLIENT_ID=c", Options{ClientID: "c", UseManagedIdentity: true}},
		{"CLI", "ARM_USE_CLI=true ARM_TENANT_ID=t", Options{TenantID: "t", UseCLI: true}},
		{"managed identity before the CLI", "ARM_USE_CLI=true ARM_USE_MSI=true", Options{UseManagedIdentity: true}},
		{"cloud", "ARM_ENVIRONMENT=usgovernment", Options{Cloud: Cloud{Name: "usgovernment"}}},
		{"half a secret is kept for Check", "ARM_CLIENT_SECRET=s ARM_USE_CLI=true", Options{ClientSecret: "s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := make(map[string]string)
			for pair := range strings.FieldsSeq(tt.env) {
				name, value, _ := strings.Cut(pair, "=")
				env[name] = value
			}
			if got := FromTerraform(func(string) string { return "" }, func(name string) string { return env[name] }); got != tt.want {
				t.Errorf("got  %#v %+v\nwant %#v %+v", got, plain(got), tt.want, plain(tt.want))
			}
		})
	}
}

// plain shows what String hides.
func plain(o Options) any {
	type options Options
	return options(o)
}

func TestArgumentBeforeEnvironment(t *testing.T) {
	args := map[string]string{"tenant_id": "from-block", "use_msi": "true"}
	env := map[string]string{"ARM_TENANT_ID": "from-env", "ARM_CLIENT_ID": "from-env"}
	got := FromTerraform(func(name string) string { return args[name] }, func(name string) string { return env[name] })
	if want := (Options{TenantID: "from-block", ClientID: "from-env", UseManagedIdentity: true}); got != want {
		t.Errorf("got %+v; want %+v", plain(got), plain(want))
	}
}

func TestCloud(t *testing.T) {
	for name, storage := range map[string]string{
		"": "core.windows.net", "public": "core.windows.net", "AzureCloud": "core.windows.net",
		"usgovernment": "core.usgovcloudapi.net", "AzureUSGovernment": "core.usgovcloudapi.net", "dod": "core.usgovcloudapi.net",
		"china": "core.chinacloudapi.cn", "AzureChinaCloud": "core.chinacloudapi.cn",
	} {
		full, err := Cloud{Name: name}.Resolve()
		if err != nil || full.Storage != storage || full.isPrivate() {
			t.Errorf("%q: %+v, %v; want storage in %s", name, full, err, storage)
		}
	}
	full, err := Cloud{AuthorityHost: "https://login.example/", ResourceManager: "https://arm.example/"}.Resolve()
	if err != nil || full.AuthorityHost != "https://login.example" || full.Audience != "https://arm.example" || !full.isPrivate() {
		t.Errorf("private: %+v, %v", full, err)
	}
	configuration, err := full.Configuration()
	if err != nil || configuration.ActiveDirectoryAuthorityHost != "https://login.example/" {
		t.Errorf("configuration: %+v, %v", configuration, err)
	}
}

func TestCloudAt(t *testing.T) {
	w := newWorld(t)
	const host = "management.example"
	description := map[string]any{
		"resourceManager": "https://arm.stack.example/",
		"authentication":  map[string]any{"loginEndpoint": "https://login.stack.example/", "audiences": []string{"https://arm.stack.example/guid"}},
		"suffixes":        map[string]any{"storage": "stack.example", "keyVaultDns": ".vault.stack.example"},
	}
	w.on(host, answer(http.StatusOK, description))
	got, err := CloudAt(t.Context(), w.client, host)
	want := Cloud{ResourceManager: "https://arm.stack.example/", AuthorityHost: "https://login.stack.example/", Audience: "https://arm.stack.example/guid", Storage: "stack.example", Vault: "vault.stack.example"}
	if err != nil || got != want {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if want := "GET " + host + "/metadata/endpoints"; w.calls[0] != want || w.forms[0].Get("api-version") != "2022-09-01" {
		t.Errorf("called %q; want %q", w.calls, want)
	}

	for name, tt := range map[string]struct {
		host  string
		route http.HandlerFunc
		want  string
	}{
		"refusal":         {host, answer(http.StatusForbidden, "hush"), "metadata_host management.example answers 403 Forbidden"},
		"something else":  {host, answer(http.StatusOK, "hush"), "metadata_host management.example answers with something that is no description of a cloud"},
		"missing":         {"nowhere.example", answer(http.StatusOK, description), "metadata_host nowhere.example: there is no host nowhere.example; check the name, the environment and the network"},
		"a URL":           {"https://management.example?key=hush", nil, `metadata_host "https://management.example" is not a host name`},
		"nothing":         {"", nil, `metadata_host "" is not a host name`},
		"a host and path": {"management.example/x", nil, `metadata_host "management.example/x" is not a host name`},
	} {
		t.Run(name, func(t *testing.T) {
			w.on(host, tt.route)
			got, err := CloudAt(impatient(t), w.client, tt.host)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %+v, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}
