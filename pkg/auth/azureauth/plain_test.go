package azureauth

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// An emulator on this machine has no TLS, and the SDK no authority without it.
func TestAuthorityWithoutTLS(t *testing.T) {
	var srv *httptest.Server
	var secret string
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			at := srv.URL + "/tenant"
			_, _ = io.WriteString(w, `{"issuer":"`+at+`/v2.0","token_endpoint":"`+at+`/oauth2/v2.0/token","authorization_endpoint":"`+at+`/oauth2/v2.0/authorize"}`)
			return
		}
		secret = r.FormValue("client_secret")
		_, _ = io.WriteString(w, `{"token_type":"Bearer","expires_in":3600,"access_token":"token"}`)
	}))
	defer srv.Close()
	o := Options{TenantID: "tenant", ClientID: "client", ClientSecret: "secret", Cloud: Cloud{AuthorityHost: srv.URL, ResourceManager: srv.URL}}
	cred, err := Credential(o)
	if err != nil {
		t.Fatal(err)
	}
	token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{srv.URL + "/.default"}})
	if err != nil || token.Token != "token" || secret != "secret" {
		t.Errorf("token %q, secret %q, error %v", token.Token, secret, err)
	}
	o.Cloud.AuthorityHost = "http://login.example"
	if _, err := Credential(o); err == nil {
		t.Error("a secret goes to another host without TLS")
	}
}
