package tfc

import (
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/go-tfe"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Transport is what all requests of the backend go through.
func Transport(base http.RoundTripper) http.RoundTripper { return transport(base, 0) }

// NewQuick is New without the waits between attempts.
func NewQuick(o Options) state.Backend { return newBackend(o, time.Millisecond) }

// API is the client that a source uses.
func API(ctx context.Context, s state.Source) (*tfe.Client, error) {
	src := s.(*source)
	c, err := src.b.connect(ctx, src.name, src.host, src.token)
	if err != nil {
		return nil, err
	}
	return c.api, nil
}

// CLITokens reads the credentials of a CLI configuration.
func CLITokens(config []byte) (map[string]string, error) { return cliTokens(config, "test.tfrc") }
