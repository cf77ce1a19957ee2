package gcs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"cloud.google.com/go/storage"

	"github.com/driftmgr/driftmgr/pkg/state"
)

const (
	stateSuffix = ".tfstate"
	lockSuffix  = ".tflock"
)

// source is an object.
type source struct {
	place    place
	conn     *conn
	key      []byte // the customer's encryption key; nil where there is none
	unlocked bool   // a listing has shown that there is no lock
}

func (s *source) String() string { return s.place.String() }

// Open returns a reader that resumes a download which breaks off, at the same
// generation, and compares the content with its checksum.
func (s *source) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(s.String(), err)
	}
	client, err := s.conn.open(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	object := client.Bucket(s.place.bucket).Object(s.place.object)
	if s.key != nil {
		object = object.Key(s.key)
	}
	if s.place.generation != 0 {
		object = object.Generation(s.place.generation)
	}
	r, err := object.NewReader(withBudget(ctx))
	if err != nil {
		return nil, s.fail(err)
	}
	return &reader{Reader: r, name: s.String()}, nil
}

// Lock reads the lock that Terraform keeps beside the state. Its ID is the
// generation, which is what `terraform force-unlock` takes
// (https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/gcs/client.go).
func (s *source) Lock(ctx context.Context) (*state.Lock, error) {
	name, ok := lockOf(s.place.object)
	if !ok || s.unlocked {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(s.String(), err)
	}
	client, err := s.conn.open(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	r, err := client.Bucket(s.place.bucket).Object(name).NewReader(withBudget(ctx))
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, s.failLock(err)
	}
	info, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, s.failLock(err)
	}
	lock := state.ParseLock(info)
	lock.ID = strconv.FormatInt(r.Attrs.Generation, 10)
	return lock, nil
}

// lockOf returns the name of a state's lock. Only what is named as Terraform names
// it has one.
func lockOf(object string) (string, bool) {
	base, ok := strings.CutSuffix(object, stateSuffix)
	return base + lockSuffix, ok
}

func (s *source) failLock(err error) error {
	e := s.fail(err)
	e.Problem = "its lock, if there is one, cannot be read: " + e.Problem
	if errors.Is(e, fs.ErrPermission) {
		e.Remedy = "grant storage.objects.list, too: without it, a lock that is not there looks like one that may not be read"
	}
	return e
}

// Permissions implements state.Permitted. Listing is what tells a state or a lock
// that is missing from one that may not be read.
func (*source) Permissions() []state.Permission {
	return []state.Permission{
		{Cloud: "gcp", Action: "storage.objects.get"},
		{Cloud: "gcp", Action: "storage.objects.list"},
	}
}
