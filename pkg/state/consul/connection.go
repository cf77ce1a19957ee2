package consul

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/consul/api"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-retryablehttp"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/readonly"
)

// connection is how Consul is reached. It is comparable: one client serves all
// that is read in the same way.
type connection struct {
	scheme  string // http, https
	address string // HOST or HOST:PORT; empty where there is a socket
	socket  string // a file
	prefix  string // of the path of every request: /consul

	datacenter, namespace, partition string

	token, auth               string // secrets; auth is USER:PASSWORD
	caFile, certFile, keyFile string
}

// fromEnvironment is what Consul's own variables say.
func fromEnvironment() connection {
	env := environment()
	c := connection{
		scheme:    env.Scheme,
		namespace: env.Namespace, partition: env.Partition,
		token:  env.Token,
		caFile: env.TLSConfig.CAFile, certFile: env.TLSConfig.CertFile, keyFile: env.TLSConfig.KeyFile,
	}
	if env.HttpAuth != nil {
		c.auth = env.HttpAuth.Username + ":" + env.HttpAuth.Password
	}
	return c.at(env.Address)
}

func environment() *api.Config { return api.DefaultConfigWithLogger(hclog.NewNullLogger()) }

// isAt reports whether it leads to a host, HOST or HOST:PORT.
func (c connection) isAt(host string) bool {
	name, _, err := net.SplitHostPort(c.address)
	return strings.EqualFold(host, c.address) || err == nil && strings.EqualFold(host, name)
}

// at is the connection to another address, which may be a URL.
func (c connection) at(address string) connection {
	c.address, c.socket, c.prefix = address, "", ""
	kind, rest, ok := strings.Cut(address, "://")
	if !ok {
		return c
	}
	switch kind {
	case "unix":
		c.address, c.socket = "", rest
	case "https":
		c.scheme = kind
		fallthrough
	case "http": // does not take back what asks for TLS
		host, path, hasPath := strings.Cut(rest, "/")
		c.address = host
		if path = strings.TrimRight(path, "/"); hasPath && path != "" {
			c.prefix = "/" + path
		}
	}
	return c
}

// check finds what no connection can be made with. source is what an error is
// about.
func (c connection) check(source string) error {
	switch {
	case c.scheme != "http" && c.scheme != "https":
		return &state.Error{Source: source, Problem: "the scheme to talk to Consul with is neither http nor https", Remedy: "set it to one of them"}
	case c.socket == "" && !validHost(c.address):
		return &state.Error{Source: source, Problem: "Consul's address is none", Remedy: "write it as HOST:PORT in the reference, as address or as CONSUL_HTTP_ADDR, without user and password"}
	case !isSwitch(api.HTTPSSLEnvName) || !isSwitch(api.HTTPSSLVerifyEnvName): // which would leave out TLS or its checks
		return &state.Error{Source: source, Problem: api.HTTPSSLEnvName + " or " + api.HTTPSSLVerifyEnvName + " is neither true nor false", Remedy: "set it to one of them"}
	case c.prefix != "" && !strings.HasPrefix(c.prefix, "/"):
		return &state.Error{Source: source, Problem: "the prefix of Consul's paths does not begin with /", Remedy: "write it as prefix=/PATH"}
	}
	return nil
}

// isSwitch reports whether a variable is a switch, or not set.
func isSwitch(name string) bool {
	v := os.Getenv(name)
	_, err := strconv.ParseBool(v)
	return v == "" || err == nil
}

// anonymous reports whether requests carry no token.
func (c connection) anonymous() bool {
	return c.token == "" && os.Getenv(api.HTTPTokenFileEnvName) == ""
}

// name is the canonical reference of a key that is written with escapes.
func (c connection) name(key string) string {
	var parameters []string
	for _, p := range []struct{ name, value string }{
		{"dc", c.datacenter}, {"ns", c.namespace}, {"partition", c.partition}, {"prefix", c.prefix}, {"scheme", c.scheme}, {"socket", c.socket},
	} {
		if p.value != "" && (p.name != "scheme" || p.value != "http") {
			parameters = append(parameters, p.name+"="+strings.ReplaceAll(url.QueryEscape(p.value), "%2F", "/"))
		}
	}
	name := scheme + "://" + strings.ToLower(c.address) + "/" + key
	if len(parameters) > 0 {
		name += "?" + strings.Join(parameters, "&")
	}
	return name
}

// headerTimeout is how long an agent may take to answer.
const headerTimeout = time.Minute

// client makes one that can only read. source is what an error is about.
func (c connection) client(source string, wait time.Duration) (*api.Client, error) {
	config := environment()
	config.Scheme, config.Address, config.PathPrefix = c.scheme, c.address, c.prefix
	config.Datacenter, config.Namespace, config.Partition = c.datacenter, c.namespace, c.partition
	config.Token = c.token
	config.TLSConfig.CAFile, config.TLSConfig.CertFile, config.TLSConfig.KeyFile = c.caFile, c.certFile, c.keyFile
	if user, password, _ := strings.Cut(c.auth, ":"); user != "" {
		config.HttpAuth = &api.HttpBasicAuth{Username: user, Password: password}
	}
	config.Transport.ResponseHeaderTimeout = headerTimeout
	if c.socket != "" {
		config.Address = "localhost"
		config.Transport.Proxy = nil
		config.Transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", c.socket)
		}
	}
	fail := func(problem string) error {
		return &state.Error{Source: source, Problem: problem, Remedy: "check ca_file, cert_file and key_file, or CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY and CONSUL_HTTP_TOKEN_FILE"}
	}
	for _, file := range []string{c.caFile, c.certFile, c.keyFile, os.Getenv(api.HTTPTokenFileEnvName)} {
		if file == "" {
			continue
		}
		if _, err := os.ReadFile(file); err != nil { //nolint:gosec // files that the user names
			return nil, fail(file + " cannot be read")
		}
	}
	plain, err := api.NewHttpClient(config.Transport, config.TLSConfig)
	if err != nil {
		return nil, fail("the certificates to talk to Consul with cannot be used")
	}
	plain.Transport = readonly.Transport{Next: plain.Transport}
	plain.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		return &refusal{"redirects to " + req.URL.Host + ", which was not followed", "if Consul is there, name that address"}
	}
	config.HttpClient = &http.Client{Transport: &retryablehttp.RoundTripper{Client: &retryablehttp.Client{
		HTTPClient:   plain,
		RetryMax:     2,
		RetryWaitMin: wait,
		RetryWaitMax: 8 * wait,
		CheckRetry:   checkRetry,
		Backoff: func(least, most time.Duration, attempt int, resp *http.Response) time.Duration {
			return min(retryablehttp.DefaultBackoff(least, most, attempt, resp), most)
		},
		ErrorHandler: lastAnswer,
	}}}
	client, err := api.NewClient(config)
	if err != nil {
		return nil, fail("the client of Consul cannot be made")
	}
	return client, nil
}

// lastAnswer is what the last attempt brought.
func lastAnswer(resp *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil && resp != nil { // a redirect that was not followed
		_ = resp.Body.Close()
		resp = nil
	}
	return resp, err
}

// checkRetry is the default policy for answers. Where there is none, only what
// broke off is asked again.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if err != nil {
		return ctx.Err() == nil && brokenOff(err), nil
	}
	return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
}

// refusal is a redirect that is not followed.
type refusal struct{ problem, remedy string }

func (r *refusal) Error() string { return r.problem }
