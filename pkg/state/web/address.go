package web

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// address is the URL of a state, without fragment.
type address struct{ url *url.URL }

// parseAddress reads a URL. Its error, an *Error, shows nothing of it that could
// be secret.
func parseAddress(text string) (address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return address{}, &state.Error{Source: state.Masked(text), Problem: "is not a valid URL", Remedy: "write a % in it as %25 and other special characters as % and their code"}
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" {
		return address{}, &state.Error{Source: state.Masked(text), Problem: "is not the address of a web server", Remedy: "begin it with https://"}
	}
	if u.Hostname() == "" {
		return address{}, &state.Error{Source: state.Masked(text), Problem: "names no host", Remedy: "write https://HOST/PATH"}
	}
	u.Host = strings.ToLower(u.Host)
	u.Host = strings.TrimSuffix(u.Host, ":"+defaultPort(u.Scheme))
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment, u.RawFragment = "", ""
	return address{u}, nil
}

// String is the address without user and password, and with *** for the values
// of secret parameters.
func (a address) String() string {
	u := *a.url
	u.User = nil
	parameters := strings.Split(u.RawQuery, "&")
	for i, p := range parameters {
		name, value, ok := strings.Cut(p, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if ok && (secretName(name) || secretValue(value)) {
			raw, _, _ := strings.Cut(p, "=")
			parameters[i] = raw + "=***"
		}
	}
	u.RawQuery = strings.Join(parameters, "&")
	return u.String()
}

// pattern reports whether the path has a wildcard that is not escaped.
func (a address) pattern() bool { return strings.Contains(a.url.EscapedPath(), "*") }

// secretName reports whether a parameter of this name is taken for a secret:
// tokens, signatures (X-Amz-Signature, sig), passwords, keys of an API.
func secretName(name string) bool {
	name = strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
	return slices.ContainsFunc([]string{"token", "secret", "passw", "pwd", "signature", "credential", "apikey", "accesskey", "authorization", "jwt"},
		func(part string) bool { return strings.Contains(name, part) }) ||
		slices.Contains([]string{"auth", "code", "pass", "sig"}, name)
}

// secretValue reports whether a value begins as the tokens of GitLab, GitHub,
// HashiCorp Vault and JWTs do.
func secretValue(value string) bool {
	return slices.ContainsFunc([]string{"glpat-", "glcbt-", "gldt-", "ghp_", "gho_", "ghs_", "github_pat_", "hvs.", "eyJ"},
		func(prefix string) bool { return strings.HasPrefix(value, prefix) })
}

// sameHost reports whether two URLs lead to the same port of the same host.
func sameHost(a, b *url.URL) bool { return hostPort(a) == hostPort(b) }

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}

// inBlock is an error of an address as one of the block that has it.
func inBlock(dir string, err error) error {
	e, ok := err.(*state.Error) //nolint:errorlint // parseAddress wraps nothing
	if !ok {
		return err
	}
	return &state.Error{Source: dir, Problem: "the http backend's address " + e.Source + " " + e.Problem, Remedy: e.Remedy, Err: e.Err}
}
