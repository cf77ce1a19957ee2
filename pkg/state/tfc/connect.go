package tfc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/hashicorp/go-tfe"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// account is whom a connection is for.
type account struct{ host, token string }

// conn is a host's API as one account sees it.
type conn struct {
	host string
	from string // where the token is from
	api  *tfe.Client
	base *url.URL // of the API; the token goes to its host alone

	token string
	rt    http.RoundTripper
}

// pool keeps one connection per account.
type pool struct {
	mu sync.Mutex
	by map[account]*dial
}

// dial is a connection that is being made, or has been.
type dial struct {
	done chan struct{} // closed when conn and err are set
	conn *conn
	err  error
}

// connect returns the connection to the host of a source. Those that ask at the
// same time share one attempt; one that failed is not kept.
func (b *backend) connect(ctx context.Context, name, host, blockToken string) (*conn, error) {
	c, err := b.credential(name, host, blockToken)
	if err != nil {
		return nil, err
	}
	key := account{host, c.token}
	for {
		b.conns.mu.Lock()
		d, underWay := b.conns.by[key]
		if !underWay {
			d = &dial{done: make(chan struct{})}
			b.conns.by[key] = d
		}
		b.conns.mu.Unlock()
		if !underWay {
			if d.conn, d.err = b.dial(ctx, host, c); d.err != nil {
				b.conns.mu.Lock()
				delete(b.conns.by, key)
				b.conns.mu.Unlock()
			}
			close(d.done)
		}
		select {
		case <-d.done:
		case <-ctx.Done():
			return nil, fail(name, host, ctx.Err(), 0)
		}
		switch {
		case d.err == nil:
			return d.conn, nil
		case underWay && ended(d.err) && ctx.Err() == nil:
			continue // it was the other's context that ended
		}
		var e *state.Error
		if errors.As(d.err, &e) {
			return nil, &state.Error{Source: name, Problem: e.Problem, Remedy: e.Remedy, Err: e.Err}
		}
		return nil, fail(name, host, d.err, 0)
	}
}

func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func (b *backend) dial(ctx context.Context, host string, c credential) (*conn, error) {
	base, err := b.discover(ctx, host)
	if err != nil {
		return nil, err
	}
	ping := &withContext{ctx: ctx, next: b.rt}
	api, err := tfe.NewClient(&tfe.Config{
		Address:  base.String(),
		BasePath: base.Path,
		Token:    c.token,
		Headers:  http.Header{"User-Agent": {"driftmgr"}},
		HTTPClient: &http.Client{
			Transport: ping,
			CheckRedirect: func(req *http.Request, via []*http.Request) error {
				if len(via) > 5 || !sameHost(req.URL, base) {
					return errRedirect
				}
				return nil
			},
		},
	})
	ping.ctx = nil
	if err != nil {
		return nil, err
	}
	return &conn{host: host, from: c.from, api: api, base: base, token: c.token, rt: b.rt}, nil
}

// withContext gives the requests of tfe.NewClient, which takes no context, the
// one of the call.
type withContext struct {
	ctx  context.Context // nil once the client is made
	next http.RoundTripper
}

func (t *withContext) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.ctx != nil {
		req = req.WithContext(t.ctx)
	}
	return t.next.RoundTrip(req)
}

func sameHost(a, b *url.URL) bool { return a.Scheme == b.Scheme && a.Host == b.Host }

// discover asks a host where its API is
// (https://developer.hashicorp.com/terraform/internals/remote-service-discovery).
// The token is not sent.
func (b *backend) discover(ctx context.Context, host string) (*url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/.well-known/terraform.json", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	client := &http.Client{
		Transport: b.rt,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > 3 || req.URL.Scheme != "https" {
				return errRedirect
			}
			return nil
		},
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	none := &state.Error{
		Problem: host + " has no API of HCP Terraform: /.well-known/terraform.json does not name tfe.v2",
		Remedy:  "check the host",
	}
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return nil, none
	case resp.StatusCode != http.StatusOK:
		return nil, answered(host, resp.StatusCode)
	}
	var services map[string]any
	if json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&services) != nil {
		return nil, none
	}
	path, _ := services["tfe.v2"].(string)
	base, err := resp.Request.URL.Parse(path)
	if err != nil || path == "" || base.Scheme != "https" || base.Host == "" || base.User != nil {
		return nil, none
	}
	return base, nil
}
