package azurerm

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
)

// lookup asks the resource manager for the account's blob endpoint, which is another
// one where the account has a DNS zone of its own
// (https://learn.microsoft.com/rest/api/storagerp/storage-accounts/get-properties). It
// takes the permission Microsoft.Storage/storageAccounts/read, and Entra ID even where
// a key opens the account.
func (b *backend) lookup(ctx context.Context, p place, arg func(string) string) (string, error) {
	if p.resource == "" {
		return "", errNoResource
	}
	entra := p.login.entra
	if !b.options.Configured {
		client, c := entra.HTTP, entra.Cloud
		entra = azureauth.FromTerraform(arg, b.options.Getenv)
		entra.HTTP, entra.Cloud = client, c
	}
	full, err := entra.Cloud.Resolve()
	if err != nil {
		return "", &loginError{err}
	}
	cred, err := azureauth.Credential(entra)
	if err != nil {
		return "", &loginError{err}
	}
	pipeline := runtime.NewPipeline("driftmgr", "v1", runtime.PipelineOptions{
		PerRetry: []policy.Policy{runtime.NewBearerTokenPolicy(cred, []string{full.Audience + "/.default"}, nil)},
	}, &azcore.ClientOptions{Transport: readOnly(entra.Client())})
	req, err := runtime.NewRequest(ctx, http.MethodGet, full.ResourceManager+p.resource+"?api-version=2023-01-01")
	if err != nil {
		return "", &lookupError{err}
	}
	resp, err := pipeline.Do(req)
	if err != nil {
		return "", &lookupError{err}
	}
	defer resp.Body.Close()
	if !runtime.HasStatusCode(resp, http.StatusOK) {
		return "", &lookupError{runtime.NewResponseError(resp)}
	}
	var account struct {
		Properties struct {
			PrimaryEndpoints struct{ Blob string }
		}
	}
	if err := runtime.UnmarshalAsJSON(resp, &account); err != nil {
		return "", &lookupError{errNoEndpoint}
	}
	endpoint, err := parseEndpoint(account.Properties.PrimaryEndpoints.Blob)
	if err != nil {
		return "", &lookupError{errNoEndpoint}
	}
	return endpoint, nil
}

var (
	errNoResource = errors.New("lookup_blob_endpoint needs resource_group_name and subscription_id")
	errNoEndpoint = errors.New("the resource manager names no blob endpoint of the account")
)

// lookupError is that the resource manager did not tell the endpoint.
type lookupError struct{ err error }

func (e *lookupError) Error() string { return e.err.Error() }
func (e *lookupError) Unwrap() error { return e.err }
