package consul

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5" //nolint:gosec // Terraform's choice
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/driftmgr/driftmgr/pkg/state"
)

var errChanged = errors.New("it changed while it was read")

// reader returns the whole of a state that is stored in parts, each asked for
// when its turn has come.
func (i index) reader(ctx context.Context, s *source) io.Reader {
	return &verified{r: &unpacked{packed: &parts{ctx: ctx, s: s, keys: i.Chunks}}, want: *i.Hash, sum: md5.New()} //nolint:gosec // Terraform's choice
}

// parts reads the values of keys one after the other.
type parts struct {
	ctx  context.Context
	s    *source
	keys []string
	rest []byte
}

// Read implements io.Reader. Terraform deletes the parts of a state when it has
// written the next.
func (p *parts) Read(into []byte) (int, error) {
	for len(p.rest) == 0 {
		if len(p.keys) == 0 {
			return 0, io.EOF
		}
		pair, err := p.s.get(p.ctx, trimKey(p.keys[0]))
		switch {
		case err != nil:
			return 0, readError{err}
		case pair == nil:
			return 0, errChanged
		}
		p.rest, p.keys = pair.Value, p.keys[1:]
	}
	n := copy(into, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// readError is an error without its source, which the reader of a state names.
type readError struct{ err error }

func (e readError) Error() string {
	if problem := (*state.Error)(nil); errors.As(e.err, &problem) {
		return problem.Problem
	}
	return e.err.Error()
}

func (e readError) Unwrap() error { return e.err }

// unpacked reads what may be packed with gzip: as in Terraform, its first byte
// says.
type unpacked struct {
	packed io.Reader
	r      io.Reader // nil before the first read
}

func (u *unpacked) Read(into []byte) (int, error) {
	if u.r == nil {
		buffered := bufio.NewReader(u.packed)
		first, err := buffered.Peek(1)
		if err != nil {
			return 0, err
		}
		u.r = buffered
		if bytes.Equal(first, []byte{0x1f}) {
			if u.r, err = gzip.NewReader(buffered); err != nil {
				u.r = nil
				return 0, err
			}
		}
	}
	return u.r.Read(into)
}

// verified reads what has an MD5.
type verified struct {
	r    io.Reader
	want string // hex
	sum  hash.Hash
}

func (v *verified) Read(into []byte) (int, error) {
	n, err := v.r.Read(into)
	v.sum.Write(into[:n])
	if err == io.EOF && hex.EncodeToString(v.sum.Sum(nil)) != v.want {
		return n, errChanged
	}
	return n, err
}
