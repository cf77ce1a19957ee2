package azurerm

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// reference is what azurerm://ACCOUNT/CONTAINER/KEY?QUERY says.
type reference struct {
	scheme                  string // as typed: azurerm://
	account, container, key string
	query                   string // as typed, with its ?

	endpoint, snapshot, version string
}

// String is the reference as it was typed.
func (r reference) String() string { return r.with(r.key) }

// with is the reference to another key at the same place.
func (r reference) with(key string) string {
	return r.scheme + r.account + "/" + r.container + "/" + key + r.query
}

const usage = "write azurerm://ACCOUNT/CONTAINER/KEY"

func parseReference(ref string) (reference, error) {
	r := reference{scheme: ref[:min(len(ref), len(scheme+"://"))]}
	rest := ref[len(r.scheme):]
	shown := ref
	// A query has an =, which a pattern's ? does not: what follows it may be secret.
	if before, query, ok := strings.Cut(rest, "?"); ok && strings.Contains(query, "=") {
		for isPatternStart(query) { // the pattern's own ? come first
			more, after, _ := strings.Cut(query, "?")
			before, query = before+"?"+more, after
		}
		rest, r.query = before, "?"+query
		shown = r.scheme + rest
		if err := r.parseQuery(shown, query); err != nil {
			return reference{}, err
		}
	}
	bad := func(problem, remedy string) (reference, error) {
		return reference{}, &state.Error{Source: shown, Problem: problem, Remedy: remedy}
	}
	var ok bool
	r.account, rest, _ = strings.Cut(rest, "/")
	r.container, r.key, ok = strings.Cut(rest, "/")
	switch {
	case !strings.EqualFold(r.scheme, scheme+"://"):
		return bad("is not a reference to Azure Blob Storage", usage)
	case state.IsPattern(r.account) || state.IsPattern(r.container):
		return bad("has a wildcard in the account or the container", "use wildcards in the key only, and one reference for each container")
	case strings.Contains(r.account, "."):
		return bad("names a host instead of an account", usage+"?endpoint=https://"+r.account)
	case !isAccount(r.account):
		return bad("has no storage account's name: 3 to 24 lower-case letters and digits", usage)
	case !isContainer(r.container):
		return bad("has no container's name: 3 to 63 lower-case letters, digits and hyphens", usage)
	case !ok || r.key == "":
		return bad("names no blob", usage)
	case state.IsPattern(r.key) && (r.snapshot != "" || r.version != ""):
		return bad("asks for a snapshot or version of a pattern", "name one state")
	}
	return r, nil
}

// isPatternStart reports whether another query begins further on.
func isPatternStart(query string) bool {
	before, after, ok := strings.Cut(query, "?")
	return ok && !strings.Contains(before, "=") && strings.Contains(after, "=")
}

// parseQuery takes the query apart. shown is the reference without it.
func (r *reference) parseQuery(shown, query string) error {
	bad := func(problem, remedy string) error {
		return &state.Error{Source: shown, Problem: problem, Remedy: remedy}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return bad("has a query that is none", "write a % in it as %25, a + as %2B")
	}
	for name, value := range values {
		switch name {
		case "endpoint", "snapshot", "version_id":
			if len(value) > 1 || value[0] == "" {
				return bad("has no one value for "+name, "give it once")
			}
		case "sig", "sv", "se", "sp":
			return bad("has a SAS token in it", "take it out and set ARM_SAS_TOKEN")
		default:
			return bad("has a parameter that is not known", "use endpoint, snapshot or version_id")
		}
	}
	r.snapshot, r.version = values.Get("snapshot"), values.Get("version_id")
	if r.snapshot != "" && r.version != "" {
		return bad("asks for a snapshot and for a version", "keep one of them")
	}
	if raw := values.Get("endpoint"); raw != "" {
		if r.endpoint, err = parseEndpoint(raw); err != nil {
			return bad("has an endpoint that is not one: "+err.Error(), "write ?endpoint=https://HOST, for Azurite with /ACCOUNT")
		}
	}
	return nil
}

// endpointError is what is wrong with an endpoint; it does not repeat it.
type endpointError string

func (e endpointError) Error() string { return string(e) }

// parseEndpoint returns a blob endpoint without a slash at its end.
func parseEndpoint(raw string) (string, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", endpointError("it is no http or https URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", endpointError("it has more than a host and a path")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return "", endpointError("states would be sent in plain text")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// isAccount and isContainer check names as
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftstorage
// says; $web and $root are containers, too.
func isAccount(name string) bool { return regexp.MustCompile(`^[a-z0-9]{3,24}$`).MatchString(name) }

func isContainer(name string) bool {
	return name == "$root" || name == "$web" || regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){2,62}$`).MatchString(name)
}

// endpointIn returns the account's blob endpoint, in that cloud where the reference
// does not name one.
func (r reference) endpointIn(c azureauth.Cloud) string {
	if r.endpoint != "" {
		return r.endpoint
	}
	return defaultEndpoint(r.account, c)
}

func defaultEndpoint(account string, c azureauth.Cloud) string {
	return "https://" + account + ".blob." + c.Storage
}

// cloudOf returns the cloud that an endpoint is in: the given one, unless its host
// is another's.
func cloudOf(endpoint string, base azureauth.Cloud) azureauth.Cloud {
	u, err := url.Parse(endpoint)
	if err != nil || strings.HasSuffix(u.Hostname(), "."+base.Storage) {
		return base
	}
	for _, c := range azureauth.Clouds() {
		if strings.HasSuffix(u.Hostname(), "."+c.Storage) {
			return c
		}
	}
	return base
}
