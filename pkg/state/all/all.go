// Package all lists the state backends.
package all

import (
	"io"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/local"
)

// Backends returns one backend of each kind. stdin is what the reference `-`
// reads; nil where there is none. Each call returns backends of their own.
func Backends(stdin io.Reader) []state.Backend {
	return []state.Backend{
		local.New(stdin),
	}
}
