package azureauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Credential returns the credential that the options name, exactly that kind. It
// calls nobody: a token is asked for when a client needs one, and kept. Errors are
// one line and hold no secret; those of the credential itself are for Explain.
func Credential(o Options) (azcore.TokenCredential, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.ClientIDFile != "" {
		id, err := readFile("client_id_file_path", o.ClientIDFile)
		if err != nil {
			return nil, err
		}
		o.ClientID = id
	}
	cred, err := newCredential(o)
	if err != nil {
		return nil, err
	}
	return cred, nil
}

func newCredential(o Options) (azcore.TokenCredential, error) {
	client, private, err := o.clientOptions()
	if err != nil {
		return nil, err
	}
	switch o.Kind() {
	case KindManagedIdentity:
		return newManagedIdentity(o, client)
	case KindWorkloadIdentity:
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions:            client,
			ClientID:                 o.ClientID,
			TenantID:                 o.TenantID,
			TokenFilePath:            o.TokenFile,
			DisableInstanceDiscovery: private,
		})
	case KindSecret:
		secret := o.ClientSecret
		if secret == "" {
			if secret, err = readFile("client_secret_file_path", o.ClientSecretFile); err != nil {
				return nil, err
			}
		}
		return azidentity.NewClientSecretCredential(o.TenantID, o.ClientID, secret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: private})
	case KindCertificate:
		return newCertificate(o, client, private)
	case KindOIDC:
		return azidentity.NewClientAssertionCredential(o.TenantID, o.ClientID, o.assertion(client),
			&azidentity.ClientAssertionCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: private})
	case KindCLI:
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: o.TenantID})
	default:
		return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
			ClientOptions:            client,
			TenantID:                 o.TenantID,
			DisableInstanceDiscovery: private,
		})
	}
}

// newManagedIdentity gives up on IMDS after seconds, not after the minute and a half
// that the SDK takes where there is none; a new one still has time to start.
func newManagedIdentity(o Options, client azcore.ClientOptions) (azcore.TokenCredential, error) {
	client.Retry = policy.RetryOptions{MaxRetries: 3, RetryDelay: time.Second, MaxRetryDelay: 5 * time.Second, TryTimeout: 5 * time.Second}
	options := azidentity.ManagedIdentityCredentialOptions{ClientOptions: client}
	if o.ClientID != "" {
		options.ID = azidentity.ClientID(o.ClientID)
	}
	return azidentity.NewManagedIdentityCredential(&options)
}

func newCertificate(o Options, client azcore.ClientOptions, private bool) (azcore.TokenCredential, error) {
	var data []byte
	var err error
	name := "client_certificate"
	if o.ClientCertificatePath != "" {
		name = "client_certificate_path " + o.ClientCertificatePath
		text, readErr := readFile("client_certificate_path", o.ClientCertificatePath)
		data, err = []byte(text), readErr
	} else if data, err = base64.StdEncoding.DecodeString(o.ClientCertificate); err != nil {
		err = errors.New("client_certificate is not base64")
	}
	if err != nil {
		return nil, err
	}
	certs, key, err := azidentity.ParseCertificates(data, []byte(o.ClientCertificatePassword))
	if err != nil {
		return nil, fmt.Errorf("%s holds no certificate with its private key that the client_certificate_password opens: use PEM or PKCS#12", name)
	}
	return azidentity.NewClientCertificateCredential(o.TenantID, o.ClientID, certs, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: private})
}

// clientOptions returns what every client of the SDK shares, and whether the cloud
// is a private one.
func (o Options) clientOptions() (azcore.ClientOptions, bool, error) {
	full, err := o.Cloud.Resolve()
	if err != nil {
		return azcore.ClientOptions{}, false, err
	}
	configuration, err := o.Cloud.Configuration()
	client := o.Client()
	if host, ok := full.plainAuthority(); ok {
		client.Transport = withoutTLS{host, client.Transport}
		configuration.ActiveDirectoryAuthorityHost = "https://" + host + "/"
	}
	return azcore.ClientOptions{Cloud: configuration, Transport: client}, full.isPrivate(), err
}

// ClientOptions are for the clients of Azure's services: the cloud and the HTTP
// client of these options.
func (o Options) ClientOptions() (azcore.ClientOptions, error) {
	client, _, err := o.clientOptions()
	return client, err
}

// pipeline sends requests that no client of the SDK is for.
func pipeline(client azcore.ClientOptions) runtime.Pipeline {
	return runtime.NewPipeline("driftmgr", "v1", runtime.PipelineOptions{}, &client)
}

// readFile returns what is in the file that a setting names, trimmed of white
// space, as Terraform trims it.
func readFile(setting, path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			err = p.Err
		}
		return "", fmt.Errorf("%s %s: %w", setting, path, err)
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		return "", fmt.Errorf("%s %s: the file is empty", setting, path)
	}
	return text, nil
}

// assertion returns the id token to exchange, anew whenever a token is asked for.
func (o Options) assertion(client azcore.ClientOptions) func(context.Context) (string, error) {
	switch {
	case o.OIDCToken != "":
		return func(context.Context) (string, error) { return o.OIDCToken, nil }
	case o.OIDCTokenFile != "":
		return func(context.Context) (string, error) { return readFile("oidc_token_file_path", o.OIDCTokenFile) }
	default:
		return idTokenRequest{
			url:               o.OIDCRequestURL,
			bearer:            o.OIDCRequestToken,
			serviceConnection: o.ServiceConnectionID,
			pipeline:          pipeline(client),
		}.send
	}
}
