package provider

import (
	"io"
	"maps"
	"sync"
)

// Stats counts what a run asks of the clouds. The zero value is ready; it is
// safe for concurrent use.
type Stats struct {
	mu        sync.Mutex
	calls     map[string]int
	throttles int
	bytes     int64
}

// Call counts one request that was sent, retries included. action is the
// permission's name, bytes the length of the answer's body.
func (s *Stats) Call(action string, throttled bool, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[action]++
	s.bytes += bytes
	if throttled {
		s.throttles++
	}
}

// Body returns an answer's body that makes the call count when it is closed.
func (s *Stats) Body(body io.ReadCloser, action string, throttled bool) io.ReadCloser {
	return &countedBody{ReadCloser: body, done: func(n int64) { s.Call(action, throttled, n) }}
}

type countedBody struct {
	io.ReadCloser
	n    int64
	done func(int64)
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	return n, err
}

func (b *countedBody) Close() error {
	if b.done != nil {
		b.done(b.n)
		b.done = nil
	}
	return b.ReadCloser.Close()
}

// Counts is a copy of the numbers so far.
type Counts struct {
	// APICalls are requests by action, retries included.
	APICalls map[string]int `json:"api_calls"`
	// Total is their sum.
	Total int `json:"total_calls"`
	// Throttles are the answers that told us to slow down.
	Throttles int `json:"throttles"`
	// Bytes are those of the answers' bodies.
	Bytes int64 `json:"bytes"`
}

// Counts returns the numbers so far.
func (s *Stats) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Counts{APICalls: maps.Clone(s.calls), Throttles: s.throttles, Bytes: s.bytes}
	for _, n := range s.calls {
		c.Total += n
	}
	return c
}
