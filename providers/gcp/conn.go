package gcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/api/googleapi"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// conn is the connection to one project. It lives as long as one run.
type conn struct {
	project  string
	http     *http.Client
	endpoint string // of every service; empty: each has its own
	domain   string // googleapis.com
	schemas  *schema.Schemas
	settle   bool // the asset inventory may settle that nothing differs

	memo provider.Memo
}

// hosts are the services whose host is not the first part of a path, and those
// whose path has the product in it as well.
// Source: the discovery documents of the services.
var hosts = map[string]string{
	"sql": "sqladmin",
}

// inPath are the services that repeat their name in the path.
var inPath = []string{"compute", "storage", "dns", "bigquery", "sql"}

// url returns the URL of a path that begins with the product:
// compute/v1/projects/P/zones, pubsub/v1/projects/P/topics. {project} in it is
// the connection's.
func (c *conn) url(path string, params url.Values) string {
	path = strings.ReplaceAll(path, "{project}", c.project)
	product, rest, _ := strings.Cut(path, "/")
	base := c.endpoint + "/" + path
	if c.endpoint == "" {
		host := product
		if h, ok := hosts[product]; ok {
			host = h
		}
		base = "https://" + host + "." + c.domain + "/"
		if repeats(product) {
			base += product + "/"
		}
		base += rest
	}
	if len(params) > 0 {
		base += "?" + params.Encode()
	}
	return base
}

func repeats(product string) bool {
	for _, p := range inPath {
		if p == product {
			return true
		}
	}
	return false
}

// get reads the JSON at a path into v.
func (c *conn) get(ctx context.Context, path string, params url.Values, v any) (http.Header, error) {
	return c.call(ctx, http.MethodGet, path, params, nil, v)
}

// call makes a request. Some reads Google wants as a POST: see guard.go.
func (c *conn) call(ctx context.Context, method, path string, params url.Values, body []byte, v any) (http.Header, error) {
	target := c.url(path, params)
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	failed := func(err error) error { return &callError{action: actionOf(req), project: c.project, err: err} }
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, failed(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := googleapi.CheckResponse(resp); err != nil {
		return nil, failed(err)
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, failed(err)
	}
	if isError(answer) {
		return nil, failed(formError{errors.New("an error with the status 200")})
	}
	if err := decode(answer, v); err != nil {
		return nil, failed(err)
	}
	return resp.Header, nil
}

// isError reports whether an answer is nothing but an error. Without its status it
// would be taken for an empty list, which says that what the states hold is gone.
func isError(answer []byte) bool {
	if len(answer) > maxError || !bytes.Contains(answer, []byte(`"error"`)) {
		return false
	}
	var doc map[string]json.RawMessage
	return json.Unmarshal(answer, &doc) == nil && len(doc) == 1 && doc["error"] != nil
}

// maxError is more than any error of Google's takes.
const maxError = 64 << 10

// callError is what failed, for which permission.
type callError struct {
	action  string
	project string
	err     error
}

func (e *callError) Error() string { return e.action + ": " + e.err.Error() }
func (e *callError) Unwrap() error { return e.err }
