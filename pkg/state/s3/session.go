package s3

import (
	"context"
	"crypto/md5" //nolint:gosec // S3 wants the key's MD5 as a checksum
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/net/http/httpproxy"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// settings are what a reference or a block says of how states are reached. Empty
// is what it does not say.
type settings struct {
	Identity identity

	Region, Endpoint, TableEndpoint string

	// Block says that the settings are a block's: its path style is meant as it is.
	// References to a store with an endpoint of its own are path-style always.
	Block, PathStyle bool

	CABundle, HTTPProxy, HTTPSProxy, NoProxy string
	Insecure, FIPS, DualStack                bool
	Attempts                                 int
	RetryMode                                string

	// SSEKey is the customer's key that objects are encrypted with (SSE-C), 32 bytes
	// in base64.
	SSEKey string
}

// Format implements fmt.Formatter, so that no verb shows a key.
func (settings) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "settings") }

// identity is who the states are read as, and where its credentials come from.
type identity struct {
	Profile, RoleARN              string
	AccessKey, SecretKey, Token   string
	ConfigFiles, CredentialsFiles []string
	Roles                         []awsauth.Role // assumed one after the other

	STSEndpoint, STSRegion, SSOEndpoint string
	MetadataEndpoint, MetadataMode      string
	NoMetadata                          bool
}

// named reports whether it is anyone.
func (i identity) named() bool {
	return i.Profile != "" || i.AccessKey != "" || i.RoleARN != "" || len(i.Roles) > 0 || len(i.ConfigFiles) > 0 || len(i.CredentialsFiles) > 0
}

// auth returns the identity to read with, before its Roles are assumed.
func (s settings) auth(o Options) awsauth.Options {
	auth, who := o.Auth, s.Identity
	if s.Region != "" {
		auth.Region = s.Region
	}
	switch {
	case !who.named():
		return auth
	case s.Block, who.Profile != "":
		auth = awsauth.Options{Region: auth.Region, Endpoint: auth.Endpoint, HTTP: auth.HTTP, SDK: auth.SDK, Profile: who.Profile}
	}
	if who.RoleARN != "" {
		auth.UseIAMRole, auth.RoleARN = true, who.RoleARN
	}
	if who.AccessKey != "" {
		auth.Static, auth.Profile = &awsauth.Static{KeyID: who.AccessKey, Secret: who.SecretKey, Token: who.Token}, ""
	}
	if len(who.Roles) > 0 && (who.Roles[0].WebIdentityToken != "" || who.Roles[0].WebIdentityTokenFile != "") {
		// The token is who it is: nothing of the chain is asked.
		auth.Profile, auth.Static = "", nil
		auth.SDK = append(auth.SDK[:len(auth.SDK):len(auth.SDK)], config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	return auth
}

// session is what the sources with the same settings share.
type session struct {
	options Options
	set     settings

	mu      sync.Mutex
	loaded  *clients
	buckets map[string]*bucket
}

// clients are those of a session: nothing but reads (readOnly).
type clients struct {
	s3       *s3.Client
	dynamodb *dynamodb.Client
	region   string
}

// attempts is how often a request is made that fails for a passing reason, as often
// as Terraform makes it.
const attempts = 6

// fallbackRegion is asked where a bucket is when nothing says a region.
const fallbackRegion = "us-east-1"

// clients returns the session's clients, which are made once: at the first request,
// so that a reference alone reads no file. The identity is fetched by the requests.
func (s *session) clients(ctx context.Context) (*clients, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loaded != nil {
		return s.loaded, nil
	}
	auth := s.set.auth(s.options)
	load, err := s.set.load()
	if err != nil {
		return nil, err
	}
	auth.SDK = append(load, auth.SDK...)
	if auth.HTTP == nil {
		if auth.HTTP, err = s.set.client(); err != nil {
			return nil, err
		}
	}
	cfg, err := awsauth.Load(ctx, auth)
	if err != nil {
		return nil, err
	}
	for _, role := range s.set.Identity.Roles {
		cfg = awsauth.AssumeRole(cfg, role)
	}
	if cfg.Region == "" {
		cfg.Region = fallbackRegion
	}
	if s.set.Attempts > 0 {
		cfg.RetryMaxAttempts = s.set.Attempts
	} else if cfg.RetryMaxAttempts == 0 {
		cfg.RetryMaxAttempts = attempts
	}
	// What fetches credentials is built: from here on there are only reads.
	cfg.APIOptions = append(cfg.APIOptions, readOnly)
	s.loaded = &clients{
		region: cfg.Region,
		s3: s3.NewFromConfig(cfg, func(o *s3.Options) {
			if s.set.Endpoint != "" {
				o.BaseEndpoint = aws.String(s.set.Endpoint)
			}
			o.UsePathStyle = s.set.PathStyle || !s.set.Block && o.BaseEndpoint != nil
			o.HTTPClient = awsauth.Direct(o.HTTPClient)
			o.Retryer = persistent(o.Retryer)
		}),
		dynamodb: dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
			if s.set.TableEndpoint != "" {
				o.BaseEndpoint = aws.String(s.set.TableEndpoint)
			}
			o.HTTPClient = awsauth.Direct(o.HTTPClient)
			o.Retryer = persistent(o.Retryer)
		}),
	}
	if endpoint := aws.ToString(s.loaded.s3.Options().BaseEndpoint); s.set.SSEKey != "" && !confidential(endpoint) {
		s.loaded = nil
		return nil, blockError{"has a key of your own (SSE-C), and an endpoint that would get it in clear text", "write the endpoint with https://"}
	}
	return s.loaded, nil
}

// confidential reports whether nobody between here and an endpoint can listen.
// AWS's own, which is empty, speaks TLS.
func confidential(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" {
		return err == nil
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// load returns the settings that are the SDK's own.
func (s settings) load() ([]func(*config.LoadOptions) error, error) {
	var load []func(*config.LoadOptions) error
	who := s.Identity
	if len(who.ConfigFiles) > 0 {
		load = append(load, config.WithSharedConfigFiles(who.ConfigFiles))
	}
	if len(who.CredentialsFiles) > 0 {
		load = append(load, config.WithSharedCredentialsFiles(who.CredentialsFiles))
	}
	if who.NoMetadata {
		load = append(load, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	if who.MetadataEndpoint != "" {
		load = append(load, config.WithEC2IMDSEndpoint(who.MetadataEndpoint))
	}
	if who.MetadataMode != "" {
		var mode imds.EndpointModeState
		if err := mode.SetFromString(who.MetadataMode); err != nil {
			return nil, blockError{"ec2_metadata_service_endpoint_mode is neither IPv4 nor IPv6", "correct it"}
		}
		load = append(load, config.WithEC2IMDSEndpointMode(mode))
	}
	if s.FIPS {
		load = append(load, config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	if s.DualStack {
		load = append(load, config.WithUseDualStackEndpoint(aws.DualStackEndpointStateEnabled))
	}
	if s.RetryMode != "" {
		mode, err := aws.ParseRetryMode(s.RetryMode)
		if err != nil {
			return nil, blockError{"retry_mode is neither standard nor adaptive", "correct it"}
		}
		load = append(load, config.WithRetryMode(mode))
	}
	if who.SSOEndpoint != "" || who.STSEndpoint != "" || who.STSRegion != "" {
		load = append(load, config.WithServiceOptions(who.service))
	}
	return load, nil
}

// idleConnections is how many connections are kept for the next states: as many as
// are read at once.
const idleConnections = 64

// client returns the HTTP client that the settings ask for.
func (s settings) client() (aws.HTTPClient, error) {
	var authorities *x509.CertPool
	if s.CABundle != "" {
		authorities = x509.NewCertPool()
		pem, err := os.ReadFile(s.CABundle)
		if err != nil || !authorities.AppendCertsFromPEM(pem) {
			return nil, blockError{"its custom_ca_bundle " + s.CABundle + " holds no certificates that could be read", "name a file in PEM format"}
		}
	}
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = idleConnections
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.TLSClientConfig.RootCAs = authorities
		t.TLSClientConfig.InsecureSkipVerify = s.Insecure
		if s.HTTPProxy != "" || s.HTTPSProxy != "" || s.NoProxy != "" {
			t.Proxy = s.proxy()
		}
	}), nil
}

// proxy returns the proxies of the settings, and the environment's where they name
// none. As in Terraform, http_proxy counts for both where it stands alone.
func (s settings) proxy() func(*http.Request) (*url.URL, error) {
	proxies := httpproxy.FromEnvironment()
	if s.HTTPProxy != "" {
		proxies.HTTPProxy = s.HTTPProxy
		proxies.HTTPSProxy = s.HTTPProxy
	}
	if s.HTTPSProxy != "" {
		proxies.HTTPSProxy = s.HTTPSProxy
	}
	if s.NoProxy != "" {
		proxies.NoProxy = s.NoProxy
	}
	proxy := proxies.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }
}

// persistent is a retryer that asks again whatever may pass, and nothing else.
func persistent(r aws.Retryer) aws.Retryer {
	if v2, ok := r.(aws.RetryerV2); ok {
		return retryer{v2}
	}
	return r
}

type retryer struct{ aws.RetryerV2 }

func (r retryer) IsErrorRetryable(err error) bool {
	return !awsauth.Permanent(err) && r.RetryerV2.IsErrorRetryable(err)
}

// sseKey returns the customer's key of a block, or of the environment, checked. Its
// error does not repeat it.
func sseKey(given, name string) (string, error) {
	from := "sse_customer_key"
	if given == "" {
		given, from = os.Getenv("AWS_SSE_CUSTOMER_KEY"), "AWS_SSE_CUSTOMER_KEY"
	}
	if given == "" {
		return "", nil
	}
	if key, err := base64.StdEncoding.DecodeString(given); err != nil || len(key) != 32 {
		return "", &state.Error{Source: name, Problem: from + " is no key", Remedy: "set it to 32 bytes in base64: 44 characters"}
	}
	return given, nil
}

// md5Of is the checksum that goes with a customer's key.
func md5Of(key string) string {
	raw, _ := base64.StdEncoding.DecodeString(key) // sseKey has checked it
	sum := md5.Sum(raw)                            //nolint:gosec // a checksum, and S3's choice
	return base64.StdEncoding.EncodeToString(sum[:])
}

// blockError is what is wrong with a setting of a block.
type blockError struct{ problem, remedy string }

func (e blockError) Error() string { return fmt.Sprintf("%s; %s", e.problem, e.remedy) }

// service changes the clients that fetch credentials.
func (i identity) service(_ string, options any) {
	switch o := options.(type) {
	case *sts.Options:
		if i.STSEndpoint != "" {
			o.BaseEndpoint = aws.String(i.STSEndpoint)
		}
		if i.STSRegion != "" {
			o.Region = i.STSRegion
		}
	case *sso.Options:
		if i.SSOEndpoint != "" {
			o.BaseEndpoint = aws.String(i.SSOEndpoint)
		}
	}
}
