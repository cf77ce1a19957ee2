// Package readonly keeps the clients of states from writing.
package readonly

import (
	"errors"
	"net/http"
)

// ErrRefused is what a request gets that could change something.
var ErrRefused = errors.New("the request was refused: driftmgr only reads")

// Transport lets through what asks for something, GET and HEAD without a body, and
// nothing else. What it refuses does not leave the machine.
type Transport struct{ Next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	asks := req.Method == http.MethodGet || req.Method == http.MethodHead
	empty := req.Body == nil || req.Body == http.NoBody
	if !asks || !empty || req.Header.Get("X-HTTP-Method-Override") != "" {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, ErrRefused
	}
	return t.Next.RoundTrip(req)
}
