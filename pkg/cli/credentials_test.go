package cli

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
)

// leaves are the fields of a section by their keys, dots between them.
func leaves(v reflect.Value, prefix string) map[string]reflect.Value {
	out := map[string]reflect.Value{}
	for i := range v.NumField() {
		key := prefix + v.Type().Field(i).Tag.Get("mapstructure")
		if v.Field(i).Kind() == reflect.Struct {
			maps.Copy(out, leaves(v.Field(i), key+"."))
		} else {
			out[key] = v.Field(i)
		}
	}
	return out
}

// fill sets a field to something else than it is.
func fill(t *testing.T, key string, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case string:
		v.SetString(v.String() + "x")
	case bool:
		v.SetBool(!v.Bool())
	case time.Duration:
		v.SetInt(v.Int() + int64(time.Hour))
	case map[string]string:
		v.Set(reflect.ValueOf(map[string]string{"a": "b"}))
	default:
		t.Fatalf("%s has the type %s", key, v.Type())
	}
}

// Every key changes what its cloud is reached with, but for those that say
// something of another kind: of these the second list tells where.
func TestEveryKeyCounts(t *testing.T) {
	elsewhere := map[string]string{
		"azure.subscription_id": "the backend's environment: TestBackendOptions",
		"gcp.endpoint":          "the backend's environment: TestBackendOptions",
	}
	for section, make := range map[string]func() (reflect.Value, func() any){
		"aws": func() (reflect.Value, func() any) {
			c := &awsConfig{UseIAMRole: true, RoleARN: "arn:aws:iam::111122223333:role/a"}
			return reflect.ValueOf(c).Elem(), func() any { return c.auth() }
		},
		"azure": func() (reflect.Value, func() any) {
			c := &azureConfig{}
			return reflect.ValueOf(c).Elem(), func() any { return c.auth() }
		},
		"gcp": func() (reflect.Value, func() any) {
			c := &gcpConfig{}
			return reflect.ValueOf(c).Elem(), func() any { return c.auth() }
		},
	} {
		config, _ := make()
		for _, name := range slices.Sorted(maps.Keys(leaves(config, ""))) {
			key := section + "." + name
			config, auth := make()
			before := auth()
			fill(t, key, leaves(config, "")[name])
			changed := !reflect.DeepEqual(before, auth())
			switch _, other := elsewhere[key]; {
			case !changed && !other:
				t.Errorf("%s has no effect", key)
			case changed && other:
				t.Errorf("%s has an effect: take it out of the list", key)
			}
		}
	}
}

// Each key is the option of its meaning.
func TestAuthOptions(t *testing.T) {
	tags := map[string]string{"team": "platform"}
	role := awsConfig{
		Profile: "audit", Region: "eu-west-1", UseIAMRole: true, RoleARN: "arn:aws:iam::{account}:role/driftmgr", ExternalID: "4711",
		SessionName: "s", SessionTags: tags, Duration: time.Hour, WebIdentityTokenFile: "token", Endpoint: "https://localhost",
	}
	if got, want := role.auth(), (awsauth.Options{
		Profile: "audit", Region: "eu-west-1", UseIAMRole: true, RoleARN: "arn:aws:iam::{account}:role/driftmgr", ExternalID: "4711",
		SessionName: "s", SessionTags: tags, Duration: time.Hour, WebIdentityTokenFile: "token", Endpoint: "https://localhost",
	}); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	role.UseIAMRole = false
	if got := role.auth(); got.UseIAMRole || got.RoleARN != "" || got.ExternalID != "" {
		t.Errorf("a role is assumed without use_iam_role: %+v", got)
	}

	azure := azureConfig{
		UseManagedIdentity: true, ClientID: "client", TenantID: "tenant", ClientSecret: "secret", ClientCertificatePath: "c.pem",
		ClientCertificatePassword: "password", UseWorkloadIdentity: true, UseOIDC: true, UseCLI: true,
	}
	azure.Cloud.ResourceManager, azure.Cloud.AuthorityHost, azure.Cloud.Audience = "https://a", "https://b", "https://c"
	if got, want := azure.auth(), (azureauth.Options{
		UseManagedIdentity: true, ClientID: "client", TenantID: "tenant", ClientSecret: "secret", ClientCertificatePath: "c.pem",
		ClientCertificatePassword: "password", UseWorkloadIdentity: true, UseOIDC: true, UseCLI: true,
		Cloud: azureauth.Cloud{ResourceManager: "https://a", AuthorityHost: "https://b", Audience: "https://c"},
	}); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}

	gcp := gcpConfig{UseWorkloadIdentity: true, WorkloadIdentityFile: "w.json", CredentialsFile: "c.json", ImpersonateServiceAccount: "a@b", QuotaProject: "q"}
	if got, want := gcp.auth(), (gcpauth.Options{
		UseWorkloadIdentity: true, WorkloadIdentityFile: "w.json", CredentialsFile: "c.json", ImpersonateServiceAccount: "a@b", QuotaProject: "q",
	}); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// A section of state_storage is taken whole; without one it is the provider's.
func TestBackendOptions(t *testing.T) {
	type seen struct {
		profile, region     string
		aws                 bool
		azure               azureauth.Kind
		azureOwn            bool
		subscription        string
		gcp                 string
		gcpOwn              bool
		endpoint, elsewhere string
	}
	for _, tt := range []struct {
		name, file string
		env        []string
		want       seen
	}{
		{"nothing", "", nil, seen{azure: azureauth.KindDefault}},
		{"the environment's", "", []string{"GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT=https://env", "ARM_SUBSCRIPTION_ID=env", "OTHER=other"}, seen{
			azure: azureauth.KindDefault, subscription: "env", endpoint: "https://env", elsewhere: "other",
		}},
		{"inherited", `
providers:
  aws: {profile: audit, region: eu-west-1}
  azure: {use_managed_identity: true, subscription_id: s1}
  gcp: {credentials_file: key.json, endpoint: "https://gcs.example.com"}
`, []string{"GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT=https://env", "ARM_SUBSCRIPTION_ID=env", "OTHER=other"}, seen{
			profile: "audit", region: "eu-west-1", azure: azureauth.KindManagedIdentity, azureOwn: true, subscription: "s1",
			gcp: "key.json", gcpOwn: true, endpoint: "https://gcs.example.com", elsewhere: "other",
		}},
		{"inherited, no credentials", `
providers:
  azure: {subscription_id: s1}
  gcp: {quota_project: q}
`, nil, seen{azure: azureauth.KindDefault, subscription: "s1"}},
		{"own", `
providers:
  aws: {profile: audit, region: eu-west-1}
  azure: {use_managed_identity: true, subscription_id: s1}
  gcp: {credentials_file: key.json, endpoint: "https://gcs.example.com"}
state_storage:
  aws: {profile: states}
  azure: {use_cli: true}
  gcp: {credentials_file: states.json}
`, nil, seen{profile: "states", aws: true, azure: azureauth.KindCLI, azureOwn: true, gcp: "states.json", gcpOwn: true}},
		{"one own, by the environment", "providers:\n  aws: {profile: audit}\n", []string{"DRIFTMGR_STATE_STORAGE_AWS_REGION=eu-west-3"}, seen{
			region: "eu-west-3", aws: true, azure: azureauth.KindDefault,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, stderr := configured(t, tt.file, tt.env...)
			c, err := a.loadConfig(nil)
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr)
			}
			o := a.backendOptions(c)
			got := seen{
				o.S3.Auth.Profile, o.S3.Auth.Region, o.S3.Configured, o.Azure.Auth.Kind(), o.Azure.Configured, o.Azure.Getenv("ARM_SUBSCRIPTION_ID"),
				o.GCS.Auth.CredentialsFile, o.GCS.Configured, o.GCS.Getenv("GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT"), o.GCS.Getenv("OTHER"),
			}
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// The keys of the other backends arrive where they belong.
func TestOtherBackendOptions(t *testing.T) {
	a, _ := configured(t, `
state_storage:
  http: {username: ann, password: p, ca_file: ca.pem}
  tfc: {hostname: tfe.example.com, token: t}
  consul: {token: c}
  pg: {password: g}
  kubernetes: {config_path: kube, context: prod}
`)
	c, err := a.loadConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := a.backendOptions(c)
	got := []string{
		o.Web.Username, o.Web.Password, o.Web.CAFile, o.TFC.Hostname, o.TFC.Token, o.Consul.Token, o.PG.Password,
		strings.Join(o.Kubernetes.ConfigPaths, ","), o.Kubernetes.Context,
	}
	if want := []string{"ann", "p", "ca.pem", "tfe.example.com", "t", "c", "g", "kube", "prod"}; !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
	a, _ = configured(t, "")
	if c, err = a.loadConfig(nil); err != nil {
		t.Fatal(err)
	}
	if o := a.backendOptions(c); o.Kubernetes.ConfigPaths != nil {
		t.Errorf("kubernetes has the paths %q", o.Kubernetes.ConfigPaths)
	}
}

func TestAnyRemote(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "terraform.tfstate")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want bool
	}{
		{"none", nil, false},
		{"standard input", []string{"-"}, false},
		{"a file", []string{file}, false},
		{"a file that is not there", []string{"none.tfstate"}, false},
		{"a pattern", []string{"envs/**/terraform.tfstate"}, false},
		{"a file's URL", []string{"file://" + file}, false},
		{"a file's URL in capitals", []string{"FILE://" + file}, false},
		{"code", []string{dir}, true},
		{"a bucket", []string{"s3://bucket/key"}, true},
		{"in capitals", []string{"S3://bucket/key"}, true},
		{"one of several", []string{file, "-", "https://example.com/state"}, true},
		{"unknown", []string{"ftp://host/key"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := anyRemote(tt.args); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// Nobody has to say what the environment is.
func TestNoEnviron(t *testing.T) {
	a, _ := unconfigured()
	a.Environ = nil
	if env := a.environ(); env == nil || len(env) != 0 {
		t.Errorf("the environment is %#v; nil would be the process's own", env)
	}
	if w := a.unknownVariables(configKeys()); w != nil {
		t.Errorf("warned of %v", w)
	}
	t.Setenv("TF_WORKSPACE", "prod")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("provider \"aws\" {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	places := a.modules(config{}, a.backends(config{}), 1).module(t.Context(), dir)
	if len(places) != 1 || places[0].err != nil || places[0].name() != filepath.Join(dir, "terraform.tfstate") {
		t.Errorf("got %+v", places)
	}
}
