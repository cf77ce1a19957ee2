package azureauth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Cloud is one of Azure's clouds: by its name, or by its parts, of which the empty
// ones are those of the named or the public cloud.
type Cloud struct {
	// Name is public, usgovernment or china, or an alias that Terraform or the
	// Azure CLI knows it by.
	Name string

	ResourceManager string // URL: https://management.azure.com
	AuthorityHost   string // URL: https://login.microsoftonline.com
	Audience        string // of tokens for ResourceManager
	Storage         string // the suffix of storage accounts: core.windows.net
	Vault           string // the suffix of key vaults: vault.azure.net
}

// Public, USGovernment and China are the clouds' names.
const (
	Public       = "public"
	USGovernment = "usgovernment"
	China        = "china"
)

// Clouds returns the clouds that have a name. Their hosts are those of
// https://github.com/hashicorp/go-azure-sdk/tree/main/sdk/environments and
// https://learn.microsoft.com/azure/storage/common/storage-powershell-independent-clouds.
func Clouds() []Cloud {
	return []Cloud{
		{Public, "https://management.azure.com", "https://login.microsoftonline.com", "https://management.azure.com", "core.windows.net", "vault.azure.net"},
		{USGovernment, "https://management.usgovcloudapi.net", "https://login.microsoftonline.us", "https://management.usgovcloudapi.net", "core.usgovcloudapi.net", "vault.usgovcloudapi.net"},
		{China, "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn", "core.chinacloudapi.cn", "vault.azure.cn"},
	}
}

// Resolve returns the cloud with all its parts. It fails where there is none of
// that name.
func (c Cloud) Resolve() (Cloud, error) {
	var name string
	switch strings.ToLower(c.Name) {
	case "", Public, "global", "azurecloud", "azurepubliccloud":
		name = Public
	case USGovernment, "usgovernmentl4", "usgovernmentl5", "dod", "azureusgovernment", "azureusgovernmentcloud":
		name = USGovernment
	case China, "azurechinacloud":
		name = China
	default:
		return Cloud{}, fmt.Errorf("environment %q is not a cloud of Azure: use public, usgovernment or china", c.Name)
	}
	for _, named := range Clouds() {
		if named.Name == name {
			return c.over(named), nil
		}
	}
	panic("unreachable: every name has a cloud")
}

// over fills what is empty in c from the named cloud.
func (c Cloud) over(named Cloud) Cloud {
	fill := func(part, from string) string {
		if part != "" {
			return strings.TrimSuffix(part, "/")
		}
		return from
	}
	audience := named.Audience
	if c.ResourceManager != "" {
		audience = strings.TrimSuffix(c.ResourceManager, "/")
	}
	return Cloud{
		Name:            named.Name,
		ResourceManager: fill(c.ResourceManager, named.ResourceManager),
		AuthorityHost:   fill(c.AuthorityHost, named.AuthorityHost),
		Audience:        fill(c.Audience, audience),
		Storage:         fill(c.Storage, named.Storage),
		Vault:           fill(c.Vault, named.Vault),
	}
}

// Configuration is the cloud as the SDK's clients take it.
func (c Cloud) Configuration() (cloud.Configuration, error) {
	full, err := c.Resolve()
	if err != nil {
		return cloud.Configuration{}, err
	}
	return cloud.Configuration{
		ActiveDirectoryAuthorityHost: full.AuthorityHost + "/",
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: full.ResourceManager, Audience: full.Audience},
		},
	}, nil
}

// plainAuthority returns the host of an authority on this machine that has no TLS:
// an emulator's. Credentials cross no network on their way there.
func (c Cloud) plainAuthority() (host string, ok bool) {
	u, err := url.Parse(c.AuthorityHost)
	if err != nil || u.Scheme != "http" || !isLoopback(u.Hostname()) {
		return "", false
	}
	return u.Host, true
}

// isPrivate reports whether Entra does not know the authority, so that it cannot be
// asked about it.
func (c Cloud) isPrivate() bool {
	for _, named := range Clouds() {
		if c.AuthorityHost == named.AuthorityHost {
			return false
		}
	}
	return true
}

// CloudAt asks a metadata host, such as Azure Stack's, for its cloud: what
// Terraform's metadata_host does
// (https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant,
// https://github.com/hashicorp/go-azure-sdk/tree/main/sdk/internal/metadata). client
// may be nil.
func CloudAt(ctx context.Context, client *http.Client, host string) (Cloud, error) {
	if u, err := url.Parse("https://" + host); err != nil || host == "" || u.Host != host {
		return Cloud{}, fmt.Errorf("metadata_host %q is not a host name", redactURL(host))
	}
	req, err := runtime.NewRequest(ctx, http.MethodGet, "https://"+host+"/metadata/endpoints?api-version=2022-09-01")
	if err != nil {
		return Cloud{}, err
	}
	resp, err := pipeline(azcore.ClientOptions{Transport: Options{HTTP: client}.Client()}).Do(req)
	if err != nil {
		return Cloud{}, fmt.Errorf("metadata_host %s: %s", host, Explain(err))
	}
	defer resp.Body.Close()
	if !runtime.HasStatusCode(resp, http.StatusOK) {
		return Cloud{}, fmt.Errorf("metadata_host %s answers %s", host, resp.Status)
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return Cloud{}, fmt.Errorf("metadata_host %s: %s", host, Explain(err))
	}
	var doc struct {
		ResourceManager string
		Authentication  struct {
			LoginEndpoint string
			Audiences     []string
		}
		Suffixes struct{ Storage, KeyVaultDNS string }
	}
	err = json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &doc)
	if err != nil || doc.ResourceManager == "" || doc.Authentication.LoginEndpoint == "" || doc.Suffixes.Storage == "" {
		return Cloud{}, fmt.Errorf("metadata_host %s answers with something that is no description of a cloud", host)
	}
	c := Cloud{
		ResourceManager: doc.ResourceManager,
		AuthorityHost:   doc.Authentication.LoginEndpoint,
		Storage:         doc.Suffixes.Storage,
		Vault:           strings.TrimPrefix(doc.Suffixes.KeyVaultDNS, "."),
	}
	if len(doc.Authentication.Audiences) > 0 {
		c.Audience = doc.Authentication.Audiences[0]
	}
	return c, nil
}
