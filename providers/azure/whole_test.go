package azure

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// What is no list is not an empty one, which would say that all is gone.
func TestHollowAnswers(t *testing.T) {
	for body, whole := range map[string]bool{
		``: false, ` `: false, `null`: false, `{}`: false, `[]`: false, `"x"`: false,
		`{"error":{"code":"InternalServerError","message":"hush"}}`: false,
		`{"value":[`:     false,
		`<html></html>`:  false,
		`{"value":[]}`:   true,
		`{"Value":[]}`:   true,
		`{"value":null}`: true,
	} {
		w, p, options := guarded(t)
		w.on(vnetsOf(sub1), func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, body) })
		client, err := armnetwork.NewVirtualNetworksClient(sub1, staticToken("token"), options)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.NewListAllPager(nil).NextPage(t.Context())
		if (err == nil) != whole || len(w.calls) != 1 {
			t.Errorf("%q after %d calls: %v", body, len(w.calls), err)
		}
		if whole {
			continue
		}
		f := p.Explain(err)
		if f.Kind != provider.Unavailable || f.Detail != "the answer has another form than Azure's: check the proxy, and cloud.resource_manager" {
			t.Errorf("%q: %+v", body, f)
		}
	}
}

// A list whose page names itself as the next one ends.
func TestEndlessList(t *testing.T) {
	w, _, options := guarded(t)
	w.on(vnetsOf(sub1), func(rw http.ResponseWriter, r *http.Request) {
		reply(200, map[string]any{"value": []any{}, "nextLink": "https://" + r.URL.Host + r.URL.RequestURI()})(rw, r)
	})
	client, err := armnetwork.NewVirtualNetworksClient(sub1, staticToken("token"), options)
	if err != nil {
		t.Fatal(err)
	}
	a := pages(t.Context(), client.NewListAllPager(nil), func(r armnetwork.VirtualNetworksClientListAllResponse) []*armnetwork.VirtualNetwork { return r.Value })
	if !errors.Is(a.err, endlessError{}) || len(w.calls) != 2 {
		t.Errorf("after %d calls: %v", len(w.calls), a.err)
	}
}

// So does Resource Graph's.
func TestEndlessGraph(t *testing.T) {
	w, _, options := guarded(t)
	w.on(graphPath, reply(200, map[string]any{"count": 0, "totalRecords": 0, "resultTruncated": "false", "data": []any{}, "$skipToken": "same"}))
	g := &graph{subscriptions: []string{sub1}, cred: staticToken("token"), options: options}
	if _, err := g.of(t.Context(), sub1); !errors.Is(err, endlessError{}) || len(w.calls) != 2 {
		t.Errorf("after %d calls: %v", len(w.calls), err)
	}
}
