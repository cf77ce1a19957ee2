package gcpauth

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cloud.google.com/go/auth/credentials"
)

// configuration is a credentials file's content
// (https://google.aip.dev/auth/4112, https://google.aip.dev/auth/4117). Secret.
type configuration struct {
	credType credentials.CredType
	json     []byte
}

// kinds are the types of credentials files that are taken.
var kinds = []credentials.CredType{
	credentials.ServiceAccount,
	credentials.AuthorizedUser,
	credentials.ExternalAccount,
	credentials.ExternalAccountAuthorizedUser,
	credentials.ImpersonatedServiceAccount,
}

// configuration returns what the options name; nil where they name none, which
// leaves the access token and the application default credentials.
func (o Options) configuration() (*configuration, error) {
	file := cmp.Or(o.WorkloadIdentityFile, o.CredentialsFile)
	content := []byte(o.CredentialsJSON)
	if o.UseWorkloadIdentity && file == "" && len(content) == 0 {
		if file = os.Getenv("GOOGLE_APPLICATION_CREDENTIALS"); file == "" {
			return nil, &Error{
				Problem: "use_workload_identity is set without an external_account configuration",
				Remedy:  "set workload_identity_file or GOOGLE_APPLICATION_CREDENTIALS to the file that `gcloud iam workload-identity-pools create-cred-config` wrote",
			}
		}
	}
	what := "the credentials JSON"
	switch {
	case file != "":
		what = "the credentials file " + display(file)
		var err error
		if content, err = os.ReadFile(file); err != nil { //nolint:gosec // G703: the user names the file
			return nil, unreadable(what, err)
		}
	case len(content) == 0:
		return nil, nil
	}
	c, err := parseConfiguration(content, what, o.universe())
	if err != nil {
		return nil, err
	}
	if o.UseWorkloadIdentity && c.credType != credentials.ExternalAccount {
		return nil, &Error{
			Problem: fmt.Sprintf("%s is of type %s, and use_workload_identity allows external_account only", what, c.credType),
			Remedy:  "name the file that `gcloud iam workload-identity-pools create-cred-config` wrote, or unset use_workload_identity",
		}
	}
	return c, nil
}

func unreadable(what string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Problem: what + " does not exist", Remedy: "check the path; credentials are given as a path or as JSON", Err: fs.ErrNotExist}
	case errors.Is(err, fs.ErrPermission):
		return &Error{Problem: what + " may not be read by this user", Remedy: "give this user read access", Err: fs.ErrPermission}
	}
	return &Error{Problem: what + " cannot be read", Remedy: "check the path"}
}

// parseConfiguration reads a credentials file. Such a file says where tokens and
// secrets are sent to, and it may come with the code that is looked at: it may
// name Google's own hosts, and this machine's.
func parseConfiguration(content []byte, what, universe string) (*configuration, error) {
	var fields struct {
		Type             credentials.CredType `json:"type"`
		TokenURI         string               `json:"token_uri"`
		TokenURL         string               `json:"token_url"`
		TokenInfoURL     string               `json:"token_info_url"`
		ImpersonationURL string               `json:"service_account_impersonation_url"`
		Source           json.RawMessage      `json:"source_credentials"`
	}
	if err := json.Unmarshal(content, &fields); err != nil {
		return nil, &Error{
			Problem: what + " is not valid JSON",
			Remedy:  "give the file as Google Cloud wrote it; a key is made by `gcloud iam service-accounts keys create`",
		}
	}
	if !slices.Contains(kinds, fields.Type) {
		problem := fmt.Sprintf("%s is of type %q, which driftmgr cannot use", what, display(string(fields.Type)))
		if fields.Type == "" {
			problem = what + " has no type"
		}
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		return nil, &Error{Problem: problem, Remedy: "use one of " + strings.Join(names, ", ")}
	}
	urls := []struct{ name, url string }{
		{"token_uri", fields.TokenURI},
		{"token_url", fields.TokenURL},
		{"token_info_url", fields.TokenInfoURL},
		{"service_account_impersonation_url", fields.ImpersonationURL},
	}
	for _, u := range urls {
		if u.url == "" || isGoogle(u.url, universe) {
			continue
		}
		return nil, &Error{
			Problem: fmt.Sprintf("%s has a %s that is not https at %s", what, u.name, universe),
			Remedy:  "do not use a file that you have not made yourself; in another cloud, set its universe_domain",
		}
	}
	if fields.Type == credentials.ImpersonatedServiceAccount && len(fields.Source) > 0 {
		if _, err := parseConfiguration(fields.Source, "source_credentials of "+what, universe); err != nil {
			return nil, err
		}
	}
	return &configuration{fields.Type, content}, nil
}

// isGoogle reports whether a URL is that of a host in the universe, over TLS, or
// of this machine.
func isGoogle(s, universe string) bool {
	u, err := url.Parse(s)
	if err != nil || u.User != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if isLoopback(host) {
		return u.Scheme == "http" || u.Scheme == "https"
	}
	return u.Scheme == "https" && strings.HasSuffix(host, "."+universe)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// WithCredentials returns the options with credentials as Terraform takes them:
// JSON, or the path of a file with it, in which ~ is the home directory.
func (o Options) WithCredentials(pathOrJSON string) Options {
	o.CredentialsFile, o.CredentialsJSON = "", ""
	if strings.HasPrefix(strings.TrimSpace(pathOrJSON), "{") {
		o.CredentialsJSON = pathOrJSON
		return o
	}
	o.CredentialsFile = pathOrJSON
	if rest, ok := strings.CutPrefix(pathOrJSON, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			o.CredentialsFile = filepath.Join(home, rest)
		}
	}
	return o
}
