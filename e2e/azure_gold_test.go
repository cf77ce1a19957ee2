//go:build e2e

package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
)

// azureTerraformCalls is what one `terraform plan -refresh-only` makes in Azure's
// gold world.
const azureTerraformCalls = 92

const azureSubscription = "00000000-0000-0000-0000-000000000001"

func azureReading() reading {
	return reading{
		shows: []shown{
			{"azurerm_virtual_network", "subnet", "azurerm_subnet"},
			{"azurerm_network_security_group", "security_rule", "azurerm_network_security_rule"},
			{"azurerm_route_table", "route", "azurerm_route"},
		},
		collections: map[string]string{
			"disks":                 "azurerm_managed_disk",
			"networkSecurityGroups": "azurerm_network_security_group",
			"securityRules":         "azurerm_network_security_rule",
			"subnets":               "azurerm_subnet",
		},
		same: []string{"noise-", "ref-case"}, // a reference's case means nothing
		silent: map[string]string{
			"dns-reordered": "records are a set",
		},
	}
}

func startAzure(t *testing.T, args ...string) *estate {
	t.Helper()
	return startEstate(t, "azure", "emulator.py", append([]string{"--http"}, args...)...)
}

// azureEnvironment points driftmgr at an endpoint of Resource Manager, and at one of
// its own for tokens.
func azureEnvironment(t *testing.T, endpoint string) {
	t.Helper()
	isolate(t, "ARM_", "AZURE_", "DRIFTMGR_PROVIDERS_AZURE_")
	tokens := authority(t, endpoint)
	for name, value := range map[string]string{
		"TENANT_ID":              "11111111-1111-1111-1111-111111111111",
		"CLIENT_ID":              "22222222-2222-2222-2222-222222222222",
		"CLIENT_SECRET":          "not-a-secret",
		"CLOUD_RESOURCE_MANAGER": endpoint,
		"CLOUD_AUDIENCE":         endpoint,
		"CLOUD_AUTHORITY_HOST":   tokens.URL,
	} {
		t.Setenv("DRIFTMGR_PROVIDERS_AZURE_"+name, value)
	}
}

// authority issues the tokens of the server behind over TLS: azidentity and the
// library below it refuse an authority without, even on this machine. It says of
// itself that it has TLS.
func authority(t *testing.T, endpoint string) *httptest.Server {
	t.Helper()
	pass := httputil.NewSingleHostReverseProxy(must[*url.URL](t)(url.Parse(endpoint)))
	pass.ModifyResponse = func(r *http.Response) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		body = bytes.ReplaceAll(body, []byte("http://"), []byte("https://"))
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return nil
	}
	return trusted(t, pass)
}

// TestAzureGold compares driftmgr's verdict with that of Terraform's azurerm
// provider.
func TestAzureGold(t *testing.T) {
	e := startAzure(t)
	azureEnvironment(t, e.endpoint)

	t.Run("readers", func(t *testing.T) { everyTypeRead(t, e, 39) })
	t.Run("clean", func(t *testing.T) {
		r, calls := cleanRuns(t, e, map[string]string{"DRIFTMGR_PROVIDERS_AZURE_CLOUD_RESOURCE_MANAGER": "http://127.0.0.1:1"})
		sameCount(t, r, calls, azureTerraformCalls)
		if len(calls) > azureTerraformCalls/2 {
			t.Errorf("%d API calls, at most half of Terraform's %d are wanted", len(calls), azureTerraformCalls)
		}
	})
	t.Run("pages of two", func(t *testing.T) {
		e := startAzure(t, "--page", "2")
		azureEnvironment(t, e.endpoint)
		nothing(t, detect(t, e.state()))
	})
	azureReading().mutated(t, e)
}
