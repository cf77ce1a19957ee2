package azurerm

import (
	"errors"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// login is how an account is opened: by one of its keys, by a SAS token, or by Entra
// ID. It is comparable, and shows none of its secrets.
type login struct {
	key, sas string
	entra    azureauth.Options
}

func (l login) String() string {
	switch {
	case l.key != "":
		return "access key"
	case l.sas != "":
		return "SAS token"
	}
	return l.entra.String()
}

// GoString implements fmt.GoStringer: %#v, too, shows no secret.
func (l login) GoString() string { return "azurerm.login(" + l.String() + ")" }

// login returns the one that is configured, else the one that Terraform would use
// (https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/azure/api_client.go).
// arg returns an argument of the block, empty where it is not set.
func (b *backend) login(base azureauth.Cloud, arg func(string) string, at reference) (login, error) {
	l := login{entra: b.options.Auth}
	if !b.options.Configured {
		l.key = firstOf(arg("access_key"), b.options.Getenv("ARM_ACCESS_KEY"))
		if l.key == "" {
			l.sas = strings.TrimPrefix(firstOf(arg("sas_token"), b.options.Getenv("ARM_SAS_TOKEN")), "?")
		}
		if l.key == "" && l.sas == "" {
			l.entra = azureauth.FromTerraform(arg, b.options.Getenv)
		}
		l.entra.HTTP = b.options.Auth.HTTP
	}
	l.entra.Cloud = cloudOf(at.endpointIn(base), base)
	if l.key != "" || l.sas != "" {
		return l, nil
	}
	if err := l.entra.Check(); err != nil {
		return login{}, &state.Error{Source: at.String(), Problem: err.Error(), Remedy: "correct it in driftmgr's configuration, the block or the environment (ARM_*)"}
	}
	return l, nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

// clientKey is what states share that are in the same account and read by the same
// login: connections and tokens.
type clientKey struct {
	account, endpoint string
	login             login
}

// client returns the container's client. That of its account is made once.
func (b *backend) client(p place) (*container.Client, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := clientKey{p.account, p.endpoint, p.login}
	c := b.clients[key]
	if c == nil {
		var err error
		if c, err = newClient(p); err != nil {
			return nil, err
		}
		b.clients[key] = c
	}
	return c.NewContainerClient(p.container), nil
}

func newClient(p place) (*service.Client, error) {
	options := &service.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: readOnly(p.login.entra.Client())}}
	switch {
	case p.login.key != "":
		cred, err := service.NewSharedKeyCredential(p.account, p.login.key)
		if err != nil {
			return nil, errKey
		}
		return service.NewClientWithSharedKeyCredential(p.endpoint, cred, options)
	case p.login.sas != "":
		return service.NewClientWithNoCredential(p.endpoint+"?"+p.login.sas, options)
	}
	cred, err := azureauth.Credential(p.login.entra)
	if err != nil {
		return nil, &loginError{err}
	}
	return service.NewClient(p.endpoint, cred, options)
}

// errKey is that an access key cannot be one.
var errKey = errors.New("the access key is not base64")

// loginError is that there is no credential. Its text is azureauth's, one line.
type loginError struct{ err error }

func (e *loginError) Error() string { return e.err.Error() }
func (e *loginError) Unwrap() error { return e.err }
