package state

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// list is a backend of which every reference stands for some names.
type list struct {
	scheme string
	names  map[string][]string
}

func (l list) Scheme() string { return l.scheme }

func (l list) Blocks() []string { return []string{l.scheme} }

func (l list) Configure(context.Context, Block) ([]Source, error) { return nil, nil }

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
		errs []string
	}{
		{"none", nil, nil, nil},
		{"in the order of the references, each once", []string{"s3://states/*", "b", "*"}, []string{"s3://states/1", "s3://states/2", "b", "a"}, nil},
		{"a scheme is a scheme in capitals too", []string{"FILE://c"}, []string{"FILE://c"}, nil},
		{"a path is no scheme", []string{"./x://y", "1x://y"}, []string{"./x://y", "1x://y"}, nil},
		{"one that is unknown takes nothing from the others", []string{"a", "b"}, []string{"b"}, []string{"state a: is unknown; check it"}},
		{"a secret in a reference of no backend", []string{"ftp://ann:s3cr3t@host/a?token=s3cr3t"}, nil, []string{
			`state ftp://***@host/a: driftmgr has no state backend for "ftp://"; use one of file, s3, or save the state to a file: terraform state pull > FILE`,
		}},
		{"no backend", []string{"a", "gs://b/c"}, nil, []string{
			"state a: is unknown; check it",
			`state gs://b/c: driftmgr has no state backend for "gs://"; use one of file, s3, or save the state to a file: terraform state pull > FILE`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, failures := Resolve(t.Context(), backends, tt.refs...)
			var got, errs []string
			for _, s := range found {
				got = append(got, s.String())
			}
			for _, err := range failures {
				errs = append(errs, err.Error())
			}
			if !slices.Equal(got, tt.want) || !slices.Equal(errs, tt.errs) {
				t.Errorf("got  %q, %q\nwant %q, %q", got, errs, tt.want, tt.errs)
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

// stages is a source whose n-th opening is its n-th function's.
type stages []func(context.Context) (io.ReadCloser, error)

func (*stages) String() string { return "stages" }

func (s *stages) Open(ctx context.Context) (io.ReadCloser, error) {
	next := (*s)[0]
	*s = (*s)[1:]
	return next(ctx)
}

// TestLoadEndsBetweenAttempts ends the context after a stream has broken off: that
// is what Load tells, and not the break.
func TestLoadEndsBetweenAttempts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	src := &stages{
		func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)), nil
		},
		func(ctx context.Context) (io.ReadCloser, error) {
			cancel()
			return nil, Ended("stages", ctx.Err())
		},
	}
	if _, err := Load(ctx, src, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("ended while opening again: %v; want context.Canceled", err)
	}

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	src = &stages{func(context.Context) (io.ReadCloser, error) {
		cancel()
		return nil, &Error{Source: "stages", Problem: "the connection was lost"} // as drivers say it
	}}
	if _, err := Load(ctx, src, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("ended while opening: %v; want context.Canceled", err)
	}
}

func TestLoadAgain(t *testing.T) {
	whole := content(t, states+"/simple.tfstate")
	broken := func() io.Reader {
		return io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	for _, tt := range []struct {
		name   string
		breaks int // opens whose stream breaks off
		opens  int // in all
		ok     bool
	}{
		{"never", 0, 1, true},
		{"once", 1, 2, true},
		{"twice", 2, 3, true},
		{"always", 9, 3, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opens := 0
			f, err := Load(t.Context(), opener(func() io.Reader {
				opens++
				if opens <= tt.breaks {
					return broken()
				}
				return bytes.NewReader(whole)
			}), 0)
			if opens != tt.opens || (err == nil) != tt.ok {
				t.Errorf("opened %d times, %v; want %d times, success %v", opens, err, tt.opens, tt.ok)
			}
			if tt.ok && len(f.Managed) != 2 {
				t.Errorf("loaded %+v", f)
			}
			if !tt.ok && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v; want io.ErrUnexpectedEOF", err)
			}
		})
	}
	t.Run("what is no state is read once", func(t *testing.T) {
		opens := 0
		_, err := Load(t.Context(), opener(func() io.Reader { opens++; return strings.NewReader("<html>") }), 0)
		if err == nil || opens != 1 {
			t.Errorf("opened %d times, %v", opens, err)
		}
	})
}

type opener func() io.Reader

func (opener) String() string { return "opener" }

func (o opener) Open(context.Context) (io.ReadCloser, error) { return io.NopCloser(o()), nil }
