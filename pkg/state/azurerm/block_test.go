package azurerm

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// attrs are those of a block that names one blob, and more: NAME=VALUE.
func attrs(pairs ...string) map[string]any {
	a := map[string]any{"storage_account_name": "account", "container_name": "tfstate", "key": "a.tfstate"}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		switch value {
		case "true", "false":
			a[name] = value == "true"
		case "":
			delete(a, name)
		default:
			a[name] = value
		}
	}
	return a
}

func TestConfigure(t *testing.T) {
	const (
		entra = "Bearer entra"
		ref   = "azurerm://account/tfstate/a.tfstate"
		app   = "tenant_id=contoso.example client_id=app "
	)
	dir := t.TempDir()
	for name, content := range map[string]string{"secret": "hush\n", "token": "job-token"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name       string
		args       string
		env        string
		configured azureauth.Options // used where its tenant is set
		workspace  string
		want       string            // the reference
		auth       string            // the beginning of Authorization, or sig=… in the query
		sent       map[string]string // to Entra
	}{
		{name: "access key", args: "access_key=" + accessKey, want: ref, auth: "SharedKey account:"},
		{name: "access key of the environment", env: "ARM_ACCESS_KEY=" + accessKey, want: ref, auth: "SharedKey account:"},
		{name: "access key before SAS token, as in Terraform", args: "sas_token=sig=hush", env: "ARM_ACCESS_KEY=" + accessKey, want: ref, auth: "SharedKey account:"},
		{name: "SAS token", args: "sas_token=?sv=1&sig=hush", want: ref, auth: "sig=hush"},
		{name: "SAS token of the environment", env: "ARM_SAS_TOKEN=sv=1&sig=hush", want: ref, auth: "sig=hush"},
		{name: "client secret", args: app + "client_secret=hush use_azuread_auth=true", want: ref, auth: entra, sent: map[string]string{"client_id": "app", "client_secret": "hush"}},
		{name: "client secret of the environment", args: "use_azuread_auth=true", env: "ARM_TENANT_ID=contoso.example ARM_CLIENT_ID=app ARM_CLIENT_SECRET=hush", want: ref, auth: entra, sent: map[string]string{"client_secret": "hush"}},
		{name: "client secret in a file of the module", args: app + "client_secret_file_path=secret", want: ref, auth: entra, sent: map[string]string{"client_secret": "hush"}},
		{name: "no access key is listed", args: app + "client_secret=hush resource_group_name=rg subscription_id=7f0d", want: ref, auth: entra},
		{name: "OIDC token", args: app + "use_oidc=true oidc_token=job-token", want: ref, auth: entra, sent: map[string]string{"client_assertion": "job-token"}},
		{name: "OIDC token in a file of the module", args: app + "use_oidc=true oidc_token_file_path=token", want: ref, auth: entra, sent: map[string]string{"client_assertion": "job-token"}},
		{name: "what is configured comes first", args: "access_key=" + accessKey, env: "ARM_USE_MSI=true",
			configured: azureauth.Options{TenantID: "contoso.example", ClientID: "mine", ClientSecret: "hush"},
			want:       ref, auth: entra, sent: map[string]string{"client_id": "mine"}},
		{name: "workspace", args: "access_key=" + accessKey, workspace: "blue", want: ref + "env:blue", auth: "SharedKey account:"},
		{name: "workspace default", args: "access_key=" + accessKey, workspace: "default", want: ref, auth: "SharedKey account:"},
		{name: "another cloud", args: "access_key=" + accessKey + " environment=usgovernment", want: ref + "?endpoint=https://account.blob.core.usgovcloudapi.net", auth: "SharedKey account:"},
		{name: "another cloud of the environment", args: "access_key=" + accessKey, env: "ARM_ENVIRONMENT=usgovernment", want: ref, auth: "SharedKey account:"},
		{name: "public by name", args: "access_key=" + accessKey + " environment=public", want: ref, auth: "SharedKey account:"},
		{name: "metadata host", args: "access_key=" + accessKey + " metadata_host=management.example", want: ref + "?endpoint=https://account.blob.stack.example", auth: "SharedKey account:"},
		{name: "endpoint that is looked up", args: app + "client_secret=hush resource_group_name=rg lookup_blob_endpoint=true", env: "ARM_SUBSCRIPTION_ID=7f0d",
			want: ref + "?endpoint=https://account.z7.blob.storage.azure.net", auth: entra},
		{name: "endpoint that is looked up for a key", args: app + "client_secret=hush access_key=" + accessKey + " resource_group_name=rg subscription_id=7f0d", env: "ARM_USE_DNS_ZONE_ENDPOINT=true",
			want: ref + "?endpoint=https://account.z7.blob.storage.azure.net", auth: "SharedKey account:"},
		{name: "what is about writing", args: "access_key=" + accessKey + " snapshot=true endpoint=http://169.254.169.254/x msi_endpoint=http://169.254.169.254/x", want: ref, auth: "SharedKey account:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			private := s.entra()
			for _, key := range []string{"a.tfstate", "a.tfstateenv:blue"} {
				s.put(key, key)
			}
			var auth, looked string
			account := func(rw http.ResponseWriter, r *http.Request) {
				auth = r.Header.Get("Authorization")
				if auth == "" {
					auth = "sig=" + r.URL.Query().Get("sig")
				}
				s.account(rw, r)
			}
			for _, host := range []string{accountHost, "account.blob.core.usgovcloudapi.net", "account.blob.stack.example", "account.z7.blob.storage.azure.net"} {
				s.on(host, account)
			}
			s.on("management.example", func(rw http.ResponseWriter, r *http.Request) {
				looked = r.Method + " " + r.URL.Path
				rw.Header().Set("Content-Type", "application/json")
				if strings.HasPrefix(r.URL.Path, "/metadata") {
					fmt.Fprint(rw, `{"resourceManager":"https://management.example","authentication":{"loginEndpoint":"https://login.private.example"},"suffixes":{"storage":"stack.example"}}`)
					return
				}
				fmt.Fprint(rw, `{"properties":{"primaryEndpoints":{"blob":"https://account.z7.blob.storage.azure.net/"}}}`)
			})
			form := make(map[string]string)
			login := s.routes["login.private.example"]
			s.on("login.private.example", func(rw http.ResponseWriter, r *http.Request) {
				r.ParseForm()
				for name := range r.Form {
					form[name] = r.Form.Get(name)
				}
				login(rw, r)
			})
			o := Options{Auth: azureauth.Options{}, Getenv: environment(strings.Fields(tt.env)...)}
			if tt.configured.TenantID != "" {
				o.Auth, o.Configured = tt.configured, true
			}
			o.Auth.HTTP = s.client
			if tt.auth == entra || strings.Contains(tt.name, "looked up") {
				o.Auth.Cloud = private
			}
			b := New(o)
			found, err := b.Configure(t.Context(), state.Block{Type: "azurerm", Attrs: attrs(strings.Fields(tt.args)...), Workspace: tt.workspace, Dir: dir})
			if err != nil || len(found) != 1 {
				t.Fatalf("%v, %v", found, err)
			}
			if got := found[0].String(); got != tt.want {
				t.Errorf("String() = %q; want %q", got, tt.want)
			}
			key := strings.TrimPrefix(strings.Split(tt.want, "?")[0], "azurerm://account/tfstate/")
			if got, err := readSource(impatient(t), found[0]); err != nil || got != key {
				t.Errorf("read %q, %v", got, err)
			}
			if !strings.HasPrefix(auth, tt.auth) {
				t.Errorf("signed in with %q; want %q", auth, tt.auth)
			}
			for name, value := range tt.sent {
				if form[name] != value {
					t.Errorf("sent %s=%q to Entra; want %q", name, form[name], value)
				}
			}
			if tt.auth != entra && !strings.Contains(tt.name, "looked up") && len(form) > 0 {
				t.Errorf("asked Entra with %q", form)
			}
			if strings.Contains(tt.name, "looked up") && looked != "GET /subscriptions/7f0d/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/account" {
				t.Errorf("looked up with %s", looked)
			}
			for _, r := range s.seen() {
				if strings.HasPrefix(r, "POST") && !strings.HasSuffix(r, "/oauth2/v2.0/token") {
					t.Errorf("sent %s", r)
				}
			}
		})
	}
}

func TestConfigureErrors(t *testing.T) {
	const app = "tenant_id=contoso.example client_id=app client_secret=hush "
	lookup := app + "lookup_blob_endpoint=true resource_group_name=rg subscription_id=7f0d"
	tests := []struct {
		name, args, env string
		manager         http.HandlerFunc
		want            string
		is              error
	}{
		{"no account", "storage_account_name=", "", nil, "the azurerm backend has no storage_account_name; set it in the block or give it with -backend-config", nil},
		{"no container", "container_name=", "", nil, "the azurerm backend has no container_name; set it in the block or give it with -backend-config", nil},
		{"no key", "key=", "", nil, "the azurerm backend has no key; set it in the block or give it with -backend-config", nil},
		{"bad account", "storage_account_name=My_Account", "", nil, "storage_account_name is no storage account's name; use 3 to 24 lower-case letters and digits", nil},
		{"bad container", "container_name=My_Container", "", nil, "container_name is no container's name; use 3 to 63 lower-case letters, digits and hyphens", nil},
		{"unknown cloud", "environment=german", "", nil, `environment "german" is not a cloud of Azure: use public, usgovernment or china; correct environment or metadata_host`, nil},
		{"unknown cloud of the environment", "", "ARM_ENVIRONMENT=german", nil, `environment "german" is not a cloud of Azure: use public, usgovernment or china; correct ARM_ENVIRONMENT or driftmgr's configuration`, nil},
		{"metadata host that is not there", "metadata_host=nowhere.example", "", nil, "metadata_host nowhere.example: there is no host nowhere.example; check the name, the environment and the network; correct environment or metadata_host", nil},
		{"metadata host with driftmgr's own credential", "metadata_host=management.example", "configured", nil, `metadata_host "management.example" would say where driftmgr's own credential is sent: set ARM_METADATA_HOSTNAME to it if that is meant; correct environment or metadata_host`, nil},
		{"half a credential", "client_secret=hush", "", nil, "client secret needs client_id (ARM_CLIENT_ID); correct it in driftmgr's configuration, the block or the environment (ARM_*)", nil},
		{"CLI switched off", "use_cli=false", "", nil, "use_cli is off, and nothing else is there to sign in with; set one of use_oidc, use_msi, client_secret, client_certificate_path, access_key, sas_token", nil},
		{"lookup without a group", app + "lookup_blob_endpoint=true", "", nil, "lookup_blob_endpoint needs resource_group_name and subscription_id; set both, or leave it out and let driftmgr read azurerm://…?endpoint=URL", nil},
		{"lookup that is denied", lookup, "", always(403, "AuthorizationFailed"), "lookup_blob_endpoint may not read the storage account; give the identity the role Reader on it, or give driftmgr the reference azurerm://…?endpoint=URL", fs.ErrPermission},
		{"lookup of no account", lookup, "", always(404, "ResourceNotFound"), "the storage account does not exist in this subscription and resource group; check subscription_id, resource_group_name and storage_account_name", fs.ErrNotExist},
		{"lookup that fails", lookup, "", always(500, "InternalServerError"), "lookup_blob_endpoint failed: management.example keeps answering HTTP status 500 InternalServerError; run it again later", nil},
		{"lookup that says nothing", lookup, "", func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, `{}`) }, "the resource manager names no blob endpoint of the account; check storage_account_name, or give driftmgr the reference azurerm://…?endpoint=URL", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			o := azureauth.Options{HTTP: s.client}
			if tt.manager != nil {
				o.Cloud = s.entra()
				s.on("management.example", tt.manager)
			}
			b := New(Options{Auth: o, Configured: tt.env == "configured", Getenv: environment(strings.Fields(tt.env)...)})
			found, err := b.Configure(impatient(t), state.Block{Type: "azurerm", Attrs: attrs(strings.Fields(tt.args)...), Dir: "infra/prod"})
			var e *state.Error
			if !errors.As(err, &e) || err.Error() != "state infra/prod: "+tt.want || e.Remedy == "" {
				t.Errorf("got  %v, %v\nwant state infra/prod: %s", found, err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
		})
	}
}

func TestBlockPermissions(t *testing.T) {
	const account = "/subscriptions/7f0d/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/account"
	read := state.Permission{Cloud: "azure", Action: "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", Resource: account + "/blobServices/default/containers/tfstate"}
	for name, tt := range map[string]struct {
		args string
		want []state.Permission
	}{
		"Entra ID":                     {"resource_group_name=rg subscription_id=7f0d", []state.Permission{read}},
		"access key":                   {"resource_group_name=rg subscription_id=7f0d access_key=" + accessKey, nil},
		"nothing known of the account": {"use_msi=true", []state.Permission{{Cloud: "azure", Action: read.Action}}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := newServer(t).backend().Configure(t.Context(), state.Block{Type: "azurerm", Attrs: attrs(strings.Fields(tt.args)...)})
			if err != nil {
				t.Fatal(err)
			}
			if got := found[0].(state.Permitted).Permissions(); !slices.Equal(got, tt.want) {
				t.Errorf("permissions %+v\nwant %+v", got, tt.want)
			}
		})
	}
}
