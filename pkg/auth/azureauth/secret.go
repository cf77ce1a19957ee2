package azureauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// Secret returns the value of a secret in Azure Key Vault. id is its URL,
// https://VAULT.vault.azure.net/secrets/NAME or …/NAME/VERSION, or VAULT/NAME or
// VAULT/NAME/VERSION for a vault in the options' cloud. Without a version it is the
// latest. It takes the permission Microsoft.KeyVault/vaults/secrets/getSecret/action.
//
// An error is one line that names the secret and a remedy, and never holds a value.
func Secret(ctx context.Context, cred azcore.TokenCredential, id string, o Options) (string, error) {
	place, err := parseSecretID(id, o.Cloud)
	if err != nil {
		return "", err
	}
	options, err := o.ClientOptions()
	if err != nil {
		return "", err
	}
	client, err := azsecrets.NewClient(place.vault, cred, &azsecrets.ClientOptions{ClientOptions: options})
	if err != nil {
		return "", fmt.Errorf("secret %s: %s", place, Explain(err))
	}
	got, err := client.GetSecret(ctx, place.name, place.version, nil)
	if err != nil {
		return "", &secretError{place: place, err: err}
	}
	if got.Value == nil || *got.Value == "" {
		return "", fmt.Errorf("secret %s has no value; set one", place)
	}
	return *got.Value, nil
}

// secretID is the place of a secret.
type secretID struct{ vault, name, version string }

func (s secretID) String() string {
	id := s.vault + "/secrets/" + s.name
	if s.version != "" {
		id += "/" + s.version
	}
	return id
}

// parseSecretID checks the names as
// https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name
// says. Its error does not repeat what is no id: it may be the secret itself.
func parseSecretID(id string, c Cloud) (secretID, error) {
	bad := errors.New("this is no Key Vault secret: write https://VAULT.vault.azure.net/secrets/NAME or VAULT/NAME")
	full, err := c.Resolve()
	if err != nil {
		return secretID{}, err
	}
	var vault, path string
	if strings.Contains(id, "://") {
		u, err := url.Parse(id)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return secretID{}, bad
		}
		rest, ok := strings.CutPrefix(u.Path, "/secrets/")
		if !ok {
			return secretID{}, bad
		}
		vault, path = "https://"+u.Host, rest
	} else {
		name, rest, _ := strings.Cut(id, "/")
		if !regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$`).MatchString(name) {
			return secretID{}, bad
		}
		vault, path = "https://"+name+"."+full.Vault, rest
	}
	name, version, _ := strings.Cut(strings.TrimSuffix(path, "/"), "/")
	if !regexp.MustCompile(`^[a-zA-Z0-9-]{1,127}$`).MatchString(name) || !regexp.MustCompile(`^[a-zA-Z0-9]*$`).MatchString(version) {
		return secretID{}, bad
	}
	return secretID{vault, name, version}, nil
}

// secretError is that a secret could not be read.
type secretError struct {
	place secretID
	err   error
}

func (e *secretError) Error() string {
	text := Explain(e.err)
	if r := (*azcore.ResponseError)(nil); errors.As(e.err, &r) {
		switch r.StatusCode {
		case http.StatusNotFound:
			text = "does not exist; check the vault, the name and the version"
		case http.StatusForbidden:
			text = "may not be read by this identity; give it the role Key Vault Secrets User, and check the vault's firewall and that the secret is enabled"
		}
	}
	return fmt.Sprintf("secret %s: %s", e.place, text)
}

func (e *secretError) Unwrap() error { return e.err }
