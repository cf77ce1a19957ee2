package state

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// list is a backend of which every reference stands for some names.
type list struct {
	scheme string
	names  map[string][]string
}

func (l list) Scheme() string { return l.scheme }

func (l list) Parse(_ context.Context, ref string) ([]Source, error) {
	names, ok := l.names[ref]
	if !ok {
		return nil, &Error{Source: ref, Problem: "is unknown", Remedy: "check it"}
	}
	var out []Source
	for _, n := range names {
		out = append(out, text{n, ""})
	}
	return out, nil
}

// text is a source that holds a text.
type text struct{ name, content string }

func (s text) String() string { return s.name }

func (s text) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(s.content)), nil
}

func TestResolve(t *testing.T) {
	backends := []Backend{
		list{"file", map[string][]string{"*": {"a", "b"}, "b": {"b"}, "./x://y": {"./x://y"}, "FILE://c": {"FILE://c"}, "1x://y": {"1x://y"}}},
		list{"s3", map[string][]string{"s3://states/*": {"s3://states/1", "s3://states/2"}}},
	}
	tests := []struct {
		name string
		refs []string
		want []string
		err  string
	}{
		{"none", nil, nil, ""},
		{"in the order of the references, each once", []string{"s3://states/*", "b", "*"}, []string{"s3://states/1", "s3://states/2", "b", "a"}, ""},
		{"a scheme is a scheme in capitals too", []string{"FILE://c"}, []string{"FILE://c"}, ""},
		{"a path is no scheme", []string{"./x://y", "1x://y"}, []string{"./x://y", "1x://y"}, ""},
		{"unknown scheme", []string{"a", "gs://b/c"}, nil, "state a: is unknown; check it"},
		{"no backend", []string{"b", "gs://b/c"}, nil, `state gs://b/c: driftmgr has no state backend for "gs://"; use one of file, s3, or save the state to a file: terraform state pull > FILE`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := Resolve(t.Context(), backends, tt.refs...)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err || found != nil {
					t.Errorf("got  %v, %v\nwant %s", found, err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range found {
				got = append(got, s.String())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	src := text{"s", string(content(t, states+"/simple.tfstate"))}
	f, err := Load(t.Context(), src, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Managed) != 2 || f.Managed[0].Source != "s" {
		t.Errorf("loaded %+v", f)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, err = Load(ctx, src, 0)
	if want := "state s: could not be read: context canceled; try again"; f != nil || !errors.Is(err, context.Canceled) || err.Error() != want {
		t.Errorf("ended context: %v\nwant %s", err, want)
	}
}

// cancelling is a stream whose context ends while it is read.
type cancelling struct {
	cancel context.CancelFunc
	io.Reader
}

func (c cancelling) Read(p []byte) (int, error) {
	c.cancel()
	return c.Reader.Read(p)
}

func TestLoadEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	src := opener(func() io.Reader { return cancelling{cancel, bytes.NewReader(large(200))} })
	if _, err := Load(ctx, src, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want context.Canceled", err)
	}
}

type opener func() io.Reader

func (opener) String() string { return "opener" }

func (o opener) Open(context.Context) (io.ReadCloser, error) { return io.NopCloser(o()), nil }
