package statetest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

// memory is the smallest backend there can be: it shows that the suite asks for
// no more than the contract.
type memory map[string][]byte

func (memory) Scheme() string { return "mem" }

func (m memory) Parse(_ context.Context, ref string) ([]state.Source, error) {
	prefix, pattern := strings.CutSuffix(strings.TrimPrefix(ref, "mem://"), "*")
	if !pattern {
		return []state.Source{object{m, ref}}, nil
	}
	var found []state.Source
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(name, prefix) {
			found = append(found, object{m, "mem://" + name})
		}
	}
	if found == nil {
		return nil, &state.Error{Source: ref, Problem: "matches nothing", Remedy: "check it"}
	}
	return found, nil
}

func (memory) Blocks() []string { return []string{"mem"} }

func (m memory) Configure(_ context.Context, b state.Block) ([]state.Source, error) {
	return []state.Source{object{m, "mem://" + b.Attrs["key"].(string)}}, nil
}

type object struct {
	in  memory
	ref string
}

func (o object) String() string { return o.ref }

func (o object) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, ok := o.in[strings.TrimPrefix(o.ref, "mem://")]
	if !ok {
		return nil, &state.Error{Source: o.ref, Problem: "does not exist", Remedy: "check it", Err: fs.ErrNotExist}
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func TestMemory(t *testing.T) {
	m := memory{}
	ref := func(name string) string { return "mem://" + name }
	statetest.Run(t, statetest.Store{
		Backend: m,
		Ref:     ref,
		Put: func(_ *testing.T, name string, content []byte) string {
			m[name] = content
			return ref(name)
		},
		Dump: func(*testing.T) map[string]string {
			dump := make(map[string]string)
			for name, content := range m {
				dump[name] = fmt.Sprintf("%x", content)
			}
			return dump
		},
		Block: func(name string) state.Block {
			return state.Block{Type: "mem", Attrs: map[string]any{"key": name}}
		},
		Pattern: func(prefix string) string { return ref(prefix + "*") },
	})
}
