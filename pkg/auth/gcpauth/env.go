package gcpauth

import "cmp"

// FromEnv returns the options that the environment variables of Terraform's
// Google provider stand for
// (https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference):
// an access token goes before credentials, as there. getenv is os.Getenv.
func FromEnv(getenv func(string) string) Options {
	return fromEnv(getenv,
		cmp.Or(getenv("GOOGLE_CREDENTIALS"), getenv("GOOGLE_CLOUD_KEYFILE_JSON"), getenv("GCLOUD_KEYFILE_JSON")),
		getenv("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"))
}

// BackendFromEnv returns those of Terraform's gcs backend, which has variables of
// its own beside the provider's
// (https://developer.hashicorp.com/terraform/language/backend/gcs).
func BackendFromEnv(getenv func(string) string) Options {
	return fromEnv(getenv,
		cmp.Or(getenv("GOOGLE_BACKEND_CREDENTIALS"), getenv("GOOGLE_CREDENTIALS")),
		cmp.Or(getenv("GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT"), getenv("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT")))
}

func fromEnv(getenv func(string) string, credentials, impersonate string) Options {
	o := Options{
		AccessToken:               getenv("GOOGLE_OAUTH_ACCESS_TOKEN"),
		ImpersonateServiceAccount: impersonate,
		UniverseDomain:            getenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN"),
	}
	switch {
	case o.AccessToken != "":
	case credentials != "":
		o = o.WithCredentials(credentials)
	default:
		o.CredentialsFile = getenv("GOOGLE_APPLICATION_CREDENTIALS")
	}
	return o
}
