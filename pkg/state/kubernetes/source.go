package kubernetes

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// source is a state in one secret, or in several.
type source struct {
	place   place
	cluster *cluster
	leases  *leases // of the listing that has found it; nil where none has
}

func (s *source) String() string { return s.place.String() }

const asJSON = "application/json"

// Open returns the state, which is gzip-compressed in its secrets. It is
// decompressed as it is read, and the next secret is asked for when the one
// before has been.
func (s *source) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(s.String(), err)
	}
	parts := &parts{ctx: ctx, source: s}
	if err := parts.next(); err != nil {
		return nil, s.fail(ctx, err)
	}
	z, err := gzip.NewReader(bufio.NewReader(parts))
	if err != nil {
		return nil, &state.Error{
			Source:  s.String(),
			Problem: "the secret " + s.place.secret(0) + " holds no gzip-compressed state",
			Remedy:  "check that Terraform's kubernetes backend has written it; restore it from a backup if not",
		}
	}
	z.Multistream(false) // what is behind belongs to an older, longer state
	return &reader{z}, nil
}

// errNoState is a secret without a state in it.
var errNoState = errors.New("the secret holds no state")

// parts reads the secrets of a state one after the other.
type parts struct {
	ctx    context.Context
	source *source
	n      int // of those that have been asked for
	data   []byte
}

// next reads one more secret.
func (p *parts) next() error {
	s := p.source
	var secret struct {
		Data map[string][]byte `json:"data"`
	}
	path := "api/v1/namespaces/" + s.place.namespace + "/secrets/" + s.place.secret(p.n)
	if err := s.cluster.get(p.ctx, path, nil, asJSON, &secret); err != nil {
		return err
	}
	data, ok := secret.Data["tfstate"]
	if !ok {
		return errNoState
	}
	p.data = data
	p.n++
	return nil
}

// Read ends with an error where gzip wants more than there is.
func (p *parts) Read(b []byte) (int, error) {
	for len(p.data) == 0 {
		if err := p.next(); isStatus(err, http.StatusNotFound) {
			return 0, io.ErrUnexpectedEOF
		} else if err != nil {
			return 0, err
		}
	}
	n := copy(b, p.data)
	p.data = p.data[n:]
	return n, nil
}

// reader says in a few words why nothing more comes.
type reader struct{ *gzip.Reader }

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gzip.ErrChecksum), errors.Is(err, errNoState):
		return n, errors.New("the secrets are cut off, damaged, or were written while they were read")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return n, err
	}
	return n, errors.New(explain(err).Problem)
}

// Lock implements state.Locked: Terraform holds the lease, and notes in it who it
// is.
func (s *source) Lock(ctx context.Context) (*state.Lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(s.String(), err)
	}
	if s.leases != nil {
		if held, ok := s.leases.held(ctx); ok {
			return held[s.place.lease()].lock(), nil
		}
	}
	var l lease
	err := s.cluster.get(ctx, leasesPath(s.place.namespace)+"/"+s.place.lease(), nil, asJSON, &l)
	if isStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		e := s.fail(ctx, err)
		e.Problem = "its lock cannot be read: " + e.Problem
		if errors.Is(e, fs.ErrPermission) && isStatus(err, http.StatusForbidden) {
			e.Remedy = "grant get on leases of coordination.k8s.io in the namespace " + s.place.namespace
		}
		return nil, e
	}
	return l.lock(), nil
}

// lease is what locks a state
// (https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/kubernetes/client.go).
type lease struct {
	Metadata struct {
		Name        string            `json:"name"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		HolderIdentity *string `json:"holderIdentity"`
	} `json:"spec"`
}

// lock returns nil where nobody holds the lease.
func (l lease) lock() *state.Lock {
	if l.Spec.HolderIdentity == nil {
		return nil
	}
	lock := state.ParseLock([]byte(l.Metadata.Annotations["app.terraform.io/lock-info"]))
	if lock.ID == "" {
		lock.ID = *l.Spec.HolderIdentity
	}
	return lock
}

func leasesPath(namespace string) string {
	return "apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases"
}
