package azureauth

import "strings"

// FromTerraform returns the options that the arguments of an azurerm provider or
// backend block stand for, each completed from its environment variables. arg
// returns an argument as text, empty where it is not set.
//
// Where several kinds are there, the one that Terraform would take is: certificate,
// secret, OIDC, managed identity, CLI. Unlike Terraform, which goes on to the next
// kind, one that lacks something is kept for Check to tell.
//
// Sources: https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/azure/backend.go
// and https://github.com/hashicorp/go-azure-sdk/blob/main/sdk/auth/auth.go.
// msi_endpoint is not used: the SDK finds the endpoint of the machine it is on.
func FromTerraform(arg, getenv func(string) string) Options {
	get := func(name string, vars ...string) string {
		if v := strings.TrimSpace(arg(name)); v != "" {
			return v
		}
		for _, name := range vars {
			if v := strings.TrimSpace(getenv(name)); v != "" {
				return v
			}
		}
		return ""
	}
	is := func(name string, vars ...string) bool { return IsTrue(get(name, vars...)) }

	o := Options{
		TenantID: get("tenant_id", "ARM_TENANT_ID"),
		ClientID: get("client_id", "ARM_CLIENT_ID"),
		Cloud:    Cloud{Name: get("environment", "ARM_ENVIRONMENT")},
	}
	if o.ClientID == "" {
		o.ClientIDFile = get("client_id_file_path", "ARM_CLIENT_ID_FILE_PATH")
	}
	certificate := get("client_certificate", "ARM_CLIENT_CERTIFICATE")
	certificatePath := get("client_certificate_path", "ARM_CLIENT_CERTIFICATE_PATH")
	secret := get("client_secret", "ARM_CLIENT_SECRET")
	secretFile := get("client_secret_file_path", "ARM_CLIENT_SECRET_FILE_PATH")
	switch {
	case certificate != "":
		o.ClientCertificate = certificate
		o.ClientCertificatePassword = get("client_certificate_password", "ARM_CLIENT_CERTIFICATE_PASSWORD")
	case certificatePath != "":
		o.ClientCertificatePath = certificatePath
		o.ClientCertificatePassword = get("client_certificate_password", "ARM_CLIENT_CERTIFICATE_PASSWORD")
	case secret != "":
		o.ClientSecret = secret
	case secretFile != "":
		o.ClientSecretFile = secretFile
	case is("use_oidc", "ARM_USE_OIDC"):
		o.UseOIDC = true
		o.OIDCToken = get("oidc_token", "ARM_OIDC_TOKEN")
		if o.OIDCToken == "" {
			o.OIDCTokenFile = get("oidc_token_file_path", "ARM_OIDC_TOKEN_FILE_PATH")
		}
		if o.OIDCToken == "" && o.OIDCTokenFile == "" {
			o.OIDCRequestURL = get("oidc_request_url", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI")
			o.OIDCRequestToken = get("oidc_request_token", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN")
			o.ServiceConnectionID = get("ado_pipeline_service_connection_id", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID")
		}
	case is("use_aks_workload_identity", "ARM_USE_AKS_WORKLOAD_IDENTITY"):
		o.UseWorkloadIdentity = true
		o.TokenFile = getenv("AZURE_FEDERATED_TOKEN_FILE")
		if id := getenv("AZURE_CLIENT_ID"); o.ClientID == "" && o.ClientIDFile == "" {
			o.ClientID = id
		}
		if id := getenv("AZURE_TENANT_ID"); o.TenantID == "" {
			o.TenantID = id
		}
	case is("use_msi", "ARM_USE_MSI"):
		o.UseManagedIdentity = true
	case is("use_cli", "ARM_USE_CLI"):
		o.UseCLI = true
	}
	return o
}

// IsTrue reads a boolean as Terraform reads one from text.
func IsTrue(text string) bool {
	switch strings.ToLower(text) {
	case "1", "t", "true":
		return true
	}
	return false
}
