package gcs

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/option"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/readonly"
)

// conn is a client that sources share: one for each endpoint and credentials.
type conn struct {
	auth      gcpauth.Options
	endpoint  string // empty: Google's own
	anonymous bool

	once   sync.Once
	client *storage.Client
	err    error
}

// connKey tells conns apart.
type connKey struct {
	file, json, token, account, delegates, endpoint string
	workload                                        bool
}

// conn returns the client for an endpoint; where that is empty, for the
// environment's, and else for Google's own. source is for the error.
func (b *backend) conn(source string, auth gcpauth.Options, endpoint string) (*conn, error) {
	getenv := b.options.Getenv
	anonymous := false
	if endpoint == "" {
		endpoint = cmp.Or(getenv("GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT"), getenv("GOOGLE_STORAGE_CUSTOM_ENDPOINT"))
		if endpoint != "" {
			var err error
			if endpoint, err = parseEndpoint(source, endpoint); err != nil {
				return nil, err
			}
		}
	}
	if emulator := getenv("STORAGE_EMULATOR_HOST"); endpoint == "" && emulator != "" {
		anonymous, endpoint = true, strings.TrimSuffix(emulator, "/")
		if !strings.Contains(endpoint, "://") {
			endpoint = "http://" + endpoint
		}
	}
	key := connKey{
		file: cmp.Or(auth.WorkloadIdentityFile, auth.CredentialsFile), json: auth.CredentialsJSON, token: auth.AccessToken, workload: auth.UseWorkloadIdentity,
		account: auth.ImpersonateServiceAccount, delegates: strings.Join(auth.Delegates, " "), endpoint: endpoint,
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.conns[key]
	if c == nil {
		c = &conn{auth: auth, endpoint: endpoint, anonymous: anonymous}
		b.conns[key] = c
	}
	return c, nil
}

// open returns the client. It is made when it is first needed: looking for the
// credentials may take a while.
func (c *conn) open(ctx context.Context) (*storage.Client, error) {
	c.once.Do(func() { c.client, c.err = c.connect(context.WithoutCancel(ctx)) })
	return c.client, c.err
}

func (c *conn) connect(ctx context.Context) (*storage.Client, error) {
	client := &http.Client{Transport: http.DefaultTransport, CheckRedirect: stay}
	if c.anonymous {
		if c.auth.HTTP != nil && c.auth.HTTP.Transport != nil {
			client.Transport = c.auth.HTTP.Transport
		}
	} else {
		var err error
		if client, err = gcpauth.Client(c.auth); err != nil {
			return nil, err
		}
	}
	client.Transport = readonly.Transport{Next: budgeted{client.Transport}}
	opts := []option.ClientOption{option.WithHTTPClient(client), option.WithoutAuthentication(), storage.WithJSONReads(), storage.WithDisabledClientMetrics()}
	switch {
	case c.endpoint != "":
		opts = append(opts, option.WithEndpoint(baseURL(c.endpoint)))
	case c.auth.UniverseDomain != "":
		opts = append(opts, option.WithEndpoint("https://storage."+c.auth.UniverseDomain+apiPath))
	}
	s, err := storage.NewClient(ctx, opts...)
	if err != nil {
		return nil, err
	}
	s.SetRetry(storage.WithMaxAttempts(tries), storage.WithBackoff(gax.Backoff{Initial: 100 * time.Millisecond, Max: 5 * time.Second, Multiplier: 2}))
	return s, nil
}

// tries is how often one request is made before its failure is told.
const tries = 4

// stay follows no redirect: a customer's encryption key would go with it.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// budgeted lets through as many of the requests that belong to one opening as its
// budget allows.
type budgeted struct{ next http.RoundTripper }

func (t budgeted) RoundTrip(r *http.Request) (*http.Response, error) {
	if b, ok := r.Context().Value(budgetKey{}).(*atomic.Int32); ok && b.Add(-1) < 0 {
		return nil, errBudget
	}
	return t.next.RoundTrip(r)
}

// budgetKey is the context's key of how many requests one opening may still make.
// The library resumes a download that broke off, as often as it breaks off.
type budgetKey struct{}

func withBudget(ctx context.Context) context.Context {
	var b atomic.Int32
	b.Store(3 * tries)
	return context.WithValue(ctx, budgetKey{}, &b)
}

var errBudget error = &state.Error{Problem: "broke off again and again", Remedy: "check the network and the proxy between"}
