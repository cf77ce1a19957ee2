package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/driftmgr/driftmgr/pkg/state/readonly"
)

// cluster is the API of a cluster, for the few kinds of objects that a state
// consists of.
type cluster struct {
	access access
	getenv func(string) string

	once   sync.Once
	base   *url.URL
	client *http.Client
	err    error
}

// open reads the configuration when the cluster is first needed.
func (c *cluster) open() error {
	c.once.Do(func() { c.err = c.connect() })
	return c.err
}

func (c *cluster) connect() error {
	config, err := c.config()
	if err != nil {
		return err
	}
	if c.base, _, err = rest.DefaultServerURL(config.Host, config.APIPath, schema.GroupVersion{}, config.CAData != nil || config.CAFile != "" || config.Insecure); err != nil {
		return &configError{"the address of the cluster is no URL", "check host, or server in the kubeconfig"}
	}
	if ip := net.ParseIP(c.base.Hostname()); c.base.Scheme != "https" && c.base.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return &configError{"the address of the cluster has no TLS", "write host, or server in the kubeconfig, with https://"}
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return &configError{"the certificates or credentials for the cluster cannot be used", "check them: kubectl get namespaces"}
	}
	c.client = &http.Client{Transport: readonly.Transport{Next: transport}, Timeout: config.Timeout, CheckRedirect: sameHost}
	return nil
}

// config completes a kubeconfig as Terraform does.
func (c *cluster) config() (*rest.Config, error) {
	a := c.access
	paths := a.Paths
	explicit := a.Host != "" // enough without a file
	if len(paths) == 0 && !a.InCluster && a.Usual && !explicit {
		paths = usualPaths(c.getenv)
	}
	config := &rest.Config{}
	switch {
	case a.InCluster, len(paths) == 0 && !explicit && c.getenv("KUBERNETES_SERVICE_HOST") != "":
		inCluster, err := rest.InClusterConfig()
		if err != nil {
			return nil, &configError{"driftmgr does not run in a cluster", "unset in_cluster_config (KUBE_IN_CLUSTER_CONFIG), and name a kubeconfig"}
		}
		config = inCluster
	case len(paths) > 0:
		loaded, err := c.load(paths)
		if err != nil {
			return nil, err
		}
		config = loaded
	case !explicit:
		return nil, &configError{"no kubeconfig was found", "set config_path, KUBE_CONFIG_PATH or KUBECONFIG to one"}
	}
	if a.Host != "" {
		config.Host = a.Host
	}
	if a.Username != "" {
		config.Username = a.Username
	}
	if a.Password != "" {
		config.Password = a.Password
	}
	if a.Token != "" {
		config.BearerToken, config.BearerTokenFile = a.Token, ""
	}
	if a.CA != "" {
		config.CAData, config.CAFile = []byte(a.CA), ""
	}
	if a.Cert != "" {
		config.CertData, config.CertFile = []byte(a.Cert), ""
	}
	if a.Key != "" {
		config.KeyData, config.KeyFile = []byte(a.Key), ""
	}
	if a.Insecure {
		config.Insecure, config.CAData, config.CAFile = true, nil, ""
	}
	if a.ProxyURL != "" && config.Proxy == nil {
		proxy, err := url.Parse(a.ProxyURL)
		if err != nil {
			return nil, &configError{"proxy_url is no URL", "correct it"}
		}
		config.Proxy = http.ProxyURL(proxy)
	}
	if a.Exec != nil && config.ExecProvider == nil {
		config.ExecProvider = a.Exec.config()
	}
	config.UserAgent = "driftmgr"
	return config, nil
}

func (e *exec) config() *api.ExecConfig {
	config := &api.ExecConfig{APIVersion: e.APIVersion, Command: e.Command, Args: e.Args, InteractiveMode: api.NeverExecInteractiveMode}
	for name, value := range e.Env {
		config.Env = append(config.Env, api.ExecEnvVar{Name: name, Value: value})
	}
	slices.SortFunc(config.Env, func(a, b api.ExecEnvVar) int { return strings.Compare(a.Name, b.Name) })
	return config
}

// load reads kubeconfig files.
func (c *cluster) load(paths []string) (*rest.Config, error) {
	a := c.access
	rules := &clientcmd.ClientConfigLoadingRules{}
	for _, path := range paths {
		rules.Precedence = append(rules.Precedence, expand(path, c.getenv))
	}
	if len(paths) == 1 {
		rules.ExplicitPath = rules.Precedence[0]
	}
	overrides := &clientcmd.ConfigOverrides{CurrentContext: a.Context}
	overrides.Context.AuthInfo, overrides.Context.Cluster = a.AuthInfo, a.Cluster
	if a.Exec != nil {
		overrides.AuthInfo.Exec = a.Exec.config()
	}
	overrides.ClusterDefaults.ProxyURL = a.ProxyURL
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, kubeconfigError(err, paths)
	}
	// Without a context of that name the library would look for the cluster
	// around, and a missing one of several files is no error to it.
	name := a.Context
	if name == "" {
		name = raw.CurrentContext
	}
	named, ok := raw.Contexts[name]
	switch {
	case len(raw.Clusters) == 0:
		return nil, &configError{"the kubeconfig " + strings.Join(paths, ", ") + " is empty or missing", "check config_path, KUBE_CONFIG_PATH and KUBECONFIG"}
	case !ok && name != "":
		return nil, &configError{fmt.Sprintf("the kubeconfig has no context %q", name), "list them: kubectl config get-contexts"}
	case !ok && a.Cluster == "":
		return nil, &configError{"the kubeconfig has no current context", "name one in config_context, KUBE_CTX or ?context="}
	case ok && a.AuthInfo == "" && named.AuthInfo != "" && raw.AuthInfos[named.AuthInfo] == nil:
		// The library would go on as nobody.
		return nil, &configError{fmt.Sprintf("the kubeconfig has no user %q, which its context names", named.AuthInfo), "list them: kubectl config get-users"}
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, kubeconfigError(err, paths)
	}
	return config, nil
}

func sameHost(req *http.Request, via []*http.Request) error {
	if from := via[0].URL; len(via) > 3 || req.URL.Host != from.Host || req.URL.Scheme != from.Scheme {
		return &configError{"the cluster redirects to another host, which gets no credentials", "check host, or server in the kubeconfig"}
	}
	return nil
}

const (
	tries = 4

	// maxAnswer bounds one answer: a secret has 1 MiB at most
	// (https://kubernetes.io/docs/concepts/configuration/secret/), a page of
	// metadata is smaller.
	maxAnswer = 16 << 20
)

// get decodes an object. Errors of the server are tried again; what remains of
// them is a *statusError.
func (c *cluster) get(ctx context.Context, path string, query url.Values, accept string, into any) error {
	if err := c.open(); err != nil {
		return err
	}
	target := c.base.JoinPath(path)
	target.RawQuery = query.Encode()
	pause := 100 * time.Millisecond
	for try := 1; ; try++ {
		err := c.getOnce(ctx, target.String(), accept, into)
		var status *statusError
		if !errors.As(err, &status) || status.code != http.StatusTooManyRequests && status.code < 500 || try == tries {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		pause *= 2
	}
}

func (c *cluster) getOnce(ctx context.Context, target, accept string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", accept)
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body := io.LimitReader(resp.Body, maxAnswer)
	if resp.StatusCode != http.StatusOK {
		return &statusError{resp.StatusCode}
	}
	if err := json.NewDecoder(body).Decode(into); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errAnswer
	}
	return nil
}

var errAnswer = errors.New("the answer of the cluster is cut off or not JSON")

// statusError is an answer other than 200 (OK). What the server says is not kept.
type statusError struct{ code int }

func (e *statusError) Error() string { return fmt.Sprintf("the cluster answers with HTTP %d", e.code) }

// configError says what is wrong with the configuration.
type configError struct{ problem, remedy string }

func (e *configError) Error() string { return e.problem + "; " + e.remedy }
