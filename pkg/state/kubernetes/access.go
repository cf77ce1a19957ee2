package kubernetes

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// access says how a cluster is reached, in the words of Terraform's backend
// (https://developer.hashicorp.com/terraform/language/backend/kubernetes).
type access struct {
	InCluster                  bool
	Paths                      []string // kubeconfig files
	Usual                      bool     // without anything else: kubectl's own files, or the cluster around
	Context, AuthInfo, Cluster string
	Host, ProxyURL             string
	Username, Password, Token  string
	CA, Cert, Key              string // PEM
	Insecure                   bool
	Exec                       *exec
}

// exec is a program that gets credentials.
type exec struct {
	APIVersion, Command string
	Args                []string
	Env                 map[string]string
}

// key tells accesses apart.
func (a access) key() string {
	e := exec{}
	if a.Exec != nil {
		e, a.Exec = *a.Exec, nil
	}
	return fmt.Sprintf("%#v %#v", a, e)
}

// accessOf returns how the cluster of a reference is reached.
func (b *backend) accessOf(p place) access {
	a := fromEnv(b.options.Getenv)
	switch {
	case p.configPath != "":
		a.Paths, a.InCluster = []string{p.configPath}, false
	case len(b.options.ConfigPaths) > 0:
		// The environment's hosts and tokens belong to other clusters.
		a = access{Paths: b.options.ConfigPaths}
	}
	a.Usual = true
	a.Context = cmp.Or(p.context, b.options.Context, a.Context)
	a.Host = cmp.Or(p.host, a.Host)
	return a
}

// fromEnv returns what the environment says.
func fromEnv(getenv func(string) string) access {
	is := func(name string) bool {
		v := strings.ToLower(getenv(name))
		return v == "1" || v == "true" || v == "t"
	}
	a := access{
		InCluster: is("KUBE_IN_CLUSTER_CONFIG"), Insecure: is("KUBE_INSECURE"),
		Context: getenv("KUBE_CTX"), AuthInfo: getenv("KUBE_CTX_AUTH_INFO"), Cluster: getenv("KUBE_CTX_CLUSTER"),
		Host: getenv("KUBE_HOST"), ProxyURL: getenv("KUBE_PROXY_URL"),
		Username: getenv("KUBE_USER"), Password: getenv("KUBE_PASSWORD"), Token: getenv("KUBE_TOKEN"),
		CA: getenv("KUBE_CLUSTER_CA_CERT_DATA"), Cert: getenv("KUBE_CLIENT_CERT_DATA"), Key: getenv("KUBE_CLIENT_KEY_DATA"),
	}
	if path := getenv("KUBE_CONFIG_PATH"); path != "" {
		a.Paths = []string{path}
	} else if paths := getenv("KUBE_CONFIG_PATHS"); paths != "" {
		a.Paths = filepath.SplitList(paths)
	}
	return a
}

// usualPaths are kubectl's.
func usualPaths(getenv func(string) string) []string {
	if paths := getenv("KUBECONFIG"); paths != "" {
		return filepath.SplitList(paths)
	}
	path := expand("~/.kube/config", getenv)
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	return []string{path}
}

// expand replaces a ~ at the beginning by the home directory.
func expand(path string, getenv func(string) string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home := cmp.Or(getenv("HOME"), getenv("USERPROFILE")); home != "" {
			return filepath.Join(home, path[1:])
		}
	}
	return path
}
