package web

import (
	"context"
	"io"
	"net/http"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// access is what a server is told about who asks.
type access struct {
	username, password string
	headers            http.Header
}

// source is a state.Source.
type source struct {
	address address
	access  access
	retry   retry
}

func (s *source) String() string { return s.address.String() }

// Open implements state.Source. A stream that ends early, or is not what the
// server's Content-MD5 says, fails at its end.
func (s *source) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(s.String(), err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address.url.String(), http.NoBody)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	for name, values := range s.access.headers {
		req.Header[name] = values
	}
	req.Header.Set("Accept-Encoding", "gzip")
	if s.access.username != "" {
		req.SetBasicAuth(s.access.username, s.access.password)
	}
	resp, err := s.retry.do(req)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, s.answered(resp)
	}
	body, err := newBody(resp)
	if err != nil {
		_ = resp.Body.Close()
		return nil, s.fail(ctx, err)
	}
	return body, nil
}
