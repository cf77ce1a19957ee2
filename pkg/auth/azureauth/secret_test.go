package azureauth

import (
	"net/http"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	tests := []struct {
		name, id   string
		status     int
		value      any
		path, want string // want is the value, or a part of the error
		fails      bool
	}{
		{"URL", "https://team.vault.azure.net/secrets/token", http.StatusOK, "hush", "/secrets/token/", "hush", false},
		{"URL with a version", "https://team.vault.azure.net/secrets/token/7f0d", http.StatusOK, "hush", "/secrets/token/7f0d", "hush", false},
		{"vault and name", "team/token", http.StatusOK, "hush", "/secrets/token/", "hush", false},
		{"vault, name and version", "team/token/7f0d", http.StatusOK, "hush", "/secrets/token/7f0d", "hush", false},
		{"no value", "team/token", http.StatusOK, "", "/secrets/token/", "secret https://team.vault.azure.net/secrets/token has no value; set one", true},
		{"missing", "team/token", http.StatusNotFound, nil, "/secrets/token/", "secret https://team.vault.azure.net/secrets/token: does not exist; check the vault, the name and the version", true},
		{"denied", "team/token", http.StatusForbidden, nil, "/secrets/token/", "secret https://team.vault.azure.net/secrets/token: may not be read by this identity; give it the role Key Vault Secrets User, and check the vault's firewall and that the secret is enabled", true},
		{"failing", "team/token", http.StatusInternalServerError, nil, "/secrets/token/", "secret https://team.vault.azure.net/secrets/token: team.vault.azure.net keeps answering HTTP status 500; run it again later", true},
		{"no such vault", "nowhere/token", http.StatusOK, nil, "", "secret https://nowhere.vault.azure.net/secrets/token: there is no host nowhere.vault.azure.net; check the name, the environment and the network", true},
		{"no id", "hush", http.StatusOK, nil, "", "this is no Key Vault secret: write https://VAULT.vault.azure.net/secrets/NAME or VAULT/NAME", true},
		{"in plain text", "http://team.vault.azure.net/secrets/hush", http.StatusOK, nil, "", "this is no Key Vault secret: write https://VAULT.vault.azure.net/secrets/NAME or VAULT/NAME", true},
		{"a key", "https://team.vault.azure.net/keys/hush", http.StatusOK, nil, "", "this is no Key Vault secret: write https://VAULT.vault.azure.net/secrets/NAME or VAULT/NAME", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.entra("entra", "")
			asked := ""
			w.on(vaultHost, func(rw http.ResponseWriter, r *http.Request) {
				asked = r.URL.Path
				if r.Header.Get("Authorization") == "" {
					rw.Header().Set("WWW-Authenticate", `Bearer authorization="https://`+authority+`/contoso.example", resource="https://vault.azure.net"`)
					rw.WriteHeader(http.StatusUnauthorized)
					return
				}
				if tt.status != http.StatusOK {
					answer(tt.status, map[string]any{"error": map[string]any{"code": "", "message": "hush"}})(rw, r)
					return
				}
				answer(http.StatusOK, map[string]any{"id": "https://team.vault.azure.net/secrets/token/7f0d", "value": tt.value})(rw, r)
			})
			o := w.options(Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush-secret"})
			cred, err := Credential(o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Secret(impatient(t), cred, tt.id, o)
			if tt.fails {
				if err == nil || err.Error() != tt.want || strings.Contains(err.Error(), "hush") || got != "" {
					t.Errorf("got  %q, %v\nwant %s", got, err, tt.want)
				}
			} else if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if asked != tt.path {
				t.Errorf("asked for %q; want %q", asked, tt.path)
			}
		})
	}
}

func FuzzParseSecretID(f *testing.F) {
	for _, id := range []string{"team/token", "https://team.vault.azure.net/secrets/token/7f0d", "://", "a/b/c/d", "https://u:p@x/secrets/y?z"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		place, err := parseSecretID(id, Cloud{})
		if err != nil {
			return
		}
		again, err := parseSecretID(place.String(), Cloud{})
		if err != nil || again != place {
			t.Errorf("%q is %q, which is %v, %v", id, place, again, err)
		}
	})
}
