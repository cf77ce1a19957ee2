// Package azureauth is who driftmgr is for Azure: from options, or from the
// blocks and environment variables of Terraform's azurerm provider and backend, it
// makes the one credential that they name. There is no second choice: what is
// configured and does not work is an error.
package azureauth

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Options say which credential to use. At most one kind may be named:
// UseManagedIdentity, UseWorkloadIdentity, a client secret, a client certificate,
// UseOIDC or UseCLI. The zero value is the SDK's default chain
// (https://aka.ms/azsdk/go/identity/credential-chains#defaultazurecredential-overview).
//
// Options are comparable. They hold secrets, which none of the ways to print them
// shows.
type Options struct {
	// TenantID is the Entra tenant: an id or a domain.
	TenantID string

	// ClientID is the application's id, or that of a user-assigned managed
	// identity: empty stands for the system-assigned one.
	ClientID     string
	ClientIDFile string // has it as its content

	// UseManagedIdentity takes the identity of the machine, whose endpoint the SDK
	// finds: IMDS, App Service, Azure Arc, Cloud Shell, Service Fabric.
	UseManagedIdentity bool

	// UseWorkloadIdentity exchanges the service account token in TokenFile. What is
	// empty of TokenFile, ClientID and TenantID is what the AKS webhook has put into
	// AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID and AZURE_TENANT_ID.
	UseWorkloadIdentity bool
	TokenFile           string

	ClientSecret     string `json:"-"`
	ClientSecretFile string // has it as its content

	// ClientCertificatePath is a PEM or PKCS#12 file that holds the private key, too;
	// ClientCertificate is its content in base64.
	ClientCertificatePath     string
	ClientCertificate         string `json:"-"`
	ClientCertificatePassword string `json:"-"`

	// UseOIDC exchanges an id token: OIDCToken, what is in OIDCTokenFile whenever a
	// token is asked for, or what the CI gives out at OIDCRequestURL to the bearer of
	// OIDCRequestToken. With ServiceConnectionID the CI is Azure DevOps, without it
	// GitHub Actions.
	UseOIDC             bool
	OIDCToken           string `json:"-"`
	OIDCTokenFile       string
	OIDCRequestURL      string
	OIDCRequestToken    string `json:"-"`
	ServiceConnectionID string

	// UseCLI asks the Azure CLI: az account get-access-token.
	UseCLI bool

	// Cloud is public where it is empty.
	Cloud Cloud

	// HTTP sends the requests; nil is Go's default client. See Client.
	HTTP *http.Client `json:"-"`
}

// Kind is how driftmgr signs in.
type Kind string

// The kinds.
const (
	KindDefault          Kind = "default credential"
	KindManagedIdentity  Kind = "managed identity"
	KindWorkloadIdentity Kind = "workload identity"
	KindSecret           Kind = "client secret"
	KindCertificate      Kind = "client certificate"
	KindOIDC             Kind = "OIDC token"
	KindCLI              Kind = "Azure CLI"
)

// Kind returns the kind that is named: the first where Check finds several.
func (o Options) Kind() Kind {
	if kinds := o.kinds(); len(kinds) > 0 {
		return kinds[0]
	}
	return KindDefault
}

func (o Options) kinds() []Kind {
	var kinds []Kind
	for _, k := range []struct {
		kind  Kind
		named bool
	}{
		{KindCertificate, o.ClientCertificate != "" || o.ClientCertificatePath != ""},
		{KindSecret, o.ClientSecret != "" || o.ClientSecretFile != ""},
		{KindOIDC, o.UseOIDC},
		{KindWorkloadIdentity, o.UseWorkloadIdentity},
		{KindManagedIdentity, o.UseManagedIdentity},
		{KindCLI, o.UseCLI},
	} {
		if k.named {
			kinds = append(kinds, k.kind)
		}
	}
	return kinds
}

// String says who driftmgr is, without a secret: "client secret of 1f3c in tenant
// contoso.example".
func (o Options) String() string {
	s := string(o.Kind())
	if o.ClientID != "" {
		s += " of " + o.ClientID
	}
	if o.TenantID != "" {
		s += " in tenant " + o.TenantID
	}
	return s
}

// GoString implements fmt.GoStringer, for the same reason as String.
func (o Options) GoString() string { return fmt.Sprintf("azureauth.Options(%q)", o.String()) }

// LogValue implements slog.LogValuer, for the same reason as String.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }

// Check returns the first thing in the options that cannot be meant, in one line
// that names the settings as driftmgr's configuration and Terraform do. It looks
// at no file and calls nobody.
func (o Options) Check() error {
	kinds := o.kinds()
	if len(kinds) > 1 {
		return fmt.Errorf("%s and %s are both configured for Azure: keep one of them", kinds[0], kinds[1])
	}
	for _, check := range []func() error{o.checkIdentity, o.checkStray, o.checkOIDC, o.checkCloud} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkIdentity finds what a kind needs beside its secret.
func (o Options) checkIdentity() error {
	if !regexp.MustCompile(`^[a-zA-Z0-9.-]*$`).MatchString(o.TenantID) {
		return fmt.Errorf("tenant_id %q is neither a tenant's id nor its domain", o.TenantID)
	}
	if o.ClientID != "" && o.ClientIDFile != "" {
		return errors.New("client_id and client_id_file_path are both set: keep one of them")
	}
	kind := o.Kind()
	switch kind {
	case KindSecret, KindCertificate, KindOIDC:
	default:
		return nil
	}
	switch {
	case o.ClientID == "" && o.ClientIDFile == "":
		return fmt.Errorf("%s needs client_id (ARM_CLIENT_ID)", kind)
	case o.TenantID == "":
		return fmt.Errorf("%s needs tenant_id (ARM_TENANT_ID)", kind)
	case o.ClientSecret != "" && o.ClientSecretFile != "":
		return errors.New("client_secret and client_secret_file_path are both set: keep one of them")
	case o.ClientCertificate != "" && o.ClientCertificatePath != "":
		return errors.New("client_certificate and client_certificate_path are both set: keep one of them")
	}
	return nil
}

// checkStray finds what belongs to a kind that is not the configured one.
func (o Options) checkStray() error {
	kind := o.Kind()
	for _, s := range []struct {
		name, value string
		of          Kind
	}{
		{"token_file", o.TokenFile, KindWorkloadIdentity},
		{"client_certificate_password", o.ClientCertificatePassword, KindCertificate},
		{"oidc_token", o.OIDCToken, KindOIDC},
		{"oidc_token_file_path", o.OIDCTokenFile, KindOIDC},
		{"oidc_request_url", o.OIDCRequestURL, KindOIDC},
		{"oidc_request_token", o.OIDCRequestToken, KindOIDC},
		{"ado_pipeline_service_connection_id", o.ServiceConnectionID, KindOIDC},
	} {
		if s.value != "" && kind != s.of {
			return fmt.Errorf("%s is set, but belongs to %s and %s is configured: remove one of them", s.name, s.of, kind)
		}
	}
	return nil
}

func (o Options) checkOIDC() error {
	if !o.UseOIDC {
		return nil
	}
	request := o.OIDCRequestURL != "" || o.OIDCRequestToken != "" || o.ServiceConnectionID != ""
	switch {
	case o.OIDCToken != "" && o.OIDCTokenFile != "":
		return errors.New("oidc_token and oidc_token_file_path are both set: keep one of them")
	case request && (o.OIDCToken != "" || o.OIDCTokenFile != ""):
		return errors.New("an OIDC token and a place to request one are both set: keep one of them")
	case o.OIDCToken != "" || o.OIDCTokenFile != "":
		return nil
	case o.OIDCRequestURL == "" || o.OIDCRequestToken == "":
		return errors.New("use_oidc needs oidc_token, oidc_token_file_path, or oidc_request_url and oidc_request_token: in GitHub Actions give the job the permission id-token: write, in Azure DevOps map SYSTEM_ACCESSTOKEN into the step")
	}
	return checkURL("oidc_request_url", o.OIDCRequestURL)
}

func (o Options) checkCloud() error {
	c, err := o.Cloud.Resolve()
	if err != nil {
		return err
	}
	if _, plain := c.plainAuthority(); plain {
		return checkURL("resource manager", c.ResourceManager)
	}
	if u, err := url.Parse(c.AuthorityHost); err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("authority host %q has to be an https URL: credentials are sent to it", redactURL(c.AuthorityHost))
	}
	return checkURL("resource manager", c.ResourceManager)
}

// checkURL finds a URL that would send a credential in plain text beyond this
// machine.
func checkURL(name, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%s %q is not a URL", name, redactURL(raw))
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return fmt.Errorf("%s %q has to be https: credentials are sent to it", name, redactURL(raw))
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// redactURL leaves the query and user of a URL out: they may be secret.
func redactURL(raw string) string {
	raw, _, _ = strings.Cut(raw, "?")
	if scheme, rest, ok := strings.Cut(raw, "://"); ok {
		if _, host, ok := strings.Cut(rest, "@"); ok {
			return scheme + "://" + host
		}
	}
	return raw
}
