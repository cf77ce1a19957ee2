package kubernetes

import (
	"cmp"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// place is what a reference names.
type place struct {
	namespace string
	suffix    string // of the secret's name, or a pattern
	workspace string // or a pattern; empty stands for default, in a pattern for all

	// What the reference or the block says of the cluster.
	configPath, context, host string
}

// String is the canonical reference.
func (p place) String() string {
	var params []string
	workspace := p.workspace
	if workspace == defaultWorkspace {
		workspace = ""
	}
	for _, param := range []struct{ name, value string }{
		{"config_path", p.configPath}, {"context", p.context}, {"host", p.host}, {"workspace", workspace},
	} {
		if param.value != "" {
			params = append(params, param.name+"="+escape.Replace(url.QueryEscape(param.value)))
		}
	}
	s := scheme + "://" + p.namespace + "/" + p.suffix
	if len(params) > 0 {
		s += "?" + strings.Join(params, "&")
	}
	return s
}

// escape leaves what paths and contexts consist of as it is.
var escape = strings.NewReplacer("%2F", "/", "%3A", ":", "%40", "@", "%7E", "~", "%2A", "*") //nolint:gochecknoglobals // never changed

const defaultWorkspace = "default"

// secret is the name of the n-th of the secrets that a state is cut into
// (https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/kubernetes/client.go).
func (p place) secret(n int) string {
	name := "tfstate-" + cmp.Or(p.workspace, defaultWorkspace) + "-" + p.suffix
	if n > 0 {
		name += "-part-" + strconv.Itoa(n)
	}
	return name
}

// lease is the name of the lease that locks the state.
func (p place) lease() string { return "lock-" + p.secret(0) }

// subdomain is what names in Kubernetes are
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).
var subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// check refuses names that no secret can have: they become parts of a URL.
func (p place) check(source string) error {
	switch {
	case !isName(p.namespace):
		return &state.Error{Source: source, Problem: "has no valid namespace", Remedy: "write kubernetes://NAMESPACE/SECRET_SUFFIX"}
	case p.suffix == "":
		return &state.Error{Source: source, Problem: "names no secret", Remedy: "write kubernetes://NAMESPACE/SECRET_SUFFIX, or kubernetes://NAMESPACE/* for all of them"}
	case strings.Contains(p.host, "@"):
		return &state.Error{Source: source, Problem: "has a host with a user or a password", Remedy: "leave them out, and use a kubeconfig, KUBE_TOKEN, or KUBE_USER and KUBE_PASSWORD"}
	case state.IsPattern(p.suffix) || state.IsPattern(p.workspace):
		return nil
	case !isName(p.secret(0)):
		return &state.Error{Source: source, Problem: "would be in a secret named " + strconv.Quote(p.secret(0)) + ", which cannot be", Remedy: "name the suffix of the secret only, in lower case, and check the workspace"}
	}
	return nil
}

func isName(s string) bool { return len(s) <= 253 && subdomain.MatchString(s) }

// parseReference reads a reference. Its errors show no parameter: it may be a
// secret.
func parseReference(ref string) (place, error) {
	_, rest, _ := strings.Cut(ref, "://")
	ref = state.Masked(ref)
	rest, query, _ := strings.Cut(rest, "?")
	var p place
	p.namespace, p.suffix, _ = strings.Cut(rest, "/")
	values, err := url.ParseQuery(query)
	if err != nil {
		return place{}, &state.Error{Source: ref, Problem: "has parameters that cannot be read", Remedy: "write a % in them as %25, a & as %26"}
	}
	for name, given := range values {
		value := given[len(given)-1]
		switch name {
		case "workspace":
			p.workspace = value
		case "context":
			p.context = value
		case "config_path":
			p.configPath = value
		case "host":
			p.host = value
		default:
			return place{}, &state.Error{Source: ref, Problem: "has a parameter " + strconv.Quote(name), Remedy: "use workspace, context, config_path or host"}
		}
	}
	return p, p.check(ref)
}
