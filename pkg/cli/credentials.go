package cli

import (
	"cmp"
	"context"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/all"
	"github.com/driftmgr/driftmgr/pkg/state/azurerm"
	"github.com/driftmgr/driftmgr/pkg/state/consul"
	"github.com/driftmgr/driftmgr/pkg/state/gcs"
	"github.com/driftmgr/driftmgr/pkg/state/kubernetes"
	"github.com/driftmgr/driftmgr/pkg/state/pg"
	"github.com/driftmgr/driftmgr/pkg/state/s3"
	"github.com/driftmgr/driftmgr/pkg/state/tfc"
	"github.com/driftmgr/driftmgr/pkg/state/web"
)

func (c awsConfig) auth() awsauth.Options {
	o := awsauth.Options{
		Profile:              c.Profile,
		Region:               c.Region,
		WebIdentityTokenFile: c.WebIdentityTokenFile,
		Endpoint:             c.Endpoint,
	}
	if c.UseIAMRole {
		o.UseIAMRole, o.RoleARN = true, c.RoleARN
		o.ExternalID, o.SessionName, o.SessionTags, o.Duration = c.ExternalID, c.SessionName, c.SessionTags, c.Duration
	}
	return o
}

// perAccount reports whether role_arn is a role for each account that is read.
// Then secrets are read as who assumes them.
func (c awsConfig) perAccount() bool {
	return c.WebIdentityTokenFile == "" && c.auth().PerAccount()
}

func (c azureConfig) auth() azureauth.Options {
	return azureauth.Options{
		TenantID:                  c.TenantID,
		ClientID:                  c.ClientID,
		UseManagedIdentity:        c.UseManagedIdentity,
		UseWorkloadIdentity:       c.UseWorkloadIdentity,
		ClientSecret:              c.ClientSecret,
		ClientCertificatePath:     c.ClientCertificatePath,
		ClientCertificatePassword: c.ClientCertificatePassword,
		UseOIDC:                   c.UseOIDC,
		UseCLI:                    c.UseCLI,
		Cloud: azureauth.Cloud{
			ResourceManager: c.Cloud.ResourceManager,
			AuthorityHost:   c.Cloud.AuthorityHost,
			Audience:        c.Cloud.Audience,
		},
	}
}

func (c gcpConfig) auth() gcpauth.Options {
	return gcpauth.Options{
		CredentialsFile:           c.CredentialsFile,
		UseWorkloadIdentity:       c.UseWorkloadIdentity,
		WorkloadIdentityFile:      c.WorkloadIdentityFile,
		ImpersonateServiceAccount: c.ImpersonateServiceAccount,
		QuotaProject:              c.QuotaProject,
	}
}

// reader is who reads Google Cloud's resources: whom the configuration names, else
// whom the environment variables of Terraform's provider do.
func (c gcpConfig) reader(getenv func(string) string) gcpauth.Options {
	o := c.auth()
	if o.CredentialsFile != "" || o.UseWorkloadIdentity || o.ImpersonateServiceAccount != "" {
		return o
	}
	env := gcpauth.FromEnv(getenv)
	env.QuotaProject = o.QuotaProject
	return env
}

// project is the project where nothing else names one: the configured one, else
// that of Terraform's provider or of gcloud
// (https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference).
func project(c config, getenv func(string) string) string {
	p := c.Providers.GCP.Project
	for _, name := range []string{"GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"} {
		p = cmp.Or(p, getenv(name))
	}
	return p
}

// subscription is the subscription where nothing else names one.
func (c azureConfig) subscription(getenv func(string) string) string {
	return cmp.Or(c.SubscriptionID, getenv("ARM_SUBSCRIPTION_ID"))
}

// reader is who reads Azure's resources: whom the configuration names, else whom
// the environment variables of Terraform's provider do.
func (c azureConfig) reader(getenv func(string) string) azureauth.Options {
	o := c.auth()
	if o.Kind() != azureauth.KindDefault {
		return o
	}
	env := azureauth.FromTerraform(func(string) string { return "" }, getenv)
	if o.Cloud != (azureauth.Cloud{}) {
		env.Cloud = o.Cloud
	}
	env.TenantID, env.ClientID = cmp.Or(o.TenantID, env.TenantID), cmp.Or(o.ClientID, env.ClientID)
	return env
}

// backends returns the state backends as configured.
func (a *app) backends(c config) []state.Backend { return all.Backends(a.backendOptions(c)) }

// backendOptions are the backends' options. A section of state_storage goes before
// what blocks and the environment say. Without one it is the provider's: of Azure
// and Google Cloud likewise, where it names credentials, and of AWS where the block
// names none.
func (a *app) backendOptions(c config) all.Options {
	own := func(cloud string) bool { return c.settings != nil && c.settings.own("state_storage."+cloud) }
	s := c.StateStorage
	azure, gcp := s.Azure.auth(), s.GCP.auth()
	var contexts []string
	if s.Kubernetes.ConfigPath != "" {
		contexts = []string{s.Kubernetes.ConfigPath}
	}
	return all.Options{
		Stdin: a.In,
		S3:    s3.Options{Auth: s.AWS.auth(), Configured: own("aws")},
		GCS: gcs.Options{
			Auth:       gcp,
			Configured: own("gcp") || gcp.UseWorkloadIdentity || gcp.CredentialsFile != "" || gcp.ImpersonateServiceAccount != "",
			Getenv:     instead(a.Getenv, "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT", s.GCP.Endpoint),
		},
		Azure: azurerm.Options{
			Auth:       azure,
			Configured: own("azure") || azure.Kind() != azureauth.KindDefault,
			Getenv:     instead(a.Getenv, "ARM_SUBSCRIPTION_ID", s.Azure.SubscriptionID),
		},
		Web:        web.Options{Username: s.HTTP.Username, Password: s.HTTP.Password, Host: s.HTTP.Host, CAFile: s.HTTP.CAFile, Getenv: a.Getenv},
		TFC:        tfc.Options{Hostname: s.TFC.Hostname, Token: s.TFC.Token, Getenv: a.Getenv},
		PG:         pg.Options{Password: s.PG.Password},
		Consul:     consul.Options{Token: s.Consul.Token, Host: s.Consul.Host},
		Kubernetes: kubernetes.Options{ConfigPaths: contexts, Context: s.Kubernetes.Context, Getenv: a.Getenv},
	}
}

// instead is an environment in which a variable has the configured value, if there
// is one.
func instead(getenv func(string) string, variable, value string) func(string) string {
	if value == "" {
		return getenv
	}
	return func(name string) string {
		if name == variable {
			return value
		}
		return getenv(name)
	}
}

// anyRemote reports whether an argument may be somewhere else than in a file:
// code can name any backend.
func anyRemote(args []string) bool {
	for _, arg := range args {
		if isDir(arg) || strings.Contains(arg, "://") && !strings.HasPrefix(strings.ToLower(arg), "file://") {
			return true
		}
	}
	return false
}

// cloudSecrets opens the secret store of a cloud with the provider's credentials.
func cloudSecrets(ctx context.Context, cloud string, c config) (secretStore, error) {
	switch cloud {
	case "azure":
		o := c.Providers.Azure.auth()
		cred, err := azureauth.Credential(o)
		if err != nil {
			return nil, err
		}
		return store(func(ctx context.Context, name string) (string, error) { return azureauth.Secret(ctx, cred, name, o) }), nil
	case "gcp":
		return gcpauth.NewSecrets(c.Providers.GCP.auth(), "")
	}
	reader := c.Providers.AWS
	if reader.perAccount() {
		reader.UseIAMRole = false
	}
	o := reader.auth()
	if c.Secrets.Region != "" {
		o.Region = c.Secrets.Region
	}
	cfg, err := awsauth.Load(ctx, o)
	if err != nil {
		return nil, err
	}
	return store(func(ctx context.Context, name string) (string, error) { return awsauth.Secret(ctx, cfg, name) }), nil
}

// store is a function that reads secrets.
type store func(ctx context.Context, name string) (string, error)

func (s store) Secret(ctx context.Context, name string) (string, error) { return s(ctx, name) }
