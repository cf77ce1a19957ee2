package azure

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// guarded returns a real client's options over a world that must not be called.
func guarded(t *testing.T) (*world, *azure, *arm.ClientOptions) {
	t.Helper()
	w := newWorld(t)
	p := withToken(Options{})
	p.options.Auth.HTTP = &http.Client{Transport: w}
	options, err := p.clientOptions()
	if err != nil {
		t.Fatal(err)
	}
	return w, p, options
}

// getOne asks for a resource with a real pipeline.
func getOne(t *testing.T, options *arm.ClientOptions, id string) error {
	t.Helper()
	client, err := arm.NewClient("test", "", staticToken("token"), options)
	if err != nil {
		t.Fatal(err)
	}
	_, err = (&conn{arm: client}).get(t.Context(), id, "2024-01-01", &struct{}{})
	if err == nil { // gone is no error
		_, err = (&conn{arm: client}).send(t.Context(), id, "2024-01-01", &struct{}{})
	}
	return err
}

func TestGuardRefuses(t *testing.T) {
	w, p, options := guarded(t)
	client, err := arm.NewClient("test", "", staticToken("token"), options)
	if err != nil {
		t.Fatal(err)
	}
	group := "/subscriptions/" + sub1 + "/resourceGroups/rg"
	for _, call := range []struct{ method, path, action string }{
		{"PUT", group + "/providers/Microsoft.Network/virtualNetworks/v", "Microsoft.Network/virtualNetworks/write (PUT) is not a read"},
		{"PATCH", group, "Microsoft.Resources/subscriptions/resourceGroups/write (PATCH) is not a read"},
		{"DELETE", group, "Microsoft.Resources/subscriptions/resourceGroups/delete (DELETE) is not a read"},
		{"POST", group + "/providers/Microsoft.Storage/storageAccounts/s/listKeys", "Microsoft.Storage/storageAccounts/listKeys/action (POST) is not a read"},
		{"POST", "/subscriptions/" + sub1 + "/providers/Microsoft.Web/register", "Microsoft.Web/register/action (POST) is not a read"},
		{"POST", group + "/providers/Microsoft.Web/sites/s/config/appsettings/list", "Microsoft.Web/sites/config/list/action (POST) is not a read"},
		{"POST", group + "/providers/x/y/z/providers/Microsoft.ResourceGraph/resources", "Microsoft.ResourceGraph/resources/read (POST) is not a read"},
		{"GET", group + "/providers/Microsoft.Network/connections/c/sharedkey", "Microsoft.Network/connections/sharedkey/read returns secrets or data"},
		{"GET", group + "/providers/microsoft.web/sites/s/HostRuntime/admin", "microsoft.web/sites/HostRuntime/read returns secrets or data"},
	} {
		req, err := runtime.NewRequest(t.Context(), call.method, "https://management.azure.com"+call.path)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Pipeline().Do(req)
		if err == nil {
			resp.Body.Close()
			t.Fatalf("%s %s was sent", call.method, call.path)
		}
		f := p.Explain(err)
		if want := call.action + ": driftmgr did not send it"; f.Kind != provider.Refused || f.Detail != want {
			t.Errorf("%s %s: %+v, want %s", call.method, call.path, f, want)
		}
	}
	if len(w.calls) > 0 {
		t.Errorf("sent %q", w.calls)
	}
}

// The SDK's own writes do not get through either.
func TestGuardRefusesClient(t *testing.T) {
	w, p, options := guarded(t)
	client, err := armnetwork.NewVirtualNetworksClient(sub1, staticToken("token"), options)
	if err != nil {
		t.Fatal(err)
	}
	_, put := client.BeginCreateOrUpdate(t.Context(), "rg", "v", armnetwork.VirtualNetwork{}, nil)
	_, del := client.BeginDelete(t.Context(), "rg", "v", nil)
	_, patch := client.UpdateTags(t.Context(), "rg", "v", armnetwork.TagsObject{}, nil)
	for _, err := range []error{put, del, patch} {
		if err == nil || p.Explain(err).Kind != provider.Refused {
			t.Errorf("got %v", err)
		}
	}
	if len(w.calls) > 0 {
		t.Errorf("sent %q", w.calls)
	}
}

// A redirection is not followed.
func TestRedirect(t *testing.T) {
	w, _, options := guarded(t)
	w.on(vnetsOf(sub1), func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "https://attacker.example/token", http.StatusTemporaryRedirect)
	})
	client, err := armnetwork.NewVirtualNetworksClient(sub1, staticToken("token"), options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.NewListAllPager(nil).NextPage(context.WithoutCancel(t.Context())); err == nil {
		t.Error("a redirection is a list")
	}
	if len(w.calls) != 1 {
		t.Errorf("sent %q", w.calls)
	}
}

func TestIsHome(t *testing.T) {
	home, _ := url.Parse("https://management.azure.com")
	for raw, want := range map[string]bool{
		"https://management.azure.com/x":             true,
		"https://MANAGEMENT.azure.com/x":             true,
		"https://westeurope.management.azure.com/x":  true,
		"https://management.azure.com:443/x":         true,
		"http://management.azure.com:443/x":          false,
		"http://management.azure.com/x":              false,
		"https://management.azure.com.evil.example/": false,
		"https://evilmanagement.azure.com/":          false,
		"https://management.azure.com:8443/x":        false,
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := (guard{endpoint: home}).isHome(u); got != want {
			t.Errorf("%s: %v, want %v", raw, got, want)
		}
	}
}
